// The `model` of a tokenizer.json: its vocabulary, and how words are cut into it.
#ifndef VSPEC_LIB_TOKENIZER_HUGGINGFACEMODEL_H
#define VSPEC_LIB_TOKENIZER_HUGGINGFACEMODEL_H
#include "vspec/Support/Json.h"
#include "vspec/Tokenizer/TokenizerModel.h"
#include <unordered_map>

namespace vspec {

/// The tokens of a tokenizer.json as they stand in the file.
class HuggingFaceTokens {
public:
  explicit HuggingFaceTokens(TokenizerModel &model) : model(model) {}

  /// -1: none.
  int32_t idOf(std::string_view text) const;
  /// Makes `text` the token `id`, if it is below `tokens` + 65536: a hostile file may name a large id only. Its place in the file is
  /// `place`.
  Result<void> add(int64_t id, std::string_view text, size_t tokens, const Json &place);
  size_t size() const { return ids.size(); }

  std::vector<std::string> texts; // [model.tokens]

private:
  TokenizerModel &model;
  std::unordered_map<std::string, int32_t> ids;
};

/// Reads `model` of `tokenizer`. `byteLevel`: words are in GPT-2's alphabet.
Result<void> readHuggingFaceModel(const Json &tokenizer, bool byteLevel, HuggingFaceTokens &tokens, TokenizerModel &model);

} // namespace vspec
#endif
