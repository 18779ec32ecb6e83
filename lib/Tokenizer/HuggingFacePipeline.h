// The parts of tokenizer.json that change text on its way to the vocabulary and back: normalizer, pre_tokenizer, decoder.
#ifndef VSPEC_LIB_TOKENIZER_HUGGINGFACEPIPELINE_H
#define VSPEC_LIB_TOKENIZER_HUGGINGFACEPIPELINE_H
#include "vspec/Support/Json.h"
#include "vspec/Tokenizer/TokenizerModel.h"

namespace vspec {

/// Reads normalizer, pre_tokenizer and decoder, in this order, into `model`; sets its kind.
Result<void> readHuggingFacePipeline(const Json &tokenizer, TokenizerModel &model);

} // namespace vspec
#endif
