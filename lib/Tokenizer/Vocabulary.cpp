#include "lib/Tokenizer/Vocabulary.h"
#include "lib/Tokenizer/UTF8.h"
#include <algorithm>
#include <cstdio>

namespace vspec {

size_t nextWordStart(std::string_view text, size_t from) {
  for (size_t at = text.find(escapedSpace, from); at != text.npos; at = text.find(escapedSpace, at + escapedSpace.size()))
    if (at > 0 && (at < escapedSpace.size() || text.substr(at - escapedSpace.size(), escapedSpace.size()) != escapedSpace))
      return at;
  return text.npos;
}

std::string Vocabulary::spelling(const TokenizerModel &model, size_t id) {
  if (model.types[id] != TokenType::Byte)
    return model.tokens[id];
  char text[8];
  std::snprintf(text, sizeof text, "<0x%02X>", uint8_t(model.tokens[id][0]));
  return text;
}

Vocabulary::Vocabulary(const TokenizerModel &model) : model(model) {
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
    // Text that users write must not become a control token. Byte-level words are bytes, other tokens of that kind are literal text and
    // would be confused with them.
    if (type == TokenType::Control || type == TokenType::Unknown || (byteLevel && type != TokenType::Normal) ||
        (!model.scores.empty() && model.scores[id] == notAPiece) || (!model.literals.empty() && model.literals[id] & NoWord)) {
      literals.emplace(text, int32_t(id));
      continue;
    }
    words.emplace(text, int32_t(id));
    longest = std::max(longest, text.size());
  }
  leadingSpaces = !byteLevel && word(escapedSpace) >= 0 && std::all_of(words.begin(), words.end(), [](const auto &entry) {
    return nextWordStart(entry.first, 0) == std::string_view::npos;
  });
  if (model.kind == TokenizerKind::SentencePiece && !model.literalsInside)
    for (int byte = 0; byte < 256; ++byte)
      if (bytes[byte] < 0)
        bytes[byte] = word(std::string(1, char(byte)));
}

Result<bool> Vocabulary::appendToken(std::string_view text, int32_t id, bool afterUnknown, std::vector<int32_t> &ids) const {
  if (id >= 0) {
    ids.push_back(id);
    return id == model.unknown;
  }
  if (std::all_of(text.begin(), text.end(), [&](char value) { return byte(uint8_t(value)) >= 0; })) {
    for (char value : text)
      ids.push_back(byte(uint8_t(value)));
    return false;
  }
  if (model.unknown < 0) {
    char shown[16] = "";
    for (size_t i = 0; i < text.size() && i < 4; ++i)
      std::snprintf(shown + 2 * i, 3, "%02x", uint8_t(text[i]));
    return Error{"the vocabulary has no token for the text of bytes 0x" + std::string(shown) + " and no unknown token"};
  }
  if (!model.fuseUnknown || !afterUnknown)
    ids.push_back(model.unknown);
  return true;
}

int32_t Vocabulary::word(std::string_view text) const {
  auto found = words.find(text);
  return found == words.end() ? -1 : found->second;
}

int32_t Vocabulary::any(std::string_view text) const {
  auto found = literals.find(text);
  return found == literals.end() ? word(text) : found->second;
}

MergeTable::MergeTable(const std::vector<Merge> &merges, bool rankByResult) {
  size_t size = 16;
  while (size < 2 * merges.size())
    size *= 2;
  slots.resize(size);
  size_t rank = 0;
  for (size_t i = 0; i < merges.size(); ++i) {
    const Merge &merge = merges[i];
    if (!rankByResult || i == 0 || merges[i - 1].result != merge.result)
      rank = i;
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
