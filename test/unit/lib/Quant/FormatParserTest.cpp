#include "RandomRows.h"
using namespace vspec;

static std::string errorOf(std::string_view text) {
  Result<Format> format = parseFormat(text);
  return format ? "no error: " + format->text() : format.error().message;
}

TEST(FormatParser, short_forms_say_what_they_mean) {
  for (auto [typed, text] : {std::pair("int4", "int{4} x 32:f16"),
                             {"INT4", "int{4} x 32:f16"},
                             {"int4:g64", "int{4} x 64:f16"},
                             {"int3:min", "int{3} x 32:f16,f16"},
                             {"int4:g128:zero", "int{4} x 128:f16, zero int{4}"},
                             {"int4:zero:g128", "int{4} x 128:f16, zero int{4}"},
                             {"int8:row", "int{8} x row:f32"},
                             {"int8:row:f16", "int{8} x row:f16"},
                             {"int8:min", "int{8} x 32:f16,f16"},
                             {"ternary:tensor", "ternary{2 bits} x tensor:f32"},
                             {"ternary:g64", "ternary{2 bits} x 64:f16"},
                             {"nf4:bf16:g32", "table{4, nf4} x 32:bf16"},
                             {"int4:e8m0", "int{4} x 32:e8m0"},
                             {"int1:zero", "int{1} x 32:f16, zero int{1}"}})
    EXPECT_EQ(formatOf(typed).text(), text) << typed;
}

TEST(FormatParser, a_minimum_makes_codes_unsigned) {
  EXPECT_EQ(formatOf("int4").element.bias, 8u);
  EXPECT_EQ(formatOf("int4:min").element.bias, 0u);
  EXPECT_EQ(formatOf("int4:zero").element.bias, 0u);
  EXPECT_EQ(formatOf("int8:min").element.bias, 128u);
  EXPECT_EQ(formatOf("int8:zero").element.bias, 0u);
  EXPECT_EQ(formatOf("int{4, biased 8} x 32:f16,f16").element.bias, 8u);
}

TEST(FormatParser, full_forms_come_back) {
  for (const char *text :
       {"int{4} x 16x64:f16", "int{4} x 32:uint{6},uint{6} x 256:f16,f16", "float{2, 1} x 16:e4m3 x 128x128:f32 x tensor:f32",
        "ternary{5 in 8 bits} x tensor:f32", "ternary{4 in 5 bits} x 32:f16", "planes{3} x 128:per plane,f16", "codebook{4, 8, 1}",
        "decode{@trellis.2, 16 in 5 bytes} x row:f16", "decode{@plain, 1024 in 4096 bytes}", "bf16 x row:f32", "table{1, -1 1} x 128:f16",
        "int{8} x row:f32, zero int{8} x tensor:f32", "int{4} x 100:f16"})
    EXPECT_EQ(formatOf(text).text(), text);
  EXPECT_EQ(formatOf("int{ 4 }  x1x32:f16").text(), "int{4} x 32:f16");
  EXPECT_EQ(formatOf("ternary{2-bit} x row:f32").text(), "ternary{2 bits} x row:f32");
  EXPECT_EQ(formatOf("int{4} x 32:f16, zero uint{4}").text(), "int{4} x 32:f16, zero int{4}");
}

TEST(FormatParser, errors_name_the_position_and_what_was_expected) {
  EXPECT_EQ(errorOf("int9"),
            "format 'int9': unknown name; nearest: int8, int7, int6; expected a name, a name with suffixes ('int4:g64:zero'), or a "
            "full form ('int{4} x 64:f16, zero int{4}')");
  EXPECT_EQ(errorOf("int{9} x 32:f16"), "format 'int{9} x 32:f16', position 5 ('9} x 32:f16'): expected a number from 1 to 8");
  EXPECT_EQ(errorOf("int{4} y"), "format 'int{4} y', position 8 ('y'): expected 'x' and a level, or the end");
  EXPECT_EQ(errorOf("int{4} x 32"), "format 'int{4} x 32', position 12 (the end): expected ':'");
  EXPECT_EQ(errorOf("int\xbc\xbc{4}"), "format 'int\\xbc\\xbc{4}', position 4 ('\\xbc\\xbc{4}'): expected '{'");
  EXPECT_EQ(errorOf("int4:foo"),
            "format 'int4:foo', position 6: 'foo' is no suffix; expected g and a number of columns, row, tensor, min, zero, "
            "or a type of numbers (f32, f16, bf16, e8m0, e4m3)");
  EXPECT_EQ(errorOf("q4_k:g64"),
            "format 'q4_k:g64', position 5: only names with one level take suffixes; expected the full form, 'int{4} x "
            "32:uint{6},uint{6} x 256:f16,f16'");
  EXPECT_EQ(errorOf("int4:min:e8m0"),
            "format 'int4:min:e8m0', that is 'int{4} x 32:e8m0,e8m0', position 22 (the end): a minimum needs a sign: expected "
            "f32, f16, bf16, or integers that a coarser level scales");
  EXPECT_EQ(errorOf("table{4, 1 2 3}"), "format 'table{4, 1 2 3}', position 15 ('}'): expected a name like nf4, or value 4 of 16");
}

