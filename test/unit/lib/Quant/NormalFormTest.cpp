#include "RandomRows.h"
#include <cmath>
using namespace vspec;
using Levels = std::vector<NormalLevel>;

static std::string refusalOf(std::string_view text, int64_t columns = 4096) {
  Result<NormalForm> form = normalForm(formatOf(text), columns);
  return form ? "no refusal" : form.error().message;
}

TEST(NormalForm, groups_are_levels) {
  NormalForm form = formOf("q4_k", 4096);
  EXPECT_EQ(form.bits, 4u);
  EXPECT_EQ(form.bias, 0u);
  EXPECT_EQ(form.flush, 32u);
  EXPECT_EQ(form.scale, (Levels{{Number::UInt, 6, 32}, {Number::F16, 16, 256}}));
  EXPECT_EQ(form.minimum, form.scale);
  EXPECT_FALSE(form.rowScale);
}

TEST(NormalForm, a_zero_point_is_a_minimum_times_minus_scale) {
  NormalForm form = formOf("int4:g128:zero", 4096);
  EXPECT_EQ(form.scale, (Levels{{Number::F16, 16, 128}}));
  EXPECT_EQ(form.minimum, (Levels{{Number::UInt, 4, 128}, {Number::MinusScale, 0, 128}}));
  NormalForm bytes = formOf("int8:zero", 4096);
  EXPECT_EQ(bytes.bias, 128u);
  EXPECT_EQ(bytes.minimum[0].number, Number::Int);
}

TEST(NormalForm, pure_scales_of_rows_and_tensor_are_row_scales) {
  for (const char *text : {"int8:row", "bitnet", "int{4} x row:uint{4} x tensor:f32"}) {
    NormalForm form = formOf(text, 4096);
    EXPECT_TRUE(form.rowScale);
    EXPECT_TRUE(form.scale.empty());
    EXPECT_EQ(form.flush, 0u);
  }
  NormalForm nvfp4 = formOf("nvfp4", 4096);
  EXPECT_TRUE(nvfp4.rowScale);
  EXPECT_EQ(nvfp4.scale, (Levels{{Number::E4M3, 8, 16}}));
}

TEST(NormalForm, row_minima_are_repeated_along_the_row) {
  EXPECT_EQ(formOf("int4:row:min", 4096).minimum, (Levels{{Number::F32, 32, 256}}));
  EXPECT_EQ(formOf("int4:row:min", 100).scale, (Levels{{Number::F32, 32, 128}}));
  EXPECT_EQ(formOf("int4:row:min", 1).scale, (Levels{{Number::F32, 32, 64}}));
  NormalForm zero = formOf("int5:row:zero", 4096);
  EXPECT_EQ(zero.minimum, (Levels{{Number::UInt, 5, 256}, {Number::MinusScale, 0, 256}}));
  EXPECT_FALSE(zero.rowScale);
  NormalForm both = formOf("int{4} x 32:uint{6},uint{6} x row:f32,f32", 4096);
  EXPECT_EQ(both.scale, (Levels{{Number::UInt, 6, 32}, {Number::F32, 32, 256}}));
}

TEST(NormalForm, a_block_is_a_group_of_each_row) { EXPECT_EQ(formOf("int{4} x 128x64:f32", 4096).scale, (Levels{{Number::F32, 32, 64}})); }

TEST(NormalForm, tables_are_bytes_where_that_is_exact) {
  NormalForm fp4 = formOf("mxfp4", 4096);
  EXPECT_EQ(fp4.table, (std::vector<uint8_t>{12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0}));
  EXPECT_EQ(fp4.bias, 12u);
  EXPECT_EQ(fp4.unit, 0.5f);
  NormalForm iq4 = formOf("iq4_nl", 4096);
  EXPECT_EQ(iq4.table, (std::vector<uint8_t>{1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241}));
  EXPECT_EQ(iq4.bias, 128u);
  EXPECT_EQ(iq4.unit, 1.0f);
  NormalForm nf4 = formOf("nf4", 4096);
  EXPECT_EQ(nf4.floatTable, *namedTable("nf4"));
  NormalForm pairs = formOf("table{2, -1.5 -0.5 0.5 1.5} x 64:f16", 4096);
  EXPECT_EQ(pairs.table, (std::vector<uint8_t>{0, 2, 4, 6, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3}));
  EXPECT_EQ(pairs.unit, 0.5f);
}

