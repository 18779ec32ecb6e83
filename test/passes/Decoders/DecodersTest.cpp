// Blocks of every type of ggml against what PyPI's gguf makes of them: test/data/golden/ggml-blocks.txt.
#include "passes/Decoders/Decoders.h"
#include "passes/Decoders/MLIRDecoder.h"
#include "vspec/Quant/BlockFormat.h"
#include "vspec/Quant/Codec.h"
#include "vspec/Quant/Packing.h"
#include "vspec/Quant/WriteOut.h"
#include "vspec/Support/Sha256.h"
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <sstream>

using namespace vspec;

namespace {
class Decoders : public testing::Test {
protected:
  void SetUp() override { addBuiltInDecoders(); }
};
} // namespace

/// The bytes of blocks_against_pypi.py.
static std::vector<uint8_t> blocksOf(const std::string &name, size_t count, size_t size) {
  static const std::map<std::string, std::vector<size_t>> places = {
      {"q4_0", {0}},    {"q4_1", {0, 2}}, {"q5_0", {0}},   {"q5_1", {0, 2}}, {"q8_0", {0}},   {"q2_k", {80, 82}}, {"q3_k", {108}},
      {"q4_k", {0, 2}}, {"q5_k", {0, 2}}, {"q6_k", {208}}, {"iq1_s", {0}},   {"iq1_m", {}},   {"iq2_xxs", {0}},   {"iq2_xs", {0}},
      {"iq2_s", {0}},   {"iq3_xxs", {0}}, {"iq3_s", {0}},  {"iq4_nl", {0}},  {"iq4_xs", {0}}, {"tq1_0", {52}},    {"tq2_0", {64}},
      {"mxfp4", {}},    {"nvfp4", {}},    {"q1_0", {0}},   {"q2_0", {0}}};
  static const int extremes[] = {-1, 0x0001, 0x03ff, 0x7bff, 0x8001, 0xfbff, 0x0000, 0x8000};
  std::vector<uint8_t> bytes;
  uint64_t state = 1;
  for (size_t i = 0; i < count * size; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    bytes.push_back(uint8_t(state >> 56));
  }
  for (size_t block = 0; block < count; ++block) {
    uint8_t *at = &bytes[block * size];
    int extreme = extremes[block % 8];
    for (size_t place : places.at(name))
      if (extreme >= 0)
        at[place] = uint8_t(extreme), at[place + 1] = uint8_t(extreme >> 8);
      else if ((at[place + 1] & 0x7c) == 0x7c)
        at[place + 1] &= 0xbf;
    for (unsigned i = 0; i < 4 && name == "iq1_m"; ++i)
      at[49 + 2 * i] = uint8_t((at[49 + 2 * i] & 15) | ((extreme >= 0 ? extreme : 0x3555) >> 4 * i & 15) << 4);
    if (name == "mxfp4" && at[0] == 255)
      at[0] = 254;
  }
  return bytes;
}

TEST_F(Decoders, decode_every_type_like_gguf) {
  std::ifstream file(VSPEC_TEST_DATA "/golden/ggml-blocks.txt");
  std::string line, name, digest;
  int types = 0;
  size_t count;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    if (line[0] == '#' || !(words >> name >> count >> digest))
      continue;
    ++types;
    Result<Format> format = blockFormat(name);
    ASSERT_TRUE(bool(format)) << format.error().message;
    const BlockFormat *known = findBlockFormat(name);
    int64_t columns = known ? known->columns : findDecoder(name)->columns, size = *blocksBytes(name, columns);
    std::vector<uint8_t> bytes = blocksOf(name, count, size_t(size));
    Result<CodedRows> coded = decodeBlocks(name, bytes.data(), int64_t(bytes.size()), int64_t(count), columns);
    ASSERT_TRUE(bool(coded)) << coded.error().message;
    std::vector<float> weights = decodeRows(*normalForm(*format, columns), *coded);
    EXPECT_EQ(toHex(sha256(weights.data(), weights.size() * 4)), digest) << name;
    EXPECT_EQ(format->bits(1, columns), size * 8) << name;
  }
  EXPECT_EQ(types, 25);
}

