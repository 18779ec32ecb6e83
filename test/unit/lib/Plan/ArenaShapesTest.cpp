#include "lib/Plan/ArenaShapes.h"
#include <gtest/gtest.h>

using namespace vspec;

namespace {

using Members = std::vector<uint32_t>;

TEST(ArenaShapes, TiedBuffersShareAShape) {
  std::vector<ArenaBuffer> buffers = {{64, 0, 1, 64, {}}, {32, 1, 2, 256, 0}};
  ArenaShapes shapes = arenaShapes(buffers, {false, true});
  ASSERT_EQ(shapes.shapes.size(), 1u);
  const ArenaShape &shape = shapes.shapes[0];
  EXPECT_EQ(shape.members, (Members{0, 1}));
  EXPECT_EQ(shape.alignment, 256u);
  EXPECT_EQ(shape.bytes, 64u);
  EXPECT_EQ(shape.area, 64u * 2 + 32 * 2);
  EXPECT_EQ(shape.firstLaunch, 0u);
  EXPECT_EQ(shape.lastLaunch, 2u);
}

TEST(ArenaShapes, UntiedBuffersConflict) {
  std::vector<ArenaBuffer> buffers = {{64, 0, 1, 64, {}}, {32, 1, 2, 64, 0}};
  ArenaShapes shapes = arenaShapes(buffers, {false, false});
  ASSERT_EQ(shapes.shapes.size(), 2u);
  ASSERT_EQ(shapes.conflicts[0].size(), 1u);
  EXPECT_EQ(shapes.conflicts[0][0].other, 1u);
  EXPECT_EQ(shapes.conflicts[0][0].bytes, 64u);
  EXPECT_EQ(shapes.conflicts[0][0].otherBytes, 32u);
  EXPECT_EQ(shapes.conflicts[1][0].bytes, 32u);
}

// 1 lives in launch 1 alone, where 0 ends and 2 begins: 2 may take the place of 1 but not that of 0.
TEST(ArenaShapes, LeavesOutATieThatDoesNotHold) {
  std::vector<ArenaBuffer> buffers = {{64, 0, 1, 64, {}}, {64, 1, 1, 64, 0}, {64, 1, 2, 64, 1}};
  ArenaShapes shapes = arenaShapes(buffers, {false, true, true});
  ASSERT_EQ(shapes.shapes.size(), 2u);
  EXPECT_EQ(shapes.shapes[0].members, (Members{0, 1}));
  EXPECT_EQ(shapes.shapes[1].members, (Members{2}));
}

TEST(ArenaShapes, NoConflictWhenNeverNeededTogether) {
  std::vector<ArenaBuffer> buffers = {{64, 0, 1, 64, {}}, {64, 2, 3, 64, {}}, {0, 0, 9, 64, {}}};
  ArenaShapes shapes = arenaShapes(buffers, {false, false, false});
  ASSERT_EQ(shapes.shapes.size(), 2u); // nothing to place for no bytes
  EXPECT_TRUE(shapes.conflicts[0].empty());
  EXPECT_TRUE(shapes.conflicts[1].empty());
}

TEST(ArenaShapes, AreaSaturates) {
  std::vector<ArenaBuffer> buffers = {{uint64_t(1) << 60, 0, 1000, 64, {}}};
  EXPECT_EQ(arenaShapes(buffers, {false}).shapes[0].area, ~uint64_t(0));
}

TEST(ArenaShapes, ListsTies) {
  std::vector<ArenaBuffer> buffers = {{64, 0, 1, 64, {}}, {32, 1, 2, 64, 0}, {0, 1, 2, 64, 0}};
  EXPECT_EQ(arenaTies(buffers), (Members{1}));
}

} // namespace
