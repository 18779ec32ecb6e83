// The tokenizer of a model file or a checkpoint, for --tokenize.
#ifndef VSPEC_TOOLS_VSPECINSPECT_TOKENIZING_H
#define VSPEC_TOOLS_VSPECINSPECT_TOKENIZING_H
#include "vspec/Tokenizer/Tokenizer.h"

namespace vspec {

/// Of a model file, a GGUF file (with or without weights) or a Hugging Face folder.
Result<Tokenizer> openTokenizer(const std::string &path);

/// "1 403 407\n". With `special`: BOS and EOS as the model wants them, and text may spell special tokens.
Result<std::string> tokenIdLine(const Tokenizer &tokenizer, const std::string &text, bool special);

} // namespace vspec
#endif
