// Finds the tokens that stand literally in a text: control tokens, and what users added.
#ifndef VSPEC_LIB_TOKENIZER_LITERALTOKENS_H
#define VSPEC_LIB_TOKENIZER_LITERALTOKENS_H
#include "lib/Tokenizer/Trie.h"
#include "vspec/Tokenizer/TokenizerModel.h"

namespace vspec {

/// A piece of text, or a token if `token` is not -1.
struct Fragment {
  std::string_view text;
  int32_t token = -1;
};

class LiteralTokens {
public:
  /// The model must outlive it and keep its place.
  explicit LiteralTokens(const TokenizerModel &model) : model(model) {}

  /// `spelling`: how the token stands in the text.
  void add(std::string_view spelling, int32_t id) { spellings.add(spelling, id); }

  /// Cuts `text` at the first token that starts leftmost, the longest of those, and so on, as Hugging Face tokenizers do: a token that does
  /// not count (a control token without `parseSpecial`, one within a word) still hides those that overlap it, and two tokens that swallow
  /// the same white space are both found.
  std::vector<Fragment> partition(std::string_view text, bool parseSpecial) const;

private:
  bool standsAlone(std::string_view text, size_t begin, size_t end) const;

  const TokenizerModel &model;
  Trie spellings;
};

} // namespace vspec
#endif
