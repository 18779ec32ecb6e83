#include "vspec/Quant/PackedLayout.h"
#include "RandomRows.h"
#include <array>
#include <map>
#include <set>
using namespace vspec;

TEST(PackedLayout, codes_of_every_width_fill_their_lines) {
  for (unsigned bits = 1; bits <= 8; ++bits) {
    BitUnit unit = bitUnit(bits);
    std::set<std::pair<unsigned, unsigned>> used; // line, bit
    for (const std::vector<Field> &code : unit.codes) {
      unsigned width = 0;
      for (const Field &field : code)
        for (unsigned bit = 0; bit < field.width; ++bit, ++width)
          EXPECT_TRUE(used.insert({field.line, field.shift + bit}).second);
      EXPECT_EQ(width, bits);
    }
    EXPECT_EQ(used.size(), unit.lines * 8);
    EXPECT_EQ(unit.codes.size() * bits, unit.lines * 8);
  }
}

TEST(PackedLayout, three_bits_lie_as_the_header_says) {
  BitUnit unit = bitUnit(3);
  ASSERT_EQ(unit.codes.size(), 8u);
  auto expect = [&](unsigned code, std::vector<std::array<unsigned, 3>> fields) { // line, shift, width
    ASSERT_EQ(unit.codes[code].size(), fields.size());
    for (size_t i = 0; i < fields.size(); ++i) {
      const Field &field = unit.codes[code][i];
      EXPECT_EQ((std::array<unsigned, 3>{field.line, field.shift, field.width}), fields[i]) << code;
    }
  };
  expect(1, {{0, 3, 3}});
  expect(5, {{2, 3, 3}});
  expect(6, {{0, 6, 2}, {1, 6, 1}});
  expect(7, {{2, 6, 2}, {1, 7, 1}});
}

TEST(PackedLayout, units_of_a_block_do_not_overlap_and_fill_it) {
  for (const std::string &text : kernelFormats()) {
    NormalForm form = formOf(text, 4096);
    PackedLayout layout(form, 4096);
    std::map<int64_t, unsigned> units;
    for (const PackedLayout::Stream &stream : layout.streams)
      for (int64_t offset : stream.offsets)
        EXPECT_TRUE(units.insert({offset, stream.unitBytes}).second) << text;
    int64_t end = 0;
    for (auto [offset, bytes] : units) {
      EXPECT_EQ(offset, end) << text;
      end = offset + bytes;
    }
    EXPECT_EQ(end, layout.blockBytes) << text;
    EXPECT_EQ(layout.blockBytes % lineBytes, 0);
    EXPECT_TRUE(layout.streams.back().isElement);
  }
}

TEST(PackedLayout, a_weight_with_whole_blocks_takes_its_bits) {
  for (const char *text : {"int4", "int3", "q4_k", "q6_k", "nf4", "mxfp4", "f16", "int4:g128:zero", "tq2_0"})
    EXPECT_EQ(PackedLayout(formOf(text, 4096), 4096).weightBytes(64, 4096) * 8, formatOf(text).bits(64, 4096)) << text;
}

TEST(PackedLayout, rows_are_cut_between_groups) {
  EXPECT_EQ(rowParts(formOf("f32", 50), 50), 2);
  EXPECT_EQ(rowParts(formOf("bf16", 2048), 2048), 16);
  EXPECT_EQ(rowParts(formOf("int4", 2048), 2048), 16);
  EXPECT_EQ(rowParts(formOf("int4:g128", 2048), 2048), 16);
  EXPECT_EQ(rowParts(formOf("q4_k", 2048), 2048), 8);
  EXPECT_EQ(rowParts(formOf("int4", 544), 544), 1);
  EXPECT_EQ(rowParts(formOf("int8:row", 544), 544), 16);
  EXPECT_EQ(rowParts(formOf("int4", 33), 33), 1);
}

TEST(PackedLayout, activation_blocks_follow_the_coarsest_group) {
  EXPECT_EQ(activationBlock(formOf("int4", 4096)), 64u);
  EXPECT_EQ(activationBlock(formOf("int4:g128", 4096)), 128u);
  EXPECT_EQ(activationBlock(formOf("q6_k", 4096)), 256u);
  EXPECT_EQ(activationBlock(formOf("int4:g1024", 4096)), 256u);
  EXPECT_EQ(activationBlock(formOf("int8:row", 4096)), 256u);
}
