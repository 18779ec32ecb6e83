// The block layouts of ggml (ggml-common.h has the structs, ggml-quants.c the decoders), a function and a line each.
#include "vspec/Quant/BlockFormat.h"
#include <algorithm>
#include <array>

using namespace vspec;

static uint16_t half(const uint8_t *bytes) { return uint16_t(bytes[0] | bytes[1] << 8); }

namespace {
/// Where a block's codes and numbers go.
struct Target {
  CodedRows &rows;
  int64_t row, column;
  uint8_t *codes() const { return rows.codes.data() + row * rows.columns + column; }
  uint32_t *floats() const { return rows.floats.data() + row * rows.columns + column; }
  uint32_t *scale(size_t level, unsigned group) const { return at(rows.scale[level], group); }
  uint32_t *minimum(size_t level, unsigned group) const { return at(rows.minimum[level], group); }

private:
  uint32_t *at(std::vector<uint32_t> &numbers, unsigned group) const {
    return numbers.data() + row * ((rows.columns + group - 1) / group) + column / group;
  }
};
} // namespace

template <unsigned Bytes> static void decodeFloat(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  uint32_t bits = 0;
  for (unsigned i = 0; i < Bytes; ++i)
    bits |= uint32_t(block[i]) << 8 * i;
  *Target{into, row, column}.floats() = bits;
}

/// Low nibbles are the first half of a part of `count` codes, high nibbles the second.
static void nibbles(const uint8_t *bytes, unsigned count, uint8_t *codes) {
  for (unsigned i = 0; i < count / 2; ++i) {
    codes[i] = bytes[i] & 15;
    codes[i + count / 2] = bytes[i] >> 4;
  }
}

static void decodeQ8_0(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  *target.scale(0, 32) = half(block);
  for (unsigned i = 0; i < 32; ++i)
    target.codes()[i] = block[2 + i] ^ 0x80; // two's complement to biased
}

static void decodeQ4_0(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  *target.scale(0, 32) = half(block);
  nibbles(block + 2, 32, target.codes());
}

static void decodeQ4_1(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  *target.scale(0, 32) = half(block);
  *target.minimum(0, 32) = half(block + 2);
  nibbles(block + 4, 32, target.codes());
}

/// Bit i of the four bytes `high` is the fifth bit of code i.
static void fifthBits(const uint8_t *high, uint8_t *codes) {
  for (unsigned i = 0; i < 32; ++i)
    codes[i] |= uint8_t((high[i / 8] >> i % 8 & 1) << 4);
}

static void decodeQ5_0(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  *target.scale(0, 32) = half(block);
  nibbles(block + 6, 32, target.codes());
  fifthBits(block + 2, target.codes());
}

static void decodeQ5_1(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  *target.scale(0, 32) = half(block);
  *target.minimum(0, 32) = half(block + 2);
  nibbles(block + 8, 32, target.codes());
  fifthBits(block + 4, target.codes());
}

/// Two bits of 128 codes from 32 bytes: byte i has codes i, i + 32, i + 64, i + 96.
static void pairsOfBits(const uint8_t *bytes, uint8_t *codes) {
  for (unsigned i = 0; i < 128; ++i)
    codes[i] = bytes[i % 32] >> 2 * (i / 32) & 3;
}

// scales[16] (low: scale, high: minimum), codes[64], d, dmin
static void decodeQ2_K(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  for (unsigned g = 0; g < 16; ++g) {
    target.scale(0, 16)[g] = block[g] & 15;
    target.minimum(0, 16)[g] = block[g] >> 4;
  }
  pairsOfBits(block + 16, target.codes());
  pairsOfBits(block + 48, target.codes() + 128);
  *target.scale(1, 256) = half(block + 80);
  *target.minimum(1, 256) = half(block + 82) ^ 0x8000u; // ggml subtracts it
}

// high bits[32], low bits[64], scales[12], d
static void decodeQ3_K(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  uint8_t *codes = target.codes();
  pairsOfBits(block + 32, codes);
  pairsOfBits(block + 64, codes + 128);
  for (unsigned i = 0; i < 256; ++i)
    codes[i] |= uint8_t((block[i % 32] >> i / 32 & 1) << 2);
  const uint8_t *packed = block + 96;
  for (unsigned g = 0; g < 16; ++g) { // four low bits from bytes 0 to 7, two high bits from bytes 8 to 11; biased 32
    unsigned low = packed[g % 8] >> 4 * (g / 8) & 15, high = packed[8 + g % 4] >> 2 * (g / 4) & 3;
    target.scale(0, 16)[g] = (low | high << 4) ^ 32;
  }
  *target.scale(1, 256) = half(block + 108);
}

