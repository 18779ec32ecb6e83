// Cuts a word into the longest token that it starts with, the longest that continues it there, and so on. A word that cannot be cut so, or
// that is too long, is unknown.
#ifndef VSPEC_LIB_TOKENIZER_WORDPIECES_H
#define VSPEC_LIB_TOKENIZER_WORDPIECES_H
#include "lib/Tokenizer/Trie.h"
#include "lib/Tokenizer/Vocabulary.h"

namespace vspec {

class WordPieces {
public:
  /// Both must outlive it and keep their places.
  WordPieces(const TokenizerModel &model, const Vocabulary &vocabulary);

  Result<void> append(std::string_view word, std::vector<int32_t> &ids) const;

private:
  bool cut(std::string_view word, std::vector<int32_t> &ids) const;

  const TokenizerModel &model;
  const Vocabulary &vocabulary;
  Trie starting, continuing; // the latter without model.continuingPrefix
};

} // namespace vspec
#endif
