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

  /// The text that stands for a token in a vocabulary: "<0x0A>" of a byte.
  static std::string spelling(const TokenizerModel &model, size_t id);

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

  /// Appends `id`, or if that is -1 what stands for an unknown `text`: its bytes, or else the unknown token, but not a second one if the
  /// model wants one for neighbours. Tells whether it is unknown; fails if there is no such token.
  Result<bool> appendToken(std::string_view text, int32_t id, bool afterUnknown, std::vector<int32_t> &ids) const;

private:
  const TokenizerModel &model;
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

  /// `rankByResult`: neighbours in the list that make the same token have the same rank.
  explicit MergeTable(const std::vector<Merge> &merges, bool rankByResult = false);

  /// Nothing, or the merge of two neighbours.
  const Entry *find(int32_t left, int32_t right) const;

private:
  std::vector<Entry> slots; // a power of two; at most half are used
  size_t slotOf(int32_t left, int32_t right) const;
};

} // namespace vspec
#endif
