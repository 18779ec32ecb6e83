#include "vspec/Plan/TileCost.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace vspec;

TEST(TileCost, TheExamplesOfTheHeader) {
  LaunchBytes small{64 * 64 * 9 / 16, 0}, large{uint64_t(2048) * 2048 * 9 / 16, 0};
  EXPECT_NEAR(launchNanoseconds(small, 4, 1, 1), 149, 1);
  EXPECT_NEAR(launchNanoseconds(large, 128, 1, 1), 73e3, 1e3);
  EXPECT_NEAR(launchNanoseconds(small, 4, 256, 1), 6.0e3, 100);
  EXPECT_EQ(tilesTogether(4, launchNanoseconds(small, 4, 1, 1)), 4u);
  EXPECT_EQ(tilesTogether(128, launchNanoseconds(large, 128, 1, 1)), 1u);
  EXPECT_EQ(tilesTogether(4, launchNanoseconds(small, 4, 256, 1)), 1u);
}

TEST(TileCost, MoreBytesRowsAndTokensCostMore) {
  EXPECT_LT(launchNanoseconds({1000, 0}, 1, 1, 1), launchNanoseconds({2000, 0}, 1, 1, 1));
  EXPECT_LT(launchNanoseconds({1000, 0}, 1, 1, 1), launchNanoseconds({1000, 0}, 1, 2, 1));
  EXPECT_EQ(launchNanoseconds({1000, 0}, 1, 1, 1), launchNanoseconds({1000, 0}, 1, 1, 100));
  EXPECT_LT(launchNanoseconds({0, 1000}, 1, 1, 1), launchNanoseconds({0, 1000}, 1, 1, 2));
  EXPECT_LT(launchNanoseconds({0, 0, 1000}, 1, 1, 1), launchNanoseconds({0, 0, 1000}, 1, 2, 1));
}

// 64 query heads, eight splits of heads of 128: a sink for each head changes nothing, nor does a norm's gain.
TEST(TileCost, FewWeightsBesideLongRowsDoNotCount) {
  LaunchBytes merge{0, 0, 64 * (8 * 130 + 2 * 128) * 4}, withSinks = merge;
  withSinks.weights = 64 * 4;
  EXPECT_EQ(launchNanoseconds(pricedBytes(withSinks), 64, 1, 4096), launchNanoseconds(pricedBytes(merge), 64, 1, 4096));
  EXPECT_EQ(tilesTogether(64, launchNanoseconds(pricedBytes(withSinks), 64, 1, 4096)), 1u);
  EXPECT_EQ(pricedBytes({2048 * 4, 0, 2 * 2048 * 4}).row, 2u * 2048 * 4);
  EXPECT_EQ(pricedBytes({2048 * 2048 / 2, 0, 2 * 2048 * 4}).weights, 2048u * 2048 / 2);
  EXPECT_EQ(pricedBytes({64 * 4, 1024, 64 * 128 * 4}).token, 1024u); // attention with sinks
}

// The rows of one session are prepared by each worker; of many rows each would do what all can do together.
TEST(TileCost, ManyRowsArePreparedTogether) {
  EXPECT_NEAR(prepareNanoseconds(2560, 1), 512, 1);
  for (unsigned workers : {1u, 2u, 16u, 256u})
    for (double bytes : {100.0, 2560.0, 1e7})
      EXPECT_FALSE(sharesPanel(bytes, 1, workers)) << workers << " workers, " << bytes << " bytes";
  EXPECT_FALSE(sharesPanel(2560, 64, 1));
  EXPECT_FALSE(sharesPanel(2560, 3, 2)); // one row less for each worker is not worth a launch
  EXPECT_TRUE(sharesPanel(2560, 8, 2));
  EXPECT_TRUE(sharesPanel(2560, 4, 16));
  EXPECT_FALSE(sharesPanel(80, 64, 2)); // rows of 64 columns
}

// A take is worth its time or takes one tile; and no more is taken together than that needs.
TEST(TileCost, UnitsAreWorthATakeAndNoMore) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 2000; ++i) {
    uint32_t tiles = 1 + uint32_t(random() % (i % 2 ? 10 : 100000));
    double nanoseconds = std::ldexp(1.0, int(random() % 30)), each = nanoseconds / tiles;
    uint32_t unit = tilesTogether(tiles, nanoseconds);
    ASSERT_GE(unit, 1u);
    ASSERT_LE(unit, tiles);
    if (nanoseconds < 1000)
      ASSERT_EQ(unit, tiles);
    else
      ASSERT_LE(unit == 1 ? 0 : unit * each, 200 * (1 + 1e-9));
  }
}
