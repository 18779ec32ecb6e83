// SentencePiece's table of replacements (`precompiled_charsmap`), as its files hold it: the bytes of a double array trie (Darts), their
// number before them, and behind them the replacements, each with a zero at its end.
//
// A unit of the trie:  bits 0-7 label, 8 has a leaf, 9 offset is shifted by 8, 10-31 offset; of a leaf: bits 0-30 where its text starts.
#ifndef VSPEC_LIB_TOKENIZER_CHARACTERMAP_H
#define VSPEC_LIB_TOKENIZER_CHARACTERMAP_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <string_view>

namespace vspec {

class CharacterMap {
public:
  struct Match {
    size_t bytes = 0; // 0: nothing
    std::string_view text;
  };

  /// Are its sizes right? What the trie points to is checked with each step.
  static Result<void> validate(std::string_view map);

  /// `map` is empty or valid, and outlives it.
  explicit CharacterMap(std::string_view map);

  /// What the shortest or the longest start of `text` that is in the table becomes.
  Match shortest(std::string_view text) const { return find(text, false); }
  Match longest(std::string_view text) const { return find(text, true); }

private:
  Match find(std::string_view text, bool longest) const;
  bool unit(size_t index, uint32_t &value) const;

  std::string_view trie, texts;
};

} // namespace vspec
#endif
