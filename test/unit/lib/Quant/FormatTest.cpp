#include "RandomRows.h"
using namespace vspec;

static int64_t bitsOf(const char *text, int64_t rows, int64_t columns) { return formatOf(text).bits(rows, columns); }

TEST(Format, bits_per_weight_of_the_literature) {
  EXPECT_EQ(formatOf("int4").bitsPerWeight(1, 32), 4.5);
  EXPECT_EQ(formatOf("int{4} x 128:f16, zero int{4}").bitsPerWeight(16, 128), 4.15625);
  EXPECT_EQ(formatOf("mxfp4").bitsPerWeight(16, 256), 4.25);
  EXPECT_EQ(formatOf("fp8").bitsPerWeight(128, 128), 8 + 32.0 / 16384);
  EXPECT_EQ(formatOf("planes{2} x 128:per plane,f16").bitsPerWeight(1, 128), 2.375);
  EXPECT_EQ(formatOf("planes{3} x 128:per plane,f16").bitsPerWeight(1, 128), 3.5);
  EXPECT_EQ(formatOf("codebook{4, 8, 1}").bitsPerWeight(1, 8), 2);
  EXPECT_EQ(formatOf("codebook{8, 16, 2}").bitsPerWeight(1, 8), 4);
  EXPECT_EQ(formatOf("sherry").bitsPerWeight(1, 128), 1.25 + 0.125);
}

TEST(Format, short_groups_and_blocks_have_numbers_of_their_own) {
  EXPECT_EQ(bitsOf("int4", 1, 1), 4 + 16);
  EXPECT_EQ(bitsOf("int4", 3, 172), 3 * (172 * 4 + 6 * 16));
  EXPECT_EQ(bitsOf("fp8", 129, 257), 129 * 257 * 8 + 2 * 3 * 32);
  EXPECT_EQ(bitsOf("int8:row", 5, 7), 5 * (56 + 32));
  EXPECT_EQ(bitsOf("bitnet", 5, 7), 70 + 32);
  EXPECT_EQ(bitsOf("int4", 0, 32), 0);
  EXPECT_EQ(bitsOf("int4", 4, 0), 0);
}

TEST(Format, packed_ternary_words_begin_with_each_group) {
  EXPECT_EQ(bitsOf("tq1_0", 2, 256), 2 * (52 * 8 + 16));
  EXPECT_EQ(bitsOf("tq1_0", 1, 260), (52 * 8 + 16) + (8 + 16));
  EXPECT_EQ(bitsOf("ternary{5 in 8 bits} x row:f32", 1, 11), 24 + 32);
  EXPECT_EQ(bitsOf("decode{@iq2_xxs, 256 in 66 bytes} x row:f16", 3, 512), 3 * (2 * 66 * 8 + 16));
}

TEST(Format, text_names_what_differs_from_the_default) {
  EXPECT_EQ(formatOf("int{4, biased 8} x 32:f16").text(), "int{4} x 32:f16");
  EXPECT_EQ(formatOf("int{8, signed} x 32:f16").text(), "int{8} x 32:f16");
  EXPECT_EQ(formatOf("int{4, unsigned} x 32:f16").text(), "int{4, unsigned} x 32:f16");
  EXPECT_EQ(formatOf("int{4, unsigned} x 32:f16,f16").text(), "int{4} x 32:f16,f16");
  EXPECT_EQ(formatOf("int{4, biased 3} x 32:f16").text(), "int{4, biased 3} x 32:f16");
  EXPECT_EQ(formatOf("table{2,-1.5 -.5 0.1 10}x64:f16").text(), "table{2, -1.5 -0.5 0.1 10} x 64:f16");
  EXPECT_EQ(formatOf("float{5,10}x tensor:f32").text(), "f16 x tensor:f32");
}
