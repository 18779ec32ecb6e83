// Merges the characters or bytes of a word into tokens: a linked list of symbols and a queue of the neighbours that may merge.
//
// "abcb" with the merges (b c), (a bc):   a-b-c-b  -->  a-bc-b  -->  abc-b
#ifndef VSPEC_LIB_TOKENIZER_WORDMERGER_H
#define VSPEC_LIB_TOKENIZER_WORDMERGER_H
#include "lib/Tokenizer/Trie.h"
#include "lib/Tokenizer/Vocabulary.h"

namespace vspec {

/// Keeps its memory from word to word; one for each call of encode.
class WordMerger {
public:
  /// `whole`: texts that are tokens wherever they stand, and do not merge.
  WordMerger(const TokenizerModel &model, const Vocabulary &vocabulary, const MergeTable &merges, const Trie &whole)
      : model(model), vocabulary(vocabulary), merges(merges), whole(whole) {}

  /// Appends the tokens of `text`, a word of the pre-tokenizer, to `ids`. Takes O(n log n) for n bytes. Fails if a byte has no token.
  Result<void> append(std::string_view text, std::vector<int32_t> &ids);

private:
  struct Symbol {
    int32_t previous, next; // -1: none
    uint32_t begin, bytes;  // 0 bytes: merged into another
    int32_t id;             // -1: not a token
    bool fixed;             // never merges
  };
  struct Candidate {
    double order; // the lowest merges first, of equals the leftmost
    int32_t left, right, result;
    uint32_t bytes; // of both when it was found: it is outdated if they have grown since
    bool operator<(const Candidate &other) const { return order != other.order ? order > other.order : left > other.left; }
  };

  Result<void> appendWord(std::string_view word, std::vector<int32_t> &ids);
  void cutIntoSymbols(std::string_view word);
  void consider(std::string_view word, int32_t left, int32_t right);
  void mergeAll(std::string_view word);

  const TokenizerModel &model;
  const Vocabulary &vocabulary;
  const MergeTable &merges;
  const Trie &whole;
  std::vector<Symbol> symbols;
  std::vector<Candidate> queue; // a heap
};

} // namespace vspec
#endif
