// A tokenizer from the tokenizer.json of a Hugging Face folder.
#ifndef VSPEC_TOKENIZER_FROMHUGGINGFACE_H
#define VSPEC_TOKENIZER_FROMHUGGINGFACE_H
#include "vspec/Support/Json.h"
#include "vspec/Tokenizer/TokenizerModel.h"

namespace vspec {

/// `tokenizer` is tokenizer.json, `config` tokenizer_config.json if there is one, `endTokens` the eos_token_id of config.json and
/// generation_config.json. Knows byte-level BPE and BPE over characters with byte fallback; whatever would change the ids and is not known
/// is refused with its place in the file. docs/Tokenizers.md lists what is known.
Result<TokenizerModel> fromHuggingFace(const Json &tokenizer, const std::optional<Json> &config, const std::vector<int32_t> &endTokens);

} // namespace vspec
#endif
