#include "QuantisedFolder.h"
#include <gtest/gtest.h>

using namespace vspec;

static const char config[] = R"({"quant_method": "mxfp4", "modules_to_not_convert": ["model.layers.*.self_attn"]})";

// Two experts of three rows: low nibbles first, and a power of two for each 32 columns.
TEST(Mxfp4, ExpertsAreRowsOnEnd) {
  std::vector<uint8_t> blocks, scales;
  std::vector<float> want;
  static const float values[16] = {0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6};
  for (int block = 0; block < 12; ++block) {
    scales.push_back(uint8_t(126 + block % 3));
    for (int i = 0; i < 16; ++i) {
      blocks.push_back(uint8_t(37 * block + 11 * i));
      for (int nibble : {blocks.back() & 15, blocks.back() >> 4})
        want.push_back(values[nibble] * 0.5f * float(1 << block % 3));
    }
  }
  QuantisedFolder folder(config);
  folder.add("layer_blocks", "U8", {2, 3, 2, 16}, blocks).add("layer_scales", "U8", {2, 3, 2}, scales);
  auto matrix = folder.matrix(6, 64);
  ASSERT_TRUE(matrix) << matrix.error().message;
  EXPECT_EQ((**matrix).format.text(), "float{2, 1} x 32:e8m0");
  EXPECT_EQ(valuesOf(**matrix), want);
}

TEST(Mxfp4, RefusesParts) {
  QuantisedFolder folder(config);
  EXPECT_EQ(folder.problem(6, 64), "plain floats");
  folder.zeros("layer_blocks", "U8", {2, 3, 2, 16}).zeros("layer_scales", "U8", {2, 3, 1});
  EXPECT_EQ(folder.problem(6, 64), ": tensor 'layer_scales' is 2x3x1 of u8, expected 2x3x2 of u8");
  EXPECT_EQ(folder.problem(8, 64), ": tensor 'layer_blocks' is 2x3x2x16 of u8, expected 2x4x2x16 of u8");
  EXPECT_EQ(folder.problem(7, 64),
            ": tensor 'layer_blocks' is of 2 experts, expected them to share 7 rows, and 64 columns to be whole blocks of 32");
}