TEST(FormatParser, names_the_position_and_the_reason) {
  for (auto [text, problem] : {
           std::pair("foo{4}", "position 1 ('foo{4}'): expected a name or an element (int, float, table, ternary, planes, codebook, "
                               "decode); nearest names: f32, f16, fp4"),
           {"int{4, odd}", "position 8 ('odd}'): expected signed, unsigned or biased"},
           {"ternary{3 bits}", "position 9 ('3 bits}'): expected '2 bits', '5 in 8 bits' or '4 in 5 bits'"},
           {"decode{@, 32 in 18 bytes}", "position 9 (', 32 in 18 b'): expected the name of a function"},
           {"table{3, nf4}", "position 10 ('nf4}'): the table has 16 values, but 3 bits have 8"},
           {"int{4} x all:f16", "position 10 ('all:f16'): expected a group (a number of columns), a block (rows x columns), row or tensor"},
           {"int{4} x 32:f8", "position 13 ('f8'): expected f32, f16, bf16, e8m0, e4m3, int{bits} or uint{bits}"},
           {"int{4} x 32:f16, zero f16", "position 23 ('f16'): expected int{bits}"},
           {"int{4} x 32:per plane", "position 22 (the end): only planes{bits} have a scale per plane"},
           {"int{4} x 0:f16", "position 10 ('0:f16'): expected a number from 1 to 2147483648"},
           {"int{4} x 99999999999999999999:f16", "position 10 ('999999999999'): expected a number from 1 to 2147483648"},
           {"nf4:zero", "position 5: only int formats have a zero point"},
           {"int4:zero:min", "position 5: a format has a minimum or a zero point, not both"},
       })
    EXPECT_EQ(errorOf(text), "format '" + std::string(text) + "', " + problem);
}

TEST(FormatParser, refuses_levels_that_do_not_nest) {
  const std::string nest = "a level must be made of whole finer levels, and coarser than they are",
                    scale = "integers need a coarser level that scales them, as in 'x 32:uint{6} x 256:f16' or "
                            "'x 32:uint{6},uint{6} x 256:f16,f16'";
  for (auto [text, problem] : {
           std::pair("int{4} x 32:f16 x 16:f16", "position 19 ('16:f16'): " + nest),
           {"int{4} x 32:f16 x 48:f16", "position 19 ('48:f16'): " + nest},
           {"int{4} x 32:f16 x 32:f16", "position 19 ('32:f16'): " + nest},
           {"int{4} x row:f16 x row:f16", "position 20 ('row:f16'): " + nest},
           {"int{4} x 16x64:f16 x row:f32", "position 22 ('row:f32'): " + nest},
           {"int{4} x row:f16 x 32:f16", "position 20 ('32:f16'): levels go from fine to coarse: groups or blocks, then row, then tensor"},
           {"int{4} x 32:uint{6}", "position 10 ('32:uint{6}'): " + scale},
           {"int{4} x 32:f16,int{6} x row:f16", "position 10 ('32:f16,int{6'): " + scale},
           {"int{4} x 32:f16,f16 x 64:f16",
            "position 23 ('64:f16'): a finer level has a minimum: expected a scale and what scales the minimum, as in 'x 256:f16,f16'"},
           {"int{4} x 32:f16 x 64:f16,f16",
            "position 19 ('64:f16,f16'): a minimum begins at the finest level, as in 'x 32:uint{6},uint{6} x 256:f16,f16'"},
           {"int{4} x 32:f16 x 64:f16, zero int{4}", "position 19 ('64:f16, zero'): a zero point belongs to the finest level"},
       })
    EXPECT_EQ(errorOf(text), "format '" + std::string(text) + "', " + problem);
}

TEST(FormatParser, any_bytes_give_a_format_or_an_error) {
  std::mt19937 random(5);
  const std::string bytes = "int{4} x 32:f16,uint zero row tensor g:nf0123456789@.-\xff";
  int parsed = 0;
  for (int i = 0; i < 20000; ++i) {
    std::string text(i % 2 ? "int{4} x 32:uint{6},uint{6} x 256:f16,f16" : "nf4:bf16:g32");
    for (unsigned changes = random() % 3 + 1; changes--;)
      text[random() % text.size()] = bytes[random() % bytes.size()];
    Result<Format> format = parseFormat(text);
    if (!format)
      continue;
    ++parsed;
    EXPECT_EQ(formatOf(format->text()), *format) << text;
  }
  EXPECT_GT(parsed, 100);
}