TEST(NormalForm, tables_of_floats_have_integers_of_16_bits_beside_them) {
  for (const char *text : {"nf4", "table{3, -1.7 -1.2 -0.3 0 0.001 0.4 1.1 300} x 64:f16", "table{2, -5e-7 -0.11e-7 0 2.3e-7} x row:f32"}) {
    NormalForm form = formOf(text, 4096);
    ASSERT_EQ(form.tableLow.size(), 16u) << text;
    EXPECT_EQ(form.bias, 128u);
    int exponent = 0;
    EXPECT_EQ(std::frexp(form.tableUnit, &exponent), 0.5f) << "a power of two";
    float largest = 0;
    for (float value : form.floatTable)
      largest = std::max(largest, std::fabs(value));
    for (size_t i = 0; i < 16; ++i) {
      float value = form.tableUnit * float(256 * (int(form.table[i]) - 128) + int(form.tableLow[i]) - 128);
      EXPECT_LE(std::fabs(value - form.floatTable[i]), form.tableUnit / 2) << text << ", value " << i;
    }
    EXPECT_LE(form.tableUnit / 2, largest * 0x1p-15f);
  }
  EXPECT_EQ(formOf("table{1, 0 0.3} x 64:f16", 64).floatTable[0], 0.0f);
}

TEST(NormalForm, small_floats_have_all_their_values_and_no_integers) {
  NormalForm form = formOf("fp8", 4096);
  EXPECT_TRUE(form.isSmallFloat() && !form.isFloat() && !form.hasIntegerForm());
  EXPECT_EQ(form.exponent, 4u);
  EXPECT_EQ(form.scale, (Levels{{Number::F32, 32, 128}}));
  ASSERT_EQ(form.floatTable.size(), 256u);
  EXPECT_EQ(form.floatTable[0x7e], 448);
  EXPECT_TRUE(std::isnan(form.floatTable[0xff]));
  EXPECT_EQ(formOf("mxfp6", 32).floatTable[0x3f], -7.5f);
  EXPECT_FALSE(formOf("mxfp4", 32).isSmallFloat());
}

TEST(NormalForm, ternary_codes_have_two_bits_however_packed) {
  for (const char *text : {"tq1_0", "tq2_0", "sherry", "bitnet"}) {
    NormalForm form = formOf(text, 4096);
    EXPECT_EQ(form.bits, 2u);
    EXPECT_EQ(form.bias, 1u);
  }
}

TEST(NormalForm, plain_floats_are_elements) {
  EXPECT_EQ(formOf("f32", 8).element, ElementKind::F32);
  EXPECT_EQ(formOf("bf16", 8).bits, 16u);
  EXPECT_TRUE(formOf("f16 x tensor:f32", 8).rowScale);
}

TEST(NormalForm, integer_codes_never_exceed_a_signed_byte_unless_biased_128) {
  for (const std::string &text : kernelFormats()) {
    NormalForm form = formOf(text, 256);
    if (form.hasIntegerForm()) {
      EXPECT_TRUE(form.maxValue() <= 127 || form.bias == 128) << text;
      EXPECT_LE(form.maxValue(), 255u);
    }
  }
}

TEST(NormalForm, refusals_name_the_reason_and_what_is_near) {
  EXPECT_EQ(refusalOf("int4:g100"),
            "no kernel for 'int{4} x 100:f16': groups of 100 columns are not multiplied, only powers of two from 4 to 1024; "
            "nearest: 64, 128");
  EXPECT_NE(refusalOf("int4:g2").find("nearest: 4"), std::string::npos);
  EXPECT_NE(refusalOf("int4:g2048").find("nearest: 1024"), std::string::npos);
  EXPECT_EQ(refusalOf("float{5, 3} x 32:f16"), "no kernel for 'float{5, 3} x 32:f16': floats of more than 8 bits, other than f32, f16 and "
                                               "bf16, are not multiplied; nearest: 'bf16', 'fp8', 'int8'");
  const std::string many = "table{5, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31} x 32:f16";
  for (auto [text, problem] : {
           std::pair(std::string("hlq2"), "bit planes with a scale each are not multiplied; nearest: 'int2:min'"),
           {"aqlm", "codebooks are not multiplied; nearest: 'int2', 'int4', 'nf4'"},
           {"decode{@f, 32 in 18 bytes}", "there is no decoder @f, only none; --format-library FILE brings others"},
           {"int{8, unsigned} x 32:f16,f16",
            "codes of 8 bits must be biased 128, or unsigned with a zero point of 8 bits; nearest: 'int8', 'int8:min', 'int8:zero'"},
           {"f16 x 32:f16", "f32, f16 and bf16 elements take row and tensor scales only; nearest: 'f16'"},
           {"ternary{2 bits} x 32:f16, zero int{2}", "only int elements have a zero point; nearest: a minimum"},
           {many, "tables have at most 16 values; nearest: 'nf4', 'iq4_nl', 'int5'"},
       })
    EXPECT_EQ(refusalOf(text), "no kernel for '" + formatOf(text).text() + "': " + problem);
  EXPECT_EQ(refusalOf("sherry", 130),
            "no kernel for '" + formatOf("sherry").text() + "': 130 columns are not whole fours; nearest: 'ternary'");
}

