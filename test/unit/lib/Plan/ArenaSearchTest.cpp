#include "lib/Plan/ArenaSearch.h"
#include <gtest/gtest.h>

using namespace vspec;

namespace {

ArenaShapes shapesOf(const std::vector<ArenaBuffer> &buffers) { return arenaShapes(buffers, std::vector<bool>(buffers.size())); }

ArenaBuffer buffer(uint64_t bytes, uint32_t first, uint32_t last, uint64_t alignment = 1) { return {bytes, first, last, alignment, {}}; }

// Together they need 9 bytes, but 10 in the order given, as the second then starts at 4 and leaves a byte unused.
const std::vector<ArenaBuffer> stack = {buffer(3, 0, 1, 1), buffer(4, 0, 1, 4), buffer(2, 0, 1, 2)};

TEST(ArenaSearch, ExhaustiveFindsTheSmallest) {
  uint64_t steps = 100000;
  ArenaPlacement placement = placeExhaustively(shapesOf(stack), 0, {}, steps);
  EXPECT_EQ(placement.bytes, 9u);
  EXPECT_EQ(placement.offsets, (std::vector<uint64_t>{6, 0, 4}));
  EXPECT_GT(steps, 0u);
}

TEST(ArenaSearch, ExhaustiveKnowsWhenTheBoundIsOutOfReach) {
  uint64_t steps = 100000;
  EXPECT_EQ(placeExhaustively(shapesOf({buffer(5, 0, 1, 4), buffer(5, 0, 1, 4)}), 10, {}, steps).bytes, 13u);
  EXPECT_GT(steps, 0u);
}

TEST(ArenaSearch, ExhaustiveIsContentWithEnough) {
  uint64_t steps = 100000;
  EXPECT_EQ(placeExhaustively(shapesOf(stack), 10, {}, steps).bytes, 10u);
}

TEST(ArenaSearch, ExhaustiveStopsWhenStepsAreUsedUp) {
  uint64_t steps = 3;
  ArenaPlacement start = placeGreedily(shapesOf(stack), 0);
  EXPECT_EQ(placeExhaustively(shapesOf(stack), 0, start, steps).offsets, start.offsets);
  EXPECT_EQ(steps, 0u);
}

TEST(ArenaSearch, ExhaustiveKeepsABetterStart) {
  uint64_t steps = 1000;
  ArenaPlacement start = placeGreedily(shapesOf(stack), 0);
  start.bytes = 1; // better than any
  EXPECT_EQ(placeExhaustively(shapesOf(stack), 0, start, steps).bytes, 1u);
}

TEST(ArenaSearch, GreedyFillsAGap) {
  // 5 and 5 lie apart in time; 2 spans both and lies above or below; 3 fits beside.
  std::vector<ArenaBuffer> buffers = {buffer(5, 0, 1), buffer(5, 3, 4), buffer(2, 0, 4), buffer(3, 2, 2)};
  ArenaPlacement placement = placeGreedily(shapesOf(buffers), 7);
  EXPECT_EQ(placement.bytes, 7u);
}

TEST(ArenaSearch, NothingToPlace) {
  EXPECT_EQ(placeGreedily({}, 0).bytes, 0u);
  uint64_t steps = 10;
  EXPECT_EQ(placeExhaustively({}, 0, {}, steps).bytes, 0u);
}

} // namespace