/// The 6-bit scales and minima of q4_k and q5_k, 8 of each in 12 bytes, after d and dmin.
static void scalesAndMinima(const uint8_t *block, const Target &target) {
  const uint8_t *packed = block + 4;
  for (unsigned g = 0; g < 8; ++g) {
    unsigned scale = packed[g % 4] & 63, minimum = packed[4 + g % 4] & 63;
    if (g >= 4) {
      scale = (packed[g + 4] & 15) | packed[g - 4] >> 6 << 4;
      minimum = packed[g + 4] >> 4 | packed[g] >> 6 << 4;
    }
    target.scale(0, 32)[g] = scale;
    target.minimum(0, 32)[g] = minimum;
  }
  *target.scale(1, 256) = half(block);
  *target.minimum(1, 256) = half(block + 2) ^ 0x8000u; // ggml subtracts it
}

static void decodeQ4_K(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  scalesAndMinima(block, target);
  for (unsigned part = 0; part < 4; ++part)
    nibbles(block + 16 + 32 * part, 64, target.codes() + 64 * part);
}

// d, dmin, scales[12], high bits[32], low bits[128]
static void decodeQ5_K(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  scalesAndMinima(block, target);
  for (unsigned part = 0; part < 4; ++part)
    nibbles(block + 48 + 32 * part, 64, target.codes() + 64 * part);
  for (unsigned i = 0; i < 256; ++i)
    target.codes()[i] |= uint8_t((block[16 + i % 32] >> i / 32 & 1) << 4);
}

// low bits[128], high bits[64], scales[16], d
static void decodeQ6_K(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  for (unsigned part = 0; part < 2; ++part) {
    uint8_t *codes = target.codes() + 128 * part, high[128];
    nibbles(block + 64 * part, 128, codes); // bytes 0 to 63: low nibbles are codes 0 to 63, high ones 64 to 127
    pairsOfBits(block + 128 + 32 * part, high);
    for (unsigned i = 0; i < 128; ++i)
      codes[i] |= uint8_t(high[i] << 4);
  }
  for (unsigned g = 0; g < 16; ++g)
    target.scale(0, 16)[g] = block[192 + g];
  *target.scale(1, 256) = half(block + 208);
}

// d, high bits of the scales[2], low bits of the scales[4], codes[128]
static void decodeIQ4_XS(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  for (unsigned g = 0; g < 8; ++g) {
    unsigned low = block[4 + g / 2] >> 4 * (g % 2) & 15, high = half(block + 2) >> 2 * g & 3;
    target.scale(0, 32)[g] = (low | high << 4) ^ 32; // biased 32
    nibbles(block + 8 + 16 * g, 32, target.codes() + 32 * g);
  }
  *target.scale(1, 256) = half(block);
}

static void decodeMXFP4(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  *target.scale(0, 32) = block[0];
  nibbles(block + 1, 32, target.codes());
}

/// Trit n of a byte q that stands for q / 256: the integer part of q * 3^n modulo 256, times 3.
static uint8_t trit(uint8_t byte, unsigned n) {
  static constexpr uint8_t powers[5] = {1, 3, 9, 27, 81};
  return uint8_t(uint8_t(byte * powers[n]) * 3 >> 8);
}

// 32 bytes with 5 trits each, 16 with 5, 4 with 4; d
static void decodeTQ1_0(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  uint8_t *codes = target.codes();
  for (auto [start, bytes, trits] : {std::array<unsigned, 3>{0, 32, 5}, {32, 16, 5}, {48, 4, 4}})
    for (unsigned n = 0; n < trits; ++n)
      for (unsigned i = 0; i < bytes; ++i)
        *codes++ = trit(block[start + i], n);
  *target.scale(0, 256) = half(block + 52);
}

static void decodeTQ2_0(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  pairsOfBits(block, target.codes());
  pairsOfBits(block + 32, target.codes() + 128);
  *target.scale(0, 256) = half(block + 64);
}

// d; a bit a weight: -1 or 1
static void decodeQ1_0(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  *target.scale(0, 128) = half(block);
  for (unsigned i = 0; i < 128; ++i)
    target.codes()[i] = block[2 + i / 8] >> i % 8 & 1;
}

// d; two bits a weight, less 1
static void decodeQ2_0(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  *target.scale(0, 64) = half(block);
  for (unsigned i = 0; i < 64; ++i)
    target.codes()[i] = block[2 + i / 4] >> 2 * (i % 4) & 3;
}

