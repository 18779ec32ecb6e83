// A prompt and what the model makes of it, token by token.
#ifndef VSPEC_TOOLS_VSPECRUN_GENERATION_H
#define VSPEC_TOOLS_VSPECRUN_GENERATION_H
#include "AnswerPrinter.h"
#include "CommandLine/LoadedModel.h"
#include "RunStatistics.h"
#include <limits>
#include <optional>

namespace vspec {

struct GenerationOptions {
  std::vector<int32_t> prompt;           // at least one token
  std::optional<std::string> promptText; // as the user wrote it, if he did
  bool answers = false;                  // print only what is new: the prompt is a rendered conversation
  uint64_t held = 0;                     // tokens at the start of the prompt that the session holds already
  AnswerOptions answer = {};
  uint64_t newTokens = unlimited; // at most
  uint32_t chunk = 0;             // most rows of a prefill step; 0: as many as the model takes
  vspec_sampler_options sampling = {};
  bool ids = false;       // print the new ids instead of prompt and text
  bool ignoreEnd = false; // end tokens do not end it
  std::string logits;     // .npy of the logits that each new token was chosen by; empty: none

  static constexpr uint64_t unlimited = std::numeric_limits<uint64_t>::max();
};

enum class Ending { EndToken, StopString, Limit, ContextFull, Interrupted };

struct Generated {
  Ending ending = Ending::Interrupted;
  std::vector<int32_t> tokens;
  std::string answer, thinking; // empty with `ids`
};

/// Prints to standard output while it generates.
Result<Generated> generate(const LoadedModel &model, vspec_session *session, const GenerationOptions &options, RunStatistics &statistics);

} // namespace vspec
#endif
