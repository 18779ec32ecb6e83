// Finds the texts that a text starts with.
#ifndef VSPEC_LIB_TOKENIZER_TRIE_H
#define VSPEC_LIB_TOKENIZER_TRIE_H
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace vspec {

/// Texts with numbers. A node is the number of a start of a text; its children stand in a hash table (node, byte) -> child.
class Trie {
public:
  /// Of two equal texts the later counts. `text` is not empty, `value` not negative.
  void add(std::string_view text, int32_t value);

  bool empty() const { return values.size() == 1; }

  struct Match {
    size_t bytes = 0;
    int32_t value = -1; // -1: nothing
  };
  /// The longest text that `text` starts with.
  Match longest(std::string_view text) const;

  /// Calls visit(bytes, value) for each text that `text` starts with, the shortest first.
  template <typename Visit> void forEach(std::string_view text, Visit visit) const {
    uint32_t node = 0;
    for (size_t at = 0; at < text.size(); ++at) {
      node = child(node, uint8_t(text[at]));
      if (node == 0)
        return;
      if (values[node] >= 0)
        visit(at + 1, values[node]);
    }
  }

private:
  struct Slot {
    uint64_t key = 0; // node << 8 | byte, + 1; 0: free
    uint32_t child = 0;
  };
  static uint64_t keyOf(uint32_t node, uint8_t byte) { return (uint64_t(node) << 8 | byte) + 1; }
  size_t slotOf(uint64_t key) const;
  uint32_t child(uint32_t node, uint8_t byte) const { return slots.empty() ? 0 : slots[slotOf(keyOf(node, byte))].child; }
  void grow();

  std::vector<int32_t> values{-1}; // [nodes], -1: no text ends here
  std::vector<Slot> slots;         // a power of two; at most half are used
};

} // namespace vspec
#endif
