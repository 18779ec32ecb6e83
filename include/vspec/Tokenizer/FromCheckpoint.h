// The tokenizer of a checkpoint.
#ifndef VSPEC_TOKENIZER_FROMCHECKPOINT_H
#define VSPEC_TOKENIZER_FROMCHECKPOINT_H
#include "vspec/Checkpoint/Checkpoint.h"
#include "vspec/Tokenizer/TokenizerModel.h"

namespace vspec {

/// GGUF: its keys `tokenizer.ggml.*`. Hugging Face: tokenizer.json, or else tokenizer.model, or else vocab.json and merges.txt, with
/// tokenizer_config.json and the end tokens of config.json and generation_config.json. Refuses a checkpoint without a tokenizer, or of a
/// kind that is not known, with the reason.
Result<TokenizerModel> tokenizerOf(const Checkpoint &checkpoint);

} // namespace vspec
#endif
