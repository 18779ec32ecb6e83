#include "vspec/Checkpoint/Encoding.h"
#include <gtest/gtest.h>
#include <set>

using namespace vspec;

TEST(Encoding, EveryNumberOfGgmlIsEitherKnownOrRemoved) {
  std::set<std::string> names;
  for (uint32_t type = 0; type <= 42; ++type) {
    std::optional<Encoding> encoding = encodingOfGgml(type);
    EXPECT_NE(encoding.has_value(), !removedGgmlType(type).empty()) << type;
    names.insert(encoding ? encodingName(*encoding) : std::string(removedGgmlType(type)));
  }
  EXPECT_EQ(names.size(), 43u);
  EXPECT_FALSE(encodingOfGgml(43));
  EXPECT_FALSE(encodingOfGgml(0xFFFFFFFFu));
  EXPECT_EQ(removedGgmlType(43), "");
}

TEST(Encoding, KnowsNamesAndBlocks) {
  EXPECT_STREQ(encodingName(*encodingOfGgml(2)), "q4_0");
  EXPECT_STREQ(encodingName(*encodingOfGgml(14)), "q6_K");
  EXPECT_STREQ(encodingName(*encodingOfGgml(34)), "tq1_0");
  EXPECT_STREQ(encodingName(*encodingOfSafetensors("BF16")), "bf16");
  EXPECT_STREQ(encodingName(*encodingOfSafetensors("F4")), "f4");
  EXPECT_EQ(encodingOfSafetensors("F32"), encodingOfGgml(0));
  EXPECT_EQ(removedGgmlType(31), "q4_0_4_4");
  EXPECT_FALSE(encodingOfSafetensors(""));
  EXPECT_FALSE(encodingOfSafetensors("f32"));
  EXPECT_EQ(blockElements(Encoding::TQ2_0), 256u);
  EXPECT_EQ(blockBytes(Encoding::TQ2_0), 66u);
}

TEST(Encoding, CountsBytes) {
  EXPECT_EQ(encodedBytes(Encoding::F32, {}), 4u);
  EXPECT_EQ(encodedBytes(Encoding::F32, {3, 5}), 60u);
  EXPECT_EQ(encodedBytes(Encoding::Q4_0, {3, 64}), 108u);
  EXPECT_EQ(encodedBytes(Encoding::F4, {3, 2}), 3u);
  EXPECT_EQ(encodedBytes(Encoding::F6_E2M3, {2, 2}), 3u);
  EXPECT_EQ(encodedBytes(Encoding::F32, {7, 0}), 0u);
}

TEST(Encoding, RefusesWhatCannotBeCounted) {
  EXPECT_EQ(encodedBytes(Encoding::F4, {3}), std::nullopt);
  EXPECT_EQ(encodedBytes(Encoding::Q8_0, {33}), std::nullopt);
  EXPECT_EQ(encodedBytes(Encoding::F32, {-1, -1}), std::nullopt);
  EXPECT_EQ(encodedBytes(Encoding::I8, {INT64_MAX}), uint64_t(INT64_MAX));
  EXPECT_EQ(encodedBytes(Encoding::I16, {INT64_MAX}), std::nullopt);
  EXPECT_EQ(encodedBytes(Encoding::I8, {int64_t(1) << 32, int64_t(1) << 32}), std::nullopt);
  // Empty, but its other extents multiply beyond int64.
  EXPECT_EQ(encodedBytes(Encoding::I8, {int64_t(1) << 32, int64_t(1) << 32, 0}), std::nullopt);
}

// Fills the table with numbers that no other test uses.
TEST(Encoding, RefusesMoreTypesThanItsNumbersHold) {
  Result<void> added;
  for (uint32_t type = 5000; added && type < 5300; ++type)
    added = addGgmlEncoding(type, "block" + std::to_string(type), 32, 18);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().message, "more than 207 decoders with types of GGUF files");
}
