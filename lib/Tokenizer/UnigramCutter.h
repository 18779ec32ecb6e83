// Cuts a word into the tokens whose scores have the highest sum.
#ifndef VSPEC_LIB_TOKENIZER_UNIGRAMCUTTER_H
#define VSPEC_LIB_TOKENIZER_UNIGRAMCUTTER_H
#include "lib/Tokenizer/Trie.h"
#include "lib/Tokenizer/Vocabulary.h"

namespace vspec {

/// Viterbi's algorithm, one character after the other: each place keeps the best sum of a cut that ends there. Of equal sums the one found
/// first counts, whose last token is the longest. A character that is no token is unknown. Takes O(n * the longest token).
class UnigramCutter {
public:
  /// Both must outlive it and keep their places.
  UnigramCutter(const TokenizerModel &model, const Vocabulary &vocabulary);

  Result<void> append(std::string_view word, std::vector<int32_t> &ids) const;

private:
  const TokenizerModel &model;
  const Vocabulary &vocabulary;
  Trie pieces;
};

} // namespace vspec
#endif
