// The chat template of a checkpoint.
#ifndef VSPEC_TOKENIZER_CHATTEMPLATEOF_H
#define VSPEC_TOKENIZER_CHATTEMPLATEOF_H
#include "vspec/Checkpoint/Checkpoint.h"

namespace vspec {

/// GGUF: the key tokenizer.chat_template. Hugging Face: chat_template.jinja, else chat_template.json, else tokenizer_config.json, as
/// transformers looks; of several templates by name the one called "default". None if the checkpoint has none; a template of
/// another type than text is an error.
Result<std::optional<std::string>> chatTemplateOf(const Checkpoint &checkpoint);

} // namespace vspec
#endif
