#include "lib/Tokenizer/Vocabulary.h"
#include "lib/Tokenizer/UTF8.h"
#include <algorithm>

namespace vspec {

size_t nextWordStart(std::string_view text, size_t from) {
  for (size_t at = text.find(escapedSpace, from); at != text.npos; at = text.find(escapedSpace, at + escapedSpace.size()))
    if (at > 0 && (at < escapedSpace.size() || text.substr(at - escapedSpace.size(), escapedSpace.size()) != escapedSpace))
      return at;
  return text.npos;
}

Vocabulary::Vocabulary(const TokenizerModel &model) {
  bytes.fill(-1);
  words.reserve(model.tokens.size());
  // The bytes of a byte-level vocabulary are its one-byte words.
  const bool byteLevel = model.kind == TokenizerKind::ByteLevelBPE;
  for (size_t id = 0; id < model.tokens.size(); ++id) {
    const std::string &text = model.tokens[id];
    const TokenType type = model.types[id];
    if (text.empty())
      continue;
    const bool isByte = type == TokenType::Byte || (byteLevel && type == TokenType::Normal);
    if (text.size() == 1 && isByte && bytes[uint8_t(text[0])] < 0)
      bytes[uint8_t(text[0])] = int32_t(id);
    if (type == TokenType::Byte)
      continue;
    // Byte-level words are bytes, other tokens of that kind are literal text and would be confused with them. SentencePiece merges into
    // any token that is there.
    if (byteLevel && type != TokenType::Normal) {
      literals.emplace(text, int32_t(id));
      continue;
    }
    words.emplace(text, int32_t(id));
    longest = std::max(longest, text.size());
  }
  leadingSpaces = !byteLevel && word(escapedSpace) >= 0 && std::all_of(words.begin(), words.end(), [](const auto &entry) {
    return nextWordStart(entry.first, 0) == std::string_view::npos;
  });
  if (!byteLevel)
    for (int byte = 0; byte < 256; ++byte)
      if (bytes[byte] < 0)
        bytes[byte] = word(std::string(1, char(byte)));
}

int32_t Vocabulary::word(std::string_view text) const {
  auto found = words.find(text);
  return found == words.end() ? -1 : found->second;
}

int32_t Vocabulary::any(std::string_view text) const {
  auto found = literals.find(text);
  return found == literals.end() ? word(text) : found->second;
}

MergeTable::MergeTable(const std::vector<Merge> &merges) {
  size_t size = 16;
  while (size < 2 * merges.size())
    size *= 2;
  slots.resize(size);
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    const Merge &merge = merges[rank];
    size_t slot = slotOf(merge.left, merge.right);
    while (slots[slot].rank >= 0 && (slots[slot].left != merge.left || slots[slot].right != merge.right))
      slot = (slot + 1) & (size - 1);
    if (slots[slot].rank < 0) // of equal pairs the first counts
      slots[slot] = {merge.left, merge.right, int32_t(rank), merge.result};
  }
}

size_t MergeTable::slotOf(int32_t left, int32_t right) const {
  uint64_t key = uint64_t(uint32_t(left)) << 32 | uint32_t(right);
  key *= 0x9E3779B97F4A7C15ull;
  key ^= key >> 29;
  key *= 0xBF58476D1CE4E5B9ull;
  return (key >> 20) & (slots.size() - 1);
}

const MergeTable::Entry *MergeTable::find(int32_t left, int32_t right) const {
  for (size_t slot = slotOf(left, right); slots[slot].rank >= 0; slot = (slot + 1) & (slots.size() - 1))
    if (slots[slot].left == left && slots[slot].right == right)
      return &slots[slot];
  return nullptr;
}

} // namespace vspec
