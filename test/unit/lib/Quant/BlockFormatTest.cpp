// The decoders here are ggml's definitions written straight to f32, value by value, apart from the coded rows.
#include "vspec/Quant/BlockFormat.h"
#include "RandomRows.h"
#include "vspec/Quant/Codec.h"
#include "vspec/Support/SmallFloat.h"
#include <cmath>
#include <functional>
using namespace vspec;
using Bytes = const uint8_t *;

static float f16At(Bytes p) { return halfToFloat(uint16_t(p[0] | p[1] << 8)); }
static float sixBit(Bytes scales, int i, bool minimum) {
  if (i < 4)
    return float(scales[i + (minimum ? 4 : 0)] & 63);
  return float(minimum ? (scales[i + 4] >> 4) | ((scales[i] >> 6) << 4) : (scales[i + 4] & 15) | ((scales[i - 4] >> 6) << 4));
}

/// Element i of a block.
static const std::vector<std::pair<const char *, std::function<float(Bytes, int)>>> definitions = {
    {"f32",
     [](Bytes b, int) {
       float v;
       memcpy(&v, b, 4);
       return v;
     }},
    {"f16", [](Bytes b, int) { return f16At(b); }},
    {"bf16", [](Bytes b, int) { return bfloatToFloat(uint16_t(b[0] | b[1] << 8)); }},
    {"q8_0", [](Bytes b, int i) { return float(int8_t(b[2 + i])) * f16At(b); }},
    {"q4_0", [](Bytes b, int i) { return float((i < 16 ? b[2 + i] & 15 : b[2 + i - 16] >> 4) - 8) * f16At(b); }},
    {"q4_1", [](Bytes b, int i) { return float(i < 16 ? b[4 + i] & 15 : b[4 + i - 16] >> 4) * f16At(b) + f16At(b + 2); }},
    {"q5_0",
     [](Bytes b, int i) {
       uint32_t high;
       memcpy(&high, b + 2, 4);
       return float(int((i < 16 ? b[6 + i] & 15 : b[6 + i - 16] >> 4) | (high >> i & 1) << 4) - 16) * f16At(b);
     }},
    {"q5_1",
     [](Bytes b, int i) {
       uint32_t high;
       memcpy(&high, b + 4, 4);
       return float((i < 16 ? b[8 + i] & 15 : b[8 + i - 16] >> 4) | (high >> i & 1) << 4) * f16At(b) + f16At(b + 2);
     }},
    {"q2_k",
     [](Bytes b, int i) {
       float d = f16At(b + 80), least = f16At(b + 82);
       uint8_t scale = b[i / 16];
       return d * float(scale & 15) * float(b[16 + i / 128 * 32 + i % 32] >> 2 * (i % 128 / 32) & 3) - least * float(scale >> 4);
     }},
    {"q3_k",
     [](Bytes b, int i) {
       uint32_t aux[4], low = 0x0f0f0f0f, two = 0x03030303; // as ggml unpacks the 6-bit scales
       memcpy(aux, b + 96, 12);
       uint32_t top = aux[2];
       aux[2] = (aux[0] >> 4 & low) | (top >> 4 & two) << 4;
       aux[3] = (aux[1] >> 4 & low) | (top >> 6 & two) << 4;
       aux[0] = (aux[0] & low) | (top & two) << 4;
       aux[1] = (aux[1] & low) | (top >> 2 & two) << 4;
       int scale = reinterpret_cast<const int8_t *>(aux)[i / 16] - 32;
       int code = (b[32 + i / 128 * 32 + i % 32] >> 2 * (i % 128 / 32) & 3) - (b[i % 32] >> i / 32 & 1 ? 0 : 4);
       return f16At(b + 108) * float(scale) * float(code);
     }},
    {"q4_k",
     [](Bytes b, int i) {
       int code = i % 64 < 32 ? b[16 + i / 64 * 32 + i % 32] & 15 : b[16 + i / 64 * 32 + i % 32] >> 4;
       return f16At(b) * sixBit(b + 4, i / 32, false) * float(code) - f16At(b + 2) * sixBit(b + 4, i / 32, true);
     }},
    {"q5_k",
     [](Bytes b, int i) {
       int code = i % 64 < 32 ? b[48 + i / 64 * 32 + i % 32] & 15 : b[48 + i / 64 * 32 + i % 32] >> 4;
       code += b[16 + i % 32] >> i / 32 & 1 ? 16 : 0;
       return f16At(b) * sixBit(b + 4, i / 32, false) * float(code) - f16At(b + 2) * sixBit(b + 4, i / 32, true);
     }},
    {"q6_k",
     [](Bytes b, int i) {
       int half = i / 128, l = i % 32, quarter = i % 128 / 32;
       Bytes ql = b + 64 * half, qh = b + 128 + 32 * half;
       int low = quarter < 2 ? ql[l + 32 * quarter] & 15 : ql[l + 32 * (quarter - 2)] >> 4;
       int code = (low | (qh[l] >> 2 * quarter & 3) << 4) - 32;
       return f16At(b + 208) * float(int8_t(b[192 + i / 16])) * float(code);
     }},
    {"iq4_nl", [](Bytes b, int i) { return f16At(b) * (*namedTable("iq4_nl"))[i < 16 ? b[2 + i] & 15 : b[2 + i - 16] >> 4]; }},
    {"iq4_xs",
     [](Bytes b, int i) {
       int g = i / 32, j = i % 32, scale = (b[4 + g / 2] >> 4 * (g % 2) & 15) | ((b[2] | b[3] << 8) >> 2 * g & 3) << 4;
       return f16At(b) * float(scale - 32) * (*namedTable("iq4_nl"))[j < 16 ? b[8 + 16 * g + j] & 15 : b[8 + 16 * g + j - 16] >> 4];
     }},
    {"mxfp4",
     [](Bytes b, int i) {
       const int doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
       return std::ldexp(1.0f, b[0] - 128) * float(doubled[i < 16 ? b[1 + i] & 15 : b[1 + i - 16] >> 4]);
     }},
    {"tq1_0",
     [](Bytes b, int i) {
       const uint8_t powers[5] = {1, 3, 9, 27, 81};
       int at = i < 160 ? i % 32 : i < 240 ? 32 + (i - 160) % 16 : 48 + (i - 240) % 4;
       int n = i < 160 ? i / 32 : i < 240 ? (i - 160) / 16 : (i - 240) / 4;
       uint8_t q = uint8_t(b[at] * powers[n]);
       return float((uint16_t(q) * 3 >> 8) - 1) * f16At(b + 52);
     }},
    {"q1_0", [](Bytes b, int i) { return b[2 + i / 8] >> i % 8 & 1 ? f16At(b) : -f16At(b); }},
    {"q2_0", [](Bytes b, int i) { return float((b[2 + i / 4] >> 2 * (i % 4) & 3) - 1) * f16At(b); }},
    {"nvfp4",
     [](Bytes b, int i) {
       const int doubled[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
       int g = i / 16, j = i % 16, scale = b[g] & 0x7f;
       float d = b[g] == 0x7f ? 0 : smallMagnitude(4, 3, uint32_t(scale)) * 0.5f;
       return d * float(doubled[j < 8 ? b[4 + 8 * g + j] & 15 : b[4 + 8 * g + j - 8] >> 4]);
     }},
    {"tq2_0", [](Bytes b, int i) { return float((b[i / 128 * 32 + i % 32] >> 2 * (i % 128 / 32) & 3) - 1) * f16At(b + 64); }},
};

TEST(BlockFormat, random_blocks_decode_bit_for_bit) {
  for (const auto &[name, definition] : definitions) {
    const BlockFormat *blocks = findBlockFormat(name);
    ASSERT_TRUE(blocks) << name;
    const int64_t rows = 3, columns = blocks->columns == 1 ? 37 : 2 * blocks->columns;
    std::vector<uint8_t> bytes(size_t(rows * *blocksBytes(name, columns)));
    std::mt19937 random(9);
    for (uint8_t &byte : bytes)
      byte = uint8_t(random());
    Result<CodedRows> coded = decodeBlocks(name, bytes.data(), int64_t(bytes.size()), rows, columns);
    ASSERT_TRUE(bool(coded)) << coded.error().message;
    std::vector<float> weights = decodeRows(*normalForm(*blockFormat(name), columns), *coded);
    for (int64_t i = 0; i < rows * columns; ++i) {
      float expected = definition(bytes.data() + i / blocks->columns * blocks->bytes, int(i % blocks->columns));
      ASSERT_TRUE(bitsOfFloat(expected) == bitsOfFloat(weights[size_t(i)]) || (std::isnan(expected) && std::isnan(weights[size_t(i)])))
          << name << " element " << i << ": " << weights[size_t(i)] << ", expected " << expected;
    }
  }
}

TEST(BlockFormat, blocks_take_the_bits_of_their_format) {
  for (const auto &[name, definition] : definitions) {
    const BlockFormat *blocks = findBlockFormat(name);
    EXPECT_EQ(blockFormat(name)->bits(1, blocks->columns), blocks->bytes * 8) << name;
  }
}

TEST(BlockFormat, refuses_sizes_that_do_not_fit) {
  std::vector<uint8_t> bytes(72);
  EXPECT_TRUE(bool(decodeBlocks("q4_0", bytes.data(), 72, 2, 64)));
  EXPECT_EQ(decodeBlocks("q4_0", bytes.data(), 71, 2, 64).error().message, "71 bytes, expected 2 rows of 36 bytes");
  EXPECT_EQ(blocksBytes("q4_0", 48).error().message, "48 columns are not whole blocks of 32, as q4_0 has them");
  EXPECT_FALSE(bool(decodeBlocks("q4_0", bytes.data(), 0, INT64_MAX, 64)));
  EXPECT_EQ(blocksBytes("q4_0", -32).error().message, "-32 columns, expected 0 to 2^51");
  EXPECT_EQ(blocksBytes("q4_0", INT64_MAX / 32 * 32).error().message, "9223372036854775776 columns, expected 0 to 2^51");
  EXPECT_EQ(blocksBytes("iq1_s", 256).error().message,
            "no blocks of 'iq1_s' are known, expected one of f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q2_k, q3_k, q4_k, q5_k, q6_k, "
            "iq4_nl, iq4_xs, mxfp4, tq1_0, tq2_0, q1_0, q2_0, nvfp4, or a decoder: none");
  EXPECT_TRUE(bool(decodeBlocks("q4_0", bytes.data(), 0, INT64_MAX, 0)));
}