TEST(NormalForm, small_integers_belong_to_exact_sums) {
  auto exact = [](const std::string &format, unsigned block) { return formOf(format, 4096).exactColumns(block); };
  for (const char *format : {"q2_k", "q3_k", "q4_k", "q5_k", "q6_k", "iq4_xs"})
    EXPECT_EQ(exact(format, 256), 256u) << format;
  EXPECT_EQ(exact("q6_k", 64), 64u);
  EXPECT_EQ(exact("q4_k", 64), 32u) << "two minimums are no code vector";
  EXPECT_EQ(exact("q4_k", 4096), 256u) << "the next level's group";
  EXPECT_EQ(exact("int4:g32", 256), 32u);
  EXPECT_EQ(exact("nvfp4", 256), 16u);
  EXPECT_EQ(exact("int4", 32), 32u);
  EXPECT_EQ(exact("int{8} x 16:int{8} x 1024:f16", 1024), 16u) << "128 * 256 * 127 * 1024 is 2^31 and more";
  EXPECT_EQ(exact("int{8} x 16:int{8} x 1024:f16", 512), 512u);
}

TEST(NormalForm, products_with_the_finest_scale_are_codes_where_they_are_bytes) {
  auto folded = [](const char *text, unsigned block = 256) { return formOf(text, 4096).foldedCodes(block); };
  FoldedCodes q2 = folded("q2_k").value(), q3 = folded("q3_k").value(), small = folded("int{2} x 16:uint{5} x 256:f16").value();
  EXPECT_EQ(std::tuple(q2.sign, q2.bias, q2.most), std::tuple(1, 0u, 45u));           // 3 * 15
  EXPECT_EQ(std::tuple(q3.sign, q3.bias, q3.most), std::tuple(-1, 128u, 252u));       // -4 * -32 is no byte, its negative is
  EXPECT_EQ(std::tuple(small.sign, small.bias, small.most), std::tuple(1, 62u, 93u)); // -2 * 31 to 1 * 31
  for (const char *text : {"q4_k", "q6_k", "table{3, iq2} x 32:uint{5} x 256:f16", "int4", "int8:row", "bitnet", "f16", "mxfp4"})
    EXPECT_FALSE(folded(text)) << text;
  EXPECT_FALSE(folded("q3_k", 16)) << "no scale is shared by more than a group";
}

TEST(NormalForm, folded_codes_say_the_products) {
  for (const char *text : {"q2_k", "q3_k", "int{2} x 16:uint{5} x 256:f16", "int{3} x 32:uint{4} x 256:f16",
                           "table{4, iq4_nl} x 16:uint{1} x 64:f16", "int{1} x 16:int{8} x 128:bf16"}) {
    NormalForm form = formOf(text, 4096);
    std::optional<FoldedCodes> folded = form.foldedCodes(256);
    ASSERT_TRUE(folded) << text;
    EXPECT_TRUE(folded->most <= 127 || folded->bias == 128) << text;
    const NormalLevel &level = form.scale[0];
    int half = 1 << (level.bits - 1), first = level.number == Number::Int ? -half : 0;
    for (int code = 0; code < 1 << form.bits; ++code)
      for (int scale = first; scale < first + 2 * half; ++scale) {
        int value = form.table.empty() ? code : form.table[size_t(code)];
        int product = folded->sign * (value - int(form.bias)) * scale + int(folded->bias);
        EXPECT_TRUE(product >= 0 && product <= int(folded->most)) << text << ": " << code << " * " << scale;
      }
  }
}
