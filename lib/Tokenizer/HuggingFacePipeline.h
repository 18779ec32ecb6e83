// The parts of tokenizer.json that change text on its way to the vocabulary and back.
#ifndef VSPEC_LIB_TOKENIZER_HUGGINGFACEPIPELINE_H
#define VSPEC_LIB_TOKENIZER_HUGGINGFACEPIPELINE_H
#include "vspec/Support/Json.h"
#include "vspec/Tokenizer/TokenizerModel.h"

namespace vspec {

/// `normalizer` -> model.normalizers.
Result<void> readNormalizer(const Json &tokenizer, TokenizerModel &model);

/// `pre_tokenizer` -> model.splits. True: it ends with ByteLevel, so words are bytes in GPT-2's alphabet.
Result<bool> readPreTokenizer(const Json &tokenizer, TokenizerModel &model);

/// `decoder` -> what tokens decode to. Needs the tokens of the model; `texts` are the same as they stand in the file.
Result<void> readDecoder(const Json &tokenizer, const std::vector<std::string> &texts, TokenizerModel &model);

} // namespace vspec
#endif
