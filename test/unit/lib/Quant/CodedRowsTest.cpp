#include "RandomRows.h"
#include "vspec/Quant/Codec.h"
#include "vspec/Quant/PackedLayout.h"
#include <cstring>
using namespace vspec;

TEST(CodedRows, numbers_are_what_their_types_say) {
  EXPECT_EQ(numberValue({Number::F32, 32, 4}, 0xbf800000), -1);
  EXPECT_EQ(numberValue({Number::F16, 16, 4}, 0x3c00), 1);
  EXPECT_EQ(numberValue({Number::BF16, 16, 4}, 0x4000), 2);
  EXPECT_EQ(numberValue({Number::E8M0, 8, 4}, 126), 0.5f);
  EXPECT_EQ(numberValue({Number::E8M0, 8, 4}, 0), 0x1p-127f);
  EXPECT_EQ(numberValue({Number::E4M3, 8, 4}, 0x38), 1);
  EXPECT_EQ(numberValue({Number::E4M3, 8, 4}, 0xff), 480); // a scale has no sign and no NaN
  EXPECT_EQ(numberValue({Number::Int, 6, 4}, 32), -32);
  EXPECT_EQ(numberValue({Number::Int, 8, 4}, 127), 127);
  EXPECT_EQ(numberValue({Number::UInt, 6, 4}, 63), 63);
}

TEST(CodedRows, numbers_that_do_not_fit_are_refused) {
  uint32_t stored = 0;
  EXPECT_FALSE(storeNumber({Number::F16, 16, 4}, 65520, stored));
  EXPECT_TRUE(storeNumber({Number::F16, 16, 4}, 65519, stored));
  EXPECT_FALSE(storeNumber({Number::BF16, 16, 4}, 3.4e38f, stored));
  EXPECT_FALSE(storeNumber({Number::F32, 32, 4}, INFINITY, stored));
  EXPECT_FALSE(storeNumber({Number::E8M0, 8, 4}, -1, stored));
  EXPECT_FALSE(storeNumber({Number::E4M3, 8, 4}, 480, stored));
  EXPECT_FALSE(storeNumber({Number::UInt, 4, 4}, 16, stored));
  EXPECT_FALSE(storeNumber({Number::UInt, 4, 4}, -1, stored));
  EXPECT_FALSE(storeNumber({Number::Int, 4, 4}, 8, stored));
  EXPECT_TRUE(storeNumber({Number::Int, 4, 4}, -8, stored));
  EXPECT_EQ(stored, 8u);
  EXPECT_FALSE(storeNumber({Number::UInt, 4, 4}, NAN, stored));
}

TEST(CodedRows, every_stored_number_comes_back) {
  for (NormalLevel level : {NormalLevel{Number::E8M0, 8, 4}, {Number::Int, 5, 4}, {Number::UInt, 3, 4}, {Number::E4M3, 7, 4}})
    for (uint32_t bits = 0; bits < 1u << level.bits; ++bits) {
      uint32_t again = 0;
      if (level.number == Number::E4M3 ? bits != 0x7f : bits != 255) {
        ASSERT_TRUE(storeNumber(level, numberValue(level, bits), again)) << bits;
        EXPECT_EQ(again, bits);
      }
    }
}

TEST(CodedRows, levels_multiply_from_fine_to_coarse) {
  NormalForm form = formOf("q4_k", 300);
  CodedRows coded(form, 2, 300);
  EXPECT_EQ(coded.scale[0].size(), 20u); // ten groups of 32 in each row, the last one short
  EXPECT_EQ(coded.scale[1].size(), 4u);
  coded.scale[0][10 + 9] = 3;
  coded.scale[1][2 + 1] = 0x4000; // 2
  coded.minimum[0][10 + 9] = 5;
  coded.minimum[1][2 + 1] = 0xbc00; // -1
  EXPECT_EQ(coded.scaleAt(form, 1, 299), 6);
  EXPECT_EQ(coded.minimumAt(form, 1, 299), -5);
  EXPECT_EQ(coded.scaleAt(form, 1, 200), 0);
}

TEST(CodedRows, a_zero_point_scales_with_the_scale) {
  NormalForm form = formOf("int4:g64:zero", 64);
  CodedRows coded(form, 1, 64);
  coded.scale[0][0] = 0x4000; // 2
  coded.minimum[0][0] = 7;
  EXPECT_TRUE(coded.minimum[1].empty());
  EXPECT_EQ(coded.minimumAt(form, 0, 63), -14);
}

TEST(CodedRows, cut_rows_hold_the_same_numbers) {
  for (const char *text : {"int4", "q4_k", "int8:row", "f32 x row:f32", "int4:g16:zero", "nf4"}) {
    NormalForm form = formOf(text, 1024);
    CodedRows whole = randomRows(form, 5, 1024, 3), parts = CodedRows(whole).cut(rowParts(form, 1024));
    EXPECT_EQ(parts.rows * parts.columns, 5 * 1024);
    std::vector<float> expected = decodeRows(form, whole), actual = decodeRows(form, parts);
    EXPECT_EQ(std::memcmp(actual.data(), expected.data(), expected.size() * 4), 0) << text;
  }
}

TEST(CodedRows, the_unit_belongs_to_the_scale) {
  NormalForm form = formOf("mxfp4", 32);
  CodedRows coded(form, 1, 32);
  coded.scale[0][0] = 128; // 2
  EXPECT_EQ(coded.scaleAt(form, 0, 0), 1);
}
