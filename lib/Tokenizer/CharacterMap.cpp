#include "lib/Tokenizer/CharacterMap.h"

namespace vspec {

static uint32_t wordAt(std::string_view bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i)
    value |= uint32_t(uint8_t(bytes[at + i])) << (8 * i);
  return value;
}

Result<void> CharacterMap::validate(std::string_view map) {
  if (map.size() < 4)
    return Error{"has a character map of " + std::to_string(map.size()) + " bytes, but at least 4 are expected"};
  const uint32_t bytes = wordAt(map, 0);
  if (bytes % 4 != 0 || bytes > map.size() - 4)
    return Error{"has a character map of " + std::to_string(map.size()) + " bytes, whose trie cannot have " + std::to_string(bytes)};
  return {};
}

CharacterMap::CharacterMap(std::string_view map) {
  if (map.empty())
    return;
  trie = map.substr(4, wordAt(map, 0));
  texts = map.substr(4 + trie.size());
}

bool CharacterMap::unit(size_t index, uint32_t &value) const {
  if (index >= trie.size() / 4)
    return false;
  value = wordAt(trie, index * 4);
  return true;
}

CharacterMap::Match CharacterMap::find(std::string_view text, bool longest) const {
  auto offset = [](uint32_t value) { return size_t(value >> 10) << ((value & (1u << 9)) >> 6); };
  Match found;
  uint32_t value;
  if (!unit(0, value))
    return found;
  size_t node = offset(value);
  for (size_t at = 0; at < text.size(); ++at) {
    const uint8_t byte = uint8_t(text[at]);
    node ^= byte;
    if (byte == 0 || !unit(node, value) || (value & (1u << 31 | 0xFF)) != byte)
      return found;
    node ^= offset(value);
    uint32_t leaf;
    if (!(value & 1u << 8) || !unit(node, leaf))
      continue;
    const size_t start = leaf & ~(1u << 31);
    const size_t end = start < texts.size() ? texts.find('\0', start) : texts.npos;
    if (end == texts.npos)
      continue;
    found = {at + 1, texts.substr(start, end - start)};
    if (!longest)
      return found;
  }
  return found;
}

} // namespace vspec
