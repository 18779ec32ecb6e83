// A tokenizer from a model file of SentencePiece (tokenizer.model).
#ifndef VSPEC_TOKENIZER_FROMSENTENCEPIECE_H
#define VSPEC_TOKENIZER_FROMSENTENCEPIECE_H
#include "vspec/Tokenizer/TokenizerModel.h"

namespace vspec {

/// Encodes as SentencePiece does. Knows the model types BPE and Unigram, with every option of their normalizer but
/// `treat_whitespace_as_suffix`. What stands before and after a text the file does not say. `file` is for messages.
Result<TokenizerModel> fromSentencePiece(std::string_view bytes, const std::string &file);

} // namespace vspec
#endif
