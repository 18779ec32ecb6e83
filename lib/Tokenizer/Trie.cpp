#include "lib/Tokenizer/Trie.h"

namespace vspec {

size_t Trie::slotOf(uint64_t key) const {
  uint64_t hash = key * 0x9E3779B97F4A7C15ull;
  hash ^= hash >> 32;
  size_t slot = hash & (slots.size() - 1);
  while (slots[slot].key != 0 && slots[slot].key != key)
    slot = (slot + 1) & (slots.size() - 1);
  return slot;
}

void Trie::grow() {
  std::vector<Slot> old(slots.empty() ? 64 : slots.size() * 2);
  old.swap(slots);
  for (const Slot &slot : old)
    if (slot.key != 0)
      slots[slotOf(slot.key)] = slot;
}

void Trie::add(std::string_view text, int32_t value) {
  uint32_t node = 0;
  for (char byte : text) {
    if (2 * values.size() >= slots.size())
      grow();
    Slot &slot = slots[slotOf(keyOf(node, uint8_t(byte)))];
    if (slot.key == 0) {
      slot = {keyOf(node, uint8_t(byte)), uint32_t(values.size())};
      values.push_back(-1);
    }
    node = slot.child;
  }
  values[node] = value;
}

Trie::Match Trie::longest(std::string_view text) const {
  Match found;
  forEach(text, [&](size_t bytes, int32_t value) { found = {bytes, value}; });
  return found;
}

} // namespace vspec