// Each type names codes that say its weights: the same ones, if they are numbers.
TEST_F(Decoders, can_be_written_out) {
  for (const char *name : {"iq1_s", "iq1_m", "iq2_xxs", "iq2_xs", "iq2_s", "iq3_xxs", "iq3_s"}) {
    const Decoder &decoder = *findDecoder(name);
    int64_t rows = 20, columns = 2 * decoder.columns;
    Format blocks = *blockFormat(name);
    std::optional<Format> codes = writtenOut(blocks);
    ASSERT_TRUE(codes) << name;
    std::vector<uint8_t> bytes = blocksOf(name, size_t(2 * rows), decoder.bytes);
    CodedRows coded = *decodeBlocks(name, bytes.data(), int64_t(bytes.size()), rows, columns);
    NormalForm form = *normalForm(*codes, columns);
    Result<CodedRows> written = writeOut(decoder, coded, form, 0);
    ASSERT_TRUE(bool(written)) << name << ": " << written.error().message;
    EXPECT_EQ(decodeRows(form, *written), decodeRows(*normalForm(blocks, columns), coded)) << name;
    if (std::string(name) == "iq1_m")
      continue;                                         // its scale lies in four places
    coded.blocks[size_t(3 * decoder.bytes) + 1] = 0x7c; // of row 1
    Result<CodedRows> infinite = writeOut(decoder, coded, form, 16);
    ASSERT_FALSE(bool(infinite)) << name;
    EXPECT_TRUE(infinite.error().message == "row 17, column 256: scale is inf, expected a number" ||
                infinite.error().message == "row 17, column 256: scale is nan, expected a number")
        << infinite.error().message;
  }
  EXPECT_EQ(writtenOut(*parseFormat("decode{@iq2_xxs, 256 in 66 bytes} x tensor:f32"))->text(),
            "table{3, iq2} x 32:uint{5} x 256:f16 x tensor:f32");
  EXPECT_FALSE(writtenOut(*parseFormat("int4")));
}

// 66 bytes leave half a line, 50 and 17 leave other parts, 56 leave nothing; rows and blocks fill no tile.
TEST_F(Decoders, tiles_hold_the_blocks) {
  ASSERT_TRUE(bool(addDecoder("seventeen", [] {
    return std::move(*MLIRDecoder::parse(R"(func.func @seventeen(%block: memref<17xi8>, %four: index) -> (i32, f32)
      attributes {vspec.columns = 16, vspec.group = 16, vspec.bias = 0, vspec.most = 1} {
      %codes = arith.constant 0 : i32
      %scale = arith.constant 1.0 : f32
      return %codes, %scale : i32, f32
    })",
                                         "seventeen"));
  })));
  std::mt19937 random(1);
  for (const char *text : {"iq2_xxs", "iq1_s", "decode{@iq1_m, 256 in 56 bytes} x tensor:f32", "seventeen"})
    for (int64_t blocks : {1, 2, 3, 4, 5})
      for (int64_t rows : {1, 16, 19}) {
        Result<Format> format = parseFormat(text);
        ASSERT_TRUE(bool(format)) << format.error().message;
        int64_t columns = blocks * format->element.together;
        NormalForm form = *normalForm(*format, columns);
        CodedRows coded(form, rows, columns), back(form, rows, columns);
        for (uint8_t &byte : coded.blocks)
          byte = uint8_t(random());
        PackedLayout layout(form, columns);
        ASSERT_EQ(layout.tileBytes(columns) % lineBytes, 0);
        int64_t stored = 16 * blocks * form.decoder->bytes + layout.headerBytes;
        EXPECT_GE(layout.tileBytes(columns), stored);
        EXPECT_LT(layout.tileBytes(columns), stored + lineBytes) << text << " " << blocks;
        std::vector<uint8_t> tile(size_t(layout.tileBytes(columns)));
        for (int64_t row = 0; row < rows; row += 16) {
          packTile(form, layout, coded, row, tile.data());
          unpackTile(form, layout, tile.data(), row, back);
        }
        EXPECT_TRUE(coded == back) << text << " " << blocks << " " << rows;
      }
}
