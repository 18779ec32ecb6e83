// Finds tokens by their text, and merges by their two sides.
#ifndef VSPEC_LIB_TOKENIZER_VOCABULARY_H
#define VSPEC_LIB_TOKENIZER_VOCABULARY_H
#include "vspec/Tokenizer/TokenizerModel.h"
#include <array>
#include <string_view>
#include <unordered_map>

namespace vspec {

/// The place of the first U+2581 that follows another character, at or after `from`; npos: none.
size_t nextWordStart(std::string_view text, size_t from);

/// Looks into a model, which must outlive it and keep its place.
class Vocabulary {
public:
  explicit Vocabulary(const TokenizerModel &model);

  /// The token that merges and whole words may give, or -1. Of two with the same text the first counts.
  int32_t word(std::string_view text) const;
  /// The token for a byte that no other token covers, or -1.
  int32_t byte(uint8_t value) const { return bytes[value]; }
  /// The token spelt `text`, control tokens included, or -1.
  int32_t any(std::string_view text) const;
  size_t longestWord() const { return longest; }
  /// No token has U+2581 behind another character, and U+2581 is a token: nothing merges across the start of a word, so words can be merged
  /// one by one.
  bool spacesOnlyLead() const { return leadingSpaces; }

private:
  std::unordered_map<std::string_view, int32_t> words, literals;
  std::array<int32_t, 256> bytes;
  size_t longest = 0;
  bool leadingSpaces = false;
};

/// (left, right) -> (rank, result), open addressing.
class MergeTable {
public:
  struct Entry {
    int32_t left = -1, right = -1, rank = -1, result = -1;
  };

  explicit MergeTable(const std::vector<Merge> &merges);

  /// Nothing, or the merge of two neighbours.
  const Entry *find(int32_t left, int32_t right) const;

private:
  std::vector<Entry> slots; // a power of two; at most half are used
  size_t slotOf(int32_t left, int32_t right) const;
};

} // namespace vspec
#endif
