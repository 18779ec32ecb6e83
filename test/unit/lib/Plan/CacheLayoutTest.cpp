#include "vspec/Plan/CacheLayout.h"
#include <gtest/gtest.h>

using namespace vspec;

namespace {

CacheLayout layoutOf(int64_t heads, int64_t headSize, const char *keys, const char *values) {
  Result<CacheLayout> layout = CacheLayout::create(heads, headSize, keys, values);
  EXPECT_TRUE(layout) << layout.error().message;
  return *layout;
}

TEST(CacheLayout, PlainFormatsHaveNoScales) {
  CacheLayout layout = layoutOf(2, 64, "f16", "f32");
  EXPECT_EQ(layout.valueGroups, 0);
  EXPECT_EQ(layout.valueTileBytes, 64 * 64 * 4);
  EXPECT_EQ(layout.keyTileBytes, 16 * 64 * 2);
  EXPECT_EQ(layout.bytesPerTile(), 2 * (64 * 64 * 2 + 64 * 64 * 4));
}

TEST(CacheLayout, ValuesHaveAScaleForEachGroup) {
  EXPECT_EQ(layoutOf(1, 64, "f16", "int8").valueTileBytes, 64 * (64 + 2 * 2));
  EXPECT_EQ(layoutOf(1, 64, "f16", "int4").valueTileBytes, 64 * (32 + 2 * 2));
  EXPECT_EQ(layoutOf(1, 80, "f16", "int4").valueTileBytes, 64 * (40 + 5 * 2)); // groups of 16
  EXPECT_EQ(layoutOf(1, 72, "f16", "int8").valueTileBytes, 64 * (80 + 5 * 2)); // the last group and tile are short
}

TEST(CacheLayout, TilesFillWholeLines) {
  for (const char *format : {"f32", "f16", "int8", "int4"})
    for (int64_t headSize : {4, 8, 12, 64, 80, 96, 128, 256}) {
      CacheLayout layout = layoutOf(3, headSize, format, format);
      EXPECT_EQ(layout.keyTileBytes % 64, 0) << format << " " << headSize;
      EXPECT_EQ(layout.valueTileBytes % 64, 0) << format << " " << headSize;
      EXPECT_EQ(layout.valueScaleBytes() % 64, 0) << format << " " << headSize;
      EXPECT_EQ(layout.bytesPerTile(), 3 * (4 * layout.keyTileBytes + layout.valueTileBytes));
    }
}

TEST(CacheLayout, GroupsOfKeysDivideTheHead) {
  struct {
    int64_t headSize;
    unsigned keys, values;
  } cases[] = {{128, 32, 32}, {80, 16, 16}, {72, 8, 16}, {12, 4, 16}};
  for (auto [headSize, keys, values] : cases) {
    EXPECT_EQ(keyCacheForm("int4", headSize)->flush, keys) << headSize;
    EXPECT_EQ(valueCacheForm("int4", headSize)->flush, values) << headSize;
  }
}

TEST(CacheLayout, RefusesWhatDoesNotFit) {
  EXPECT_EQ(keyCacheForm("int3", 64).error().message, "cache format is 'int3', expected f32, f16, int8 or int4");
  EXPECT_EQ(valueCacheForm("int4", 66).error().message, "cache format int4 needs a head size that is a multiple of 4, but it is 66");
  EXPECT_EQ(CacheLayout::create(1, 64, "f16", "q4").error().message, "cache format is 'q4', expected f32, f16, int8 or int4");
  EXPECT_EQ(CacheLayout::create(1, 30, "int8", "f16").error().message,
            "cache format int8 needs a head size that is a multiple of 4, but it is 30");
}

} // namespace
