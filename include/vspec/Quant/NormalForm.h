// The normal form in which kernels see a weight format: what differs between formats, and nothing else. No MLIR.
//
//   weight[row][k] = rowScale * (scale * (value(code) - bias) + minimum)
//
// `scale` and `minimum` are products of levels, fine to coarse, each constant over a group of consecutive k of one row.
// `rowScale` is one number for the whole row. Everything a kernel, a packed layout or a codec test needs is here.
#ifndef VSPEC_QUANT_NORMALFORM_H
#define VSPEC_QUANT_NORMALFORM_H
#include "vspec/Quant/Decoder.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace vspec {

/// How a level's number is stored. MinusScale stores nothing: it is the effective scale, negated, so that a zero point z
/// is the minimum z * -scale. Decoded stores nothing either: a decoder makes it of its block.
enum class Number { F32, F16, BF16, E8M0, E4M3, Int, UInt, MinusScale, Decoded };

struct NormalLevel {
  Number number;
  unsigned bits;  // as stored; 0 for MinusScale and Decoded
  unsigned group; // along k, a multiple of 4
  bool operator==(const NormalLevel &other) const { return number == other.number && bits == other.bits && group == other.group; }
};

/// What an element is. Codes go the integer way or the float way (those that are floats of more than 4 bits only the latter); the
/// others are numbers as they are and go the float way.
enum class ElementKind { Code, F32, F16, BF16 };

/// Codes times their finest scale, as codes of at most 8 bits: a code less the bias, times the sign, is the product.
struct FoldedCodes {
  int sign;
  unsigned bias, most;
};

struct NormalForm {
  ElementKind element = ElementKind::Code;
  unsigned bits = 0;  // of a code: 1 to 8; of a float element: 32 or 16
  unsigned bias = 0;  // value - bias is what a code means; 128 if a value may exceed 127
  unsigned flush = 0; // consecutive k that share all levels: the finest group, or 0 if there is no level
  std::vector<NormalLevel> scale;
  std::vector<NormalLevel> minimum;
  std::vector<uint8_t> table;       // 16 values of codes; empty: value = code
  std::vector<float> floatTable;    // 16 values of codes that are no small integers, or all of a small float; empty: integers
  std::vector<uint8_t> tableLow;    // with a float table: value = tableUnit * (256 * (table - 128) + tableLow - 128), to 16 bits
  float tableUnit = 1;              // of the 16-bit values, a power of two
  unsigned exponent = 0;            // bits of it, of codes that are floats{exponent, bits - 1 - exponent}; 0: they are not
  float unit = 1;                   // a constant factor of the scale, a power of two
  bool rowScale = false;            // one f32 for each row
  const Decoder *decoder = nullptr; // makes the codes, of 8 bits, and the finest scale

  bool isFloat() const { return element != ElementKind::Code; }
  /// Whether int8 activations can meet it in exact integer sums.
  bool hasIntegerForm() const { return !isFloat() && !isSmallFloat(); }
  /// Whether a code is a sign, an exponent and a mantissa, of 5 to 8 bits.
  bool isSmallFloat() const { return exponent != 0; }
  /// Consecutive k whose sum of scale times products (and of minimum times activations) is an integer, and exact in int32: with an
  /// activation block of `block`. Where the finest numbers are small integers that is the next level's group, else a flush group.
  unsigned exactColumns(unsigned block) const;
  /// How the finest scale goes into the codes, if it is an integer, shared by fewer than the `exactColumns` of an activation block, and
  /// all products fit: their sums are the same integers.
  std::optional<FoldedCodes> foldedCodes(unsigned block) const;
  unsigned maxValue() const {
    if (decoder)
      return decoder->most;
    unsigned most = table.empty() ? (1u << bits) - 1 : 0;
    for (unsigned value : table)
      most = value > most ? value : most;
    return most;
  }
};

} // namespace vspec
#endif
