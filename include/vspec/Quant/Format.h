// The format algebra: what a low-bit weight is, said in one line of text.
//
//   Format  := Element (x Level)*                                         fine to coarse
//   Element := int{4} | int{4, unsigned} | int{4, biased 7} | int{8, signed}
//            | float{2, 1} | f32 | f16 | bf16 | table{4, nf4} | table{2, -1.5 -0.5 0.5 1.5}
//            | ternary{2 bits} | ternary{5 in 8 bits} | ternary{4 in 5 bits}
//            | planes{2} | codebook{8, 16, 2} | decode{@function, 256 in 66 bytes}
//   Level   := Extent : Scale (, Minimum | , zero int{4})?
//   Extent  := 32 (along K) | 128x128 (rows x columns) | row | tensor
//   Scale, Minimum := f32 | f16 | bf16 | e8m0 | e4m3 | int{6} | uint{6} | per plane
//
// `int{4} x 32:f16` is Q4_0: 4 bits, and one f16 for every 32 weights of a row, so 4.5 bits per weight. `int{4, unsigned} x
// 32:uint{6},uint{6} x 256:f16,f16` is Q4_K: scale and minimum are 6-bit integers, scaled by two f16 of 256 weights.
// int{b} alone is biased 2^(b-1); with a minimum or a zero point it is unsigned (8 bits with a minimum stay biased: kernels
// multiply signed bytes). A minimum is scaled by the minima of coarser levels. What no other level scales is a float.
#ifndef VSPEC_QUANT_FORMAT_H
#define VSPEC_QUANT_FORMAT_H
#include "vspec/Quant/NormalForm.h"
#include "vspec/Support/Result.h"
#include <optional>
#include <string>
#include <string_view>

namespace vspec {

struct NumberType {
  Number number;
  unsigned bits;
  bool operator==(const NumberType &other) const { return number == other.number && bits == other.bits; }
  std::string text() const;
};

/// What a code means before any scale. `bits` hold `together` elements: 1, or 5 and 4 of a ternary packing, the
/// dimension of a codebook, or a decoder's block.
struct Element {
  enum class Kind { Int, Float, Table, Ternary, Planes, Codebook, Decode };
  Kind kind = Kind::Int;
  unsigned bits = 0;
  unsigned together = 1;
  unsigned bias = 0;                   // int: code - bias; two's complement is the same numbers as biased 2^(bits-1)
  unsigned exponent = 0, mantissa = 0; // float: bits is 1 + exponent + mantissa
  std::vector<float> values;           // table: 2^bits values of codes
  unsigned sums = 1;                   // codebook: how many entries are added
  std::string function;                // decode: the name of a Decoder
  bool operator==(const Element &other) const;
  /// Whether it is f32, f16 or bf16 as such.
  bool isPlainFloat() const;
};

/// Numbers shared by a part of the weight.
struct Level {
  enum class Extent { Group, Block, Row, Tensor };
  Extent extent = Extent::Group;
  int64_t rows = 1, columns = 0; // of a group or block; groups have one row
  NumberType scale = {Number::F16, 16};
  bool perPlane = false; // one f16 scale for each bit plane
  std::optional<NumberType> minimum;
  std::optional<unsigned> zeroBits; // of an unsigned zero point: scale * (code - zero)
  bool operator==(const Level &other) const;
  bool isPureScale() const { return !minimum && !zeroBits; }
};

struct Format {
  Element element;
  std::vector<Level> levels; // fine to coarse
  bool operator==(const Format &other) const { return element == other.element && levels == other.levels; }

  /// The full form; parseFormat gives the same format back.
  std::string text() const;
  /// Exact bits of a weight of these sizes, short last groups included; a codebook's own entries are not. Packed ternary
  /// codes begin a new word with each finest group, as TQ1_0's do. rows * columns is below 2^48.
  int64_t bits(int64_t rows, int64_t columns) const;
  double bitsPerWeight(int64_t rows, int64_t columns) const { return double(bits(rows, columns)) / (double(rows) * double(columns)); }
  /// The columns of the finest group or block, or none if all numbers are of rows or the tensor.
  std::optional<int64_t> finestGroup() const;
  /// Whether some level has a minimum or a zero point.
  bool isAffine() const;
  unsigned defaultBias() const; // of int{bits} with these levels
};

/// A name with a line of the table in Format.cpp. `int4` and others with one level take suffixes, see parseFormat.
struct NamedFormat {
  const char *name, *text, *summary;
};
const std::vector<NamedFormat> &namedFormats();
std::vector<std::string_view> formatNames();
/// The known names nearest to what was typed, best first, for error messages: "int4, int3".
std::string nearestFormatNames(std::string_view typed);

/// Reads a name (`q4_k`; any case), a name with suffixes (`int4:g64`, `int3:min`, `int4:g128:zero`, `int8:row`, `ternary:tensor`,
/// `nf4:bf16`), or the full form. A suffix changes the one level of the named format: g and a number of columns, row or
/// tensor (f32 then, unless said), min or zero, and the type of its numbers. Errors name the position and what was expected.
Result<Format> parseFormat(std::string_view text);

/// What a decoder's blocks are; its name alone is read as this too.
Format decoderFormat(const Decoder &decoder);

/// The table of this name (nf4, iq4_nl, ...), or nullptr.
const std::vector<float> *namedTable(std::string_view name);
/// The name of a table of these values, or nothing.
std::string_view tableName(const std::vector<float> &values);

/// How kernels see a format, for weights with this many columns. The rules:
///  - levels of rows and the tensor that are pure scales become one f32 for each row, the product of their numbers;
///  - if one of them has a minimum or a zero point, their products become f32 levels of 256 columns (at least 64 for
///    fewer columns; the coarsest group if that is more);
///  - an n x m block becomes a group of m in each of its rows;
///  - a zero point is the minimum zero * -scale; one of 8 bits is stored as int{8}, less 128, since codes are biased 128;
///  - ternary codes have 2 bits and bias 1, whatever their packing;
///  - a decoder's groups have scales that it makes itself, and only scales of rows and the tensor may follow;
///  - tables and floats of at most 4 bits are 16 bytes times a power of two where that is exact, else 16 floats.
/// Refused, with the reason and the nearest choices: groups that are no power of two from 4 to 1024, and elements for which
/// there is no kernel.
Result<NormalForm> normalForm(const Format &format, int64_t columns);

} // namespace vspec
#endif
