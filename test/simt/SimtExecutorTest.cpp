// Threads that wait for each other, and threads that wait in vain.
#include "test/simt/SimtExecutor.h"
#include <algorithm>
#include <gtest/gtest.h>

using namespace vspec;

namespace {
SimtExecutor &self() { return SimtExecutor::running(); }

TEST(SimtExecutor, RunsEveryThreadOfEveryBlockOnce) {
  for (uint32_t seed : {0, 1}) {
    SimtExecutor executor({3, 5}, seed);
    std::vector<int> runs(15);
    ASSERT_TRUE(executor.launch([&] { ++runs[self().block() * 5 + self().thread()]; }));
    EXPECT_EQ(runs, std::vector<int>(15, 1));
  }
}

TEST(SimtExecutor, SeedShufflesTurns) {
  auto turns = [](uint32_t seed) {
    SimtExecutor executor({2, 40}, seed);
    std::vector<uint32_t> order;
    EXPECT_TRUE(executor.launch([&] { order.push_back(self().block() * 40 + self().thread()); }));
    return order;
  };
  std::vector<uint32_t> inOrder = turns(0), shuffled = turns(1);
  EXPECT_TRUE(std::is_sorted(inOrder.begin(), inOrder.end()));
  EXPECT_FALSE(std::is_sorted(shuffled.begin(), shuffled.end()));
}

// Each thread reads what its neighbour wrote before the barrier, twice over.
TEST(SimtExecutor, BarrierLetsNobodyThroughBeforeAllHaveCome) {
  for (uint32_t seed : {0, 1, 2}) {
    SimtExecutor executor({2, 70}, seed);
    std::vector<int> shared(70), seen(140);
    ASSERT_TRUE(executor.launch([&] {
      uint32_t i = self().thread(), next = (i + 1) % 70;
      shared[i] = int(i);
      self().barrier();
      int first = shared[next];
      self().barrier();
      shared[i] = first;
      self().barrier();
      seen[self().block() * 70 + i] = shared[next];
    }));
    for (uint32_t i = 0; i < 140; ++i)
      EXPECT_EQ(seen[i], int((i % 70 + 2) % 70));
  }
}

TEST(SimtExecutor, TellsWhoWaitsInVain) {
  SimtExecutor executor({2, 8});
  Result<void> launched = executor.launch([] {
    if (self().block() == 1 && self().thread() != 3)
      self().barrier();
  });
  ASSERT_FALSE(launched);
  EXPECT_EQ(launched.error().message, "block 1: 7 of 8 threads wait for others that never come");
  EXPECT_TRUE(executor.launch([] { self().barrier(); })) << "the executor is as before";
}

// What lane i reads, in two warps at once.
std::vector<uint32_t> shuffled(ShuffleMode mode, uint32_t operand, uint32_t clamp, uint32_t seed) {
  SimtExecutor executor({1, 64}, seed);
  std::vector<uint32_t> read(64);
  EXPECT_TRUE(executor.launch([&] { read[self().thread()] = self().shuffle(mode, ~0u, self().thread(), operand, clamp); }));
  return read;
}

TEST(SimtExecutor, ShufflesAsThePTXManualSays) {
  for (uint32_t seed : {0, 1})
    for (uint32_t i = 0; i < 64; ++i) {
      uint32_t lane = i % 32, warp = i - lane;
      EXPECT_EQ(shuffled(ShuffleMode::Up, 3, 0, seed)[i], lane >= 3 ? i - 3 : i);
      EXPECT_EQ(shuffled(ShuffleMode::Down, 3, 31, seed)[i], lane + 3 < 32 ? i + 3 : i);
      EXPECT_EQ(shuffled(ShuffleMode::Butterfly, 5, 31, seed)[i], warp + (lane ^ 5));
      EXPECT_EQ(shuffled(ShuffleMode::Index, 7, 31, seed)[i], warp + 7);
      // Segments of eight lanes: the high part of c is 24.
      EXPECT_EQ(shuffled(ShuffleMode::Down, 2, 24 << 8 | 31, seed)[i], lane % 8 + 2 < 8 ? i + 2 : i);
      EXPECT_EQ(shuffled(ShuffleMode::Index, 3, 24 << 8 | 31, seed)[i], i / 8 * 8 + 3);
    }
}

TEST(SimtExecutor, HalvesOfAWarpMeetApart) {
  SimtExecutor executor({1, 32});
  std::vector<uint32_t> read(32);
  ASSERT_TRUE(executor.launch([&] {
    uint32_t i = self().thread();
    if (i < 16)
      read[i] = self().shuffle(ShuffleMode::Index, 0xffff, i, 15, 31);
    else
      read[i] = self().shuffle(ShuffleMode::Index, 0xffff0000, i, 16, 31);
  }));
  for (uint32_t i = 0; i < 32; ++i)
    EXPECT_EQ(read[i], i < 16 ? 15 : 16);
}
} // namespace
