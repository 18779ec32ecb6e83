// Finds the tokens that stand literally in a text (control tokens, and what users added), before anything is normalised or merged.
#ifndef VSPEC_LIB_TOKENIZER_LITERALTOKENS_H
#define VSPEC_LIB_TOKENIZER_LITERALTOKENS_H
#include "vspec/Tokenizer/TokenizerModel.h"
#include <unordered_map>

namespace vspec {

/// A piece of text, or a token if `token` is not -1.
struct Fragment {
  std::string_view text;
  int32_t token = -1;
};

class LiteralTokens {
public:
  /// The model must outlive it and keep its place.
  explicit LiteralTokens(const TokenizerModel &model);

  /// Cuts `text` at the first token that starts leftmost, the longest of those, and so on. User-defined tokens are always found, control
  /// and unknown tokens only with `parseSpecial`.
  std::vector<Fragment> partition(std::string_view text, bool parseSpecial) const;

private:
  struct Set {
    std::unordered_map<std::string_view, int32_t> ids;
    std::vector<uint32_t> lengths[256]; // of the tokens that start with this byte, descending

    void add(std::string_view text, int32_t id);
    int32_t at(std::string_view text, size_t place) const;
  };
  const TokenizerModel &model;
  Set userDefined, all;
};

} // namespace vspec
#endif
