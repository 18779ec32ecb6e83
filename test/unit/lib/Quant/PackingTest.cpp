#include "vspec/Quant/Packing.h"
#include "RandomRows.h"
using namespace vspec;

static std::vector<uint8_t> pack(const NormalForm &form, const PackedLayout &layout, const CodedRows &coded) {
  std::vector<uint8_t> bytes(size_t(layout.weightBytes(coded.rows, coded.columns)), 0xcc);
  for (int64_t row = 0; row < coded.rows; row += tileRows)
    packTile(form, layout, coded, row, bytes.data() + row / tileRows * layout.tileBytes(coded.columns));
  return bytes;
}

TEST(Packing, unpacking_gives_the_rows_back) {
  for (const std::string &text : kernelFormats())
    for (auto [rows, columns] : {std::pair(1, 1), {16, 64}, {17, 172}, {5, 300}, {33, 1024}, {3, 4}, {16, 2052}}) {
      if (text == "sherry" && columns % 4)
        continue;
      NormalForm form = formOf(text, columns);
      PackedLayout layout(form, columns);
      CodedRows coded = randomRows(form, rows, columns, uint32_t(rows * columns)), again(form, rows, columns);
      std::vector<uint8_t> bytes = pack(form, layout, coded);
      for (int64_t row = 0; row < rows; row += tileRows)
        unpackTile(form, layout, bytes.data() + row / tileRows * layout.tileBytes(columns), row, again);
      EXPECT_TRUE(again == coded) << text << ' ' << rows << 'x' << columns;
      EXPECT_EQ(pack(form, layout, again), bytes) << text;
    }
}

/// Where every bit lies, by the layout's rules one at a time; shares nothing with Packing.cpp but PackedLayout.
static uint32_t readBits(const PackedLayout &layout, const PackedLayout::Stream &stream, const uint8_t *block, unsigned vector,
                         unsigned byte) {
  uint32_t code = 0, have = 0;
  BitUnit unit = bitUnit(stream.bits);
  for (const Field &field : unit.codes[vector % stream.perUnit]) {
    uint8_t line = block[layout.unitOffset(stream, vector) + field.line * lineBytes + byte];
    code |= uint32_t(line >> field.shift & ((1u << field.width) - 1)) << have;
    have += field.width;
  }
  return code;
}

TEST(Packing, every_bit_lies_where_the_layout_says) {
  for (const std::string &text : kernelFormats()) {
    const int64_t rows = 19, columns = 172;
    NormalForm form = formOf(text, columns);
    PackedLayout layout(form, columns);
    CodedRows coded = randomRows(form, rows, columns, 3);
    std::vector<uint8_t> bytes = pack(form, layout, coded);
    for (int64_t row = 0; row < rows; ++row) {
      const uint8_t *tile = bytes.data() + row / tileRows * layout.tileBytes(columns);
      if (form.rowScale) {
        float scale;
        memcpy(&scale, tile + row % tileRows * 4, 4);
        EXPECT_EQ(scale, coded.rowScale[size_t(row)]);
      }
      auto block = [&](int64_t column) { return tile + layout.headerBytes + column / layout.blockK * layout.blockBytes; };
      auto wide = [&](const PackedLayout::Stream &stream, unsigned vector, const uint8_t *at) {
        uint32_t number = 0;
        at += layout.unitOffset(stream, vector) + vector % stream.perUnit * (16 * stream.bits / 8) + row % tileRows * (stream.bits / 8);
        memcpy(&number, at, stream.bits / 8);
        return number;
      };
      const PackedLayout::Stream &elements = layout.streams.back();
      for (int64_t column = 0; column < columns; ++column) {
        unsigned k = unsigned(column % layout.blockK);
        if (form.isFloat())
          ASSERT_EQ(wide(elements, k, block(column)), coded.floats[size_t(row * columns + column)]) << text;
        else
          ASSERT_EQ(readBits(layout, elements, block(column), k / 4, unsigned(row % 16 * 4 + k % 4)),
                    coded.codes[size_t(row * columns + column)])
              << text;
      }
      for (auto [places, numbers] : {std::pair(&layout.scale, &coded.scale), std::pair(&layout.minimum, &coded.minimum)})
        for (size_t i = 0; i < places->size(); ++i) {
          const PackedLayout::Place &place = (*places)[i];
          for (int64_t column = 0; column < columns && place.level.number != Number::MinusScale; column += place.level.group) {
            const PackedLayout::Stream &stream = layout.streams[place.stream];
            unsigned g = unsigned(column % layout.blockK / place.level.group), vector = layout.vectorOf(place, g);
            uint32_t found = stream.isByteVector() ? readBits(layout, stream, block(column), vector, unsigned(row % 16 * 4 + g % 4))
                                                   : wide(stream, vector, block(column));
            ASSERT_EQ(found, (*numbers)[i][size_t(row * coded.groups(place.level) + column / place.level.group)]) << text;
          }
        }
    }
  }
}

TEST(Packing, padding_is_zero) {
  NormalForm form = formOf("int4", 33);
  PackedLayout layout(form, 33);
  CodedRows coded(form, 1, 33);
  std::vector<uint8_t> bytes = pack(form, layout, coded);
  EXPECT_EQ(bytes, std::vector<uint8_t>(bytes.size(), 0));
}
