// A conversation on standard input and output.
#ifndef VSPEC_TOOLS_VSPECRUN_CHAT_H
#define VSPEC_TOOLS_VSPECRUN_CHAT_H
#include "CommandLine/Console.h"
#include "Conversation.h"
#include "Generation.h"

namespace vspec {

/// Until the end of the input or /exit. On a terminal an error ends an answer only. `options.prompt` is not used.
Result<void> chat(const CLI::App &app, const LoadedModel &model, Conversation &conversation, GenerationOptions options, uint64_t context,
                  bool stats);

} // namespace vspec
#endif