// four scales, then the codes of each
static void decodeNVFP4(const uint8_t *block, CodedRows &into, int64_t row, int64_t column) {
  Target target{into, row, column};
  for (unsigned g = 0; g < 4; ++g) {
    target.scale(0, 16)[g] = block[g] == 0x7f ? 0 : block[g] & 0x7f; // ggml takes NaN for zero
    nibbles(block + 4 + 8 * g, 16, target.codes() + 16 * g);
  }
}

static const BlockFormat blockFormats[] = {
    {"f32", 1, 4, decodeFloat<4>},  {"f16", 1, 2, decodeFloat<2>},   {"bf16", 1, 2, decodeFloat<2>},
    {"q8_0", 32, 34, decodeQ8_0},   {"q4_0", 32, 18, decodeQ4_0},    {"q4_1", 32, 20, decodeQ4_1},
    {"q5_0", 32, 22, decodeQ5_0},   {"q5_1", 32, 24, decodeQ5_1},    {"q2_k", 256, 84, decodeQ2_K},
    {"q3_k", 256, 110, decodeQ3_K}, {"q4_k", 256, 144, decodeQ4_K},  {"q5_k", 256, 176, decodeQ5_K},
    {"q6_k", 256, 210, decodeQ6_K}, {"iq4_nl", 32, 18, decodeQ4_0},  {"iq4_xs", 256, 136, decodeIQ4_XS},
    {"mxfp4", 32, 17, decodeMXFP4}, {"tq1_0", 256, 54, decodeTQ1_0}, {"tq2_0", 256, 66, decodeTQ2_0},
    {"q1_0", 128, 18, decodeQ1_0},  {"q2_0", 64, 18, decodeQ2_0},    {"nvfp4", 64, 36, decodeNVFP4, "float{2, 1} x 16:e4m3"},
};

const BlockFormat *vspec::findBlockFormat(std::string_view name) {
  auto same = [](char typed, char c) { return (typed >= 'A' && typed <= 'Z' ? typed + 32 : typed) == c; };
  for (const BlockFormat &format : blockFormats)
    if (std::string_view known = format.name; std::equal(name.begin(), name.end(), known.begin(), known.end(), same))
      return &format;
  return nullptr;
}

Result<Format> vspec::blockFormat(std::string_view name) {
  if (const BlockFormat *format = findBlockFormat(name))
    return parseFormat(format->text ? format->text : format->name);
  if (const Decoder *decoder = findDecoder(name))
    return decoderFormat(*decoder);
  std::string names;
  for (const BlockFormat &known : blockFormats)
    names += std::string(known.name) + ", ";
  return Error{"no blocks of '" + std::string(name) + "' are known, expected one of " + names + "or a decoder: " + decoderNames()};
}

Result<int64_t> vspec::blocksBytes(std::string_view name, int64_t columns) {
  Result<Format> format = blockFormat(name);
  if (!format)
    return format.error();
  const Decoder *decoder = findDecoder(format->element.function);
  const BlockFormat *blocks = findBlockFormat(name);
  unsigned blockColumns = blocks ? blocks->columns : decoder->columns, bytes = blocks ? blocks->bytes : decoder->bytes;
  if (columns < 0 || columns > INT64_MAX / 4096)
    return Error{std::to_string(columns) + " columns, expected 0 to 2^51"};
  if (columns % blockColumns)
    return Error{std::to_string(columns) + " columns are not whole blocks of " + std::to_string(blockColumns) + ", as " +
                 std::string(name) + " has them"};
  return columns / blockColumns * bytes;
}

Result<CodedRows> vspec::decodeBlocks(std::string_view name, const uint8_t *bytes, int64_t byteCount, int64_t rows, int64_t columns) {
  Result<int64_t> rowBytes = blocksBytes(name, columns);
  if (!rowBytes)
    return rowBytes.error();
  if (rows < 0 || (*rowBytes && rows > INT64_MAX / *rowBytes) || byteCount != rows * *rowBytes)
    return Error{std::to_string(byteCount) + " bytes, expected " + std::to_string(rows) + " rows of " + std::to_string(*rowBytes) +
                 " bytes"};
  Result<Format> format = blockFormat(name);
  if (!format)
    return format.error();
  Result<NormalForm> form = normalForm(*format, columns);
  if (!form)
    return form.error();
  CodedRows coded(*form, rows, columns);
  if (form->decoder) { // kernels decode them
    std::copy(bytes, bytes + byteCount, coded.blocks.begin());
    return coded;
  }
  const BlockFormat &blocks = *findBlockFormat(name);
  for (int64_t row = 0; row < rows && columns; ++row)
    for (int64_t column = 0; column < columns; column += blocks.columns, bytes += blocks.bytes)
      blocks.decode(bytes, coded, row, column);
  return coded;
}
