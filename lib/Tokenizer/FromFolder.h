// The tokenizer of a Hugging Face folder that has no tokenizer.json.
#ifndef VSPEC_LIB_TOKENIZER_FROMFOLDER_H
#define VSPEC_LIB_TOKENIZER_FROMFOLDER_H
#include "vspec/Checkpoint/Checkpoint.h"
#include "vspec/Tokenizer/TokenizerModel.h"

namespace vspec {

/// From tokenizer.model (SentencePiece or the ranks of tiktoken), or vocab.json with merges.txt, and the tokens that other files add.
Result<TokenizerModel> fromFolder(const Checkpoint &checkpoint, const std::vector<int32_t> &endTokens);

/// Ranks as tiktoken writes them: a token in base 64, a space and its id on each line.
Result<TokenizerModel> fromRanks(std::string_view lines, const std::string &file);

} // namespace vspec
#endif
