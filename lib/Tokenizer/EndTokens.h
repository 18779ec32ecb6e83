// Which tokens end a generation. Files often declare one and leave the others to their names.
#ifndef VSPEC_LIB_TOKENIZER_ENDTOKENS_H
#define VSPEC_LIB_TOKENIZER_ENDTOKENS_H
#include "vspec/Tokenizer/TokenizerModel.h"

namespace vspec {

/// Sets model.endTokens: `declared` (-1 is skipped) and the control and user-defined tokens whose name says that they end a text, a turn or
/// a message, by the names that llama.cpp knows. "<|end|>" does not count beside "<|return|>" and "<|call|>", where it ends only a part of
/// an answer.
void findEndTokens(TokenizerModel &model, const std::vector<int32_t> &declared);

/// Is it such a name?
bool isEndTokenName(std::string_view text);

} // namespace vspec
#endif
