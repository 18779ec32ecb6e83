// The memory nodes of the machine. On one node, which is most machines, all of it is one empty list and nothing is done.
#ifndef VSPEC_RUNTIME_TOPOLOGY_H
#define VSPEC_RUNTIME_TOPOLOGY_H
#include <cstdint>
#include <string>
#include <vector>

namespace vspec {

struct Topology {
  struct Node {
    uint32_t number;                  // the system's
    std::vector<uint32_t> processors; // that this process may use
  };
  std::vector<Node> nodes; // those with processors; empty: one node

  static constexpr unsigned maxNodes = 16;
  /// As the system's folder says, or one node where that cannot be read or has more than maxNodes.
  static Topology read(const std::string &folder = "/sys/devices/system/node");
  unsigned count() const { return nodes.size() < 2 ? 1 : unsigned(nodes.size()); }
  /// The node (an index) of a worker: as many workers on each, those of a node one after the other.
  unsigned nodeOf(unsigned worker, unsigned workers) const { return unsigned(uint64_t(worker) * count() / workers); }
  /// The workers of a node: [first, first + size).
  struct Group {
    unsigned first, size;
    /// Whom a worker of the group helps: itself (turn 0), the others of its node, all others; each of the workers once.
    unsigned helped(unsigned worker, unsigned turn, unsigned workers) const {
      return turn < size ? first + (worker - first + turn) % size : (first + turn) % workers;
    }
  };
  Group groupOf(unsigned worker, unsigned workers) const;
  /// Keeps the calling thread on a node's processors.
  void pin(unsigned node) const;
};

/// Asks for the pages of [base, base + bytes) on a node, before they are written: only advice.
void placeOnNode(void *base, uint64_t bytes, uint32_t node);

/// "0-3,8" is 0 1 2 3 8; what is malformed ends the list.
std::vector<uint32_t> numbersOfList(const std::string &text);

} // namespace vspec
#endif
