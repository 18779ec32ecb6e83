// The parts of tokenizer.json around the vocabulary: normalizer, pre_tokenizer, decoder, post_processor.
#ifndef VSPEC_LIB_TOKENIZER_HUGGINGFACEPIPELINE_H
#define VSPEC_LIB_TOKENIZER_HUGGINGFACEPIPELINE_H
#include "vspec/Support/Json.h"
#include "vspec/Tokenizer/TokenizerModel.h"

namespace vspec {

/// Reads normalizer, pre_tokenizer and decoder, in this order, into `model`; sets its kind.
Result<void> readHuggingFacePipeline(const Json &tokenizer, TokenizerModel &model);

/// What the post-processor puts before and after a text; -1: nothing.
struct AddedTokens {
  int32_t before = -1, after = -1;
};
Result<AddedTokens> readPostProcessor(const Json &tokenizer);

} // namespace vspec
#endif
