#include "runtime/Topology.h"
#include "runtime/Memory.h"
#include "test/unit/lib/Support/TemporaryFolder.h"
#include <gtest/gtest.h>
#include <sched.h>

using namespace vspec;
using Numbers = std::vector<uint32_t>;

namespace {

/// A processor that this process may use, and its number as text.
uint32_t aProcessor() {
  cpu_set_t set;
  sched_getaffinity(0, sizeof set, &set);
  for (uint32_t i = 0; i < CPU_SETSIZE; ++i)
    if (CPU_ISSET(i, &set))
      return i;
  return 0;
}

struct SystemFolder : TemporaryFolder {
  void node(const std::string &name, const std::string &processors) const {
    std::filesystem::create_directory(*this / name);
    write(name + "/cpulist", processors);
  }
};

} // namespace

TEST(Topology, ListsOfNumbers) {
  EXPECT_EQ(numbersOfList("0-3,8"), (Numbers{0, 1, 2, 3, 8}));
  EXPECT_EQ(numbersOfList("5\n"), Numbers{5});
  EXPECT_EQ(numbersOfList(""), Numbers{});
  EXPECT_EQ(numbersOfList("-1"), Numbers{});
  EXPECT_EQ(numbersOfList("1,x"), Numbers{1});
  EXPECT_EQ(numbersOfList("1-"), Numbers{});
  EXPECT_EQ(numbersOfList("3-1,2"), Numbers{2});
  EXPECT_EQ(numbersOfList("99999999999999999999"), Numbers{});
  EXPECT_EQ(numbersOfList("0-4000000000"), Numbers{});
}

TEST(Topology, NodesAreThoseWithProcessorsOfThisProcess) {
  SystemFolder system;
  std::string mine = std::to_string(aProcessor());
  system.write("online", "0-3\n");
  system.node("node0", mine + "\n");
  system.node("node1", "\n"); // memory only
  system.node("node2", "60000\n");
  system.node("node3", mine + ",60000\n");
  Topology topology = Topology::read(system.path());
  ASSERT_EQ(topology.count(), 2u);
  EXPECT_EQ(topology.nodes[0].number, 0u);
  EXPECT_EQ(topology.nodes[1].number, 3u);
  EXPECT_EQ(topology.nodes[1].processors, Numbers{aProcessor()});
}

TEST(Topology, OneNodeIsNone) {
  SystemFolder system;
  system.write("online", "0\n");
  system.node("node0", std::to_string(aProcessor()) + "\n");
  EXPECT_TRUE(Topology::read(system.path()).nodes.empty());
  EXPECT_TRUE(Topology::read(system / "missing").nodes.empty());
  EXPECT_EQ(Topology().count(), 1u);
}

TEST(Topology, WorkersFillNodesEvenly) {
  Topology topology{{{0, {}}, {1, {}}, {2, {}}}};
  Numbers nodes;
  for (unsigned worker = 0; worker < 7; ++worker)
    nodes.push_back(topology.nodeOf(worker, 7));
  EXPECT_EQ(nodes, (Numbers{0, 0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(Topology().nodeOf(5, 7), 0u);
}

TEST(Topology, WorkersHelpTheirOwnNodeFirst) {
  auto helped = [](const Topology &topology, unsigned worker, unsigned workers) {
    Numbers all;
    for (unsigned turn = 0; turn < workers; ++turn)
      all.push_back(topology.groupOf(worker, workers).helped(worker, turn, workers));
    return all;
  };
  Topology nodes{{{0, {}}, {1, {}}, {2, {}}}}; // 0 1 2, 3 4, 5 6
  EXPECT_EQ(helped(nodes, 1, 7), (Numbers{1, 2, 0, 3, 4, 5, 6}));
  EXPECT_EQ(helped(nodes, 4, 7), (Numbers{4, 3, 5, 6, 0, 1, 2}));
  EXPECT_EQ(helped(nodes, 6, 7), (Numbers{6, 5, 0, 1, 2, 3, 4}));
  EXPECT_EQ(helped(Topology(), 2, 4), (Numbers{2, 3, 0, 1}));
}

// The advice changes no bytes, whatever the system thinks of it.
TEST(Topology, PlacedMemoryIsMemory) {
  auto memory = Memory::allocate(1 << 20, "a test");
  ASSERT_TRUE(memory);
  placeOnNode(memory->data(), memory->bytes(), 0);
  placeOnNode(memory->data() + 5, 100, 0);          // no whole page
  placeOnNode(memory->data(), memory->bytes(), 63); // no such node
  placeOnNode(memory->data(), memory->bytes(), 1u << 30);
  for (uint64_t i = 0; i < memory->bytes(); i += 4096)
    EXPECT_EQ(memory->data()[i]++, 0);
}
