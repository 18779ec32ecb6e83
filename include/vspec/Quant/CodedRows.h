// Rows of a weight as codes and stored numbers: what lies between f32 values, the blocks of a checkpoint, and packed tiles.
#ifndef VSPEC_QUANT_CODEDROWS_H
#define VSPEC_QUANT_CODEDROWS_H
#include "vspec/Quant/NormalForm.h"
#include <string>
#include <vector>

namespace vspec {

/// In the order of the normal form. A level's group g holds columns g * group and on; the last one may be short.
struct CodedRows {
  int64_t rows = 0, columns = 0;
  std::vector<uint8_t> codes;                 // [rows][columns]; empty for float elements and with a decoder
  std::vector<uint8_t> blocks;                // [rows][blocks][bytes] of a decoder; empty without
  std::vector<uint32_t> floats;               // [rows][columns], bits of f32, f16 or bf16; empty for codes
  std::vector<std::vector<uint32_t>> scale;   // [level][rows][groups], as stored; two's complement in the low bits
  std::vector<std::vector<uint32_t>> minimum; // the same; empty for a MinusScale, as a Decoded scale is
  std::vector<float> rowScale;                // [rows] if the form has row scales

  CodedRows() = default;
  /// All zeros.
  CodedRows(const NormalForm &form, int64_t rows, int64_t columns);

  int64_t groups(const NormalLevel &level) const { return (columns + level.group - 1) / level.group; }
  bool operator==(const CodedRows &other) const;
  /// Each row as so many of equal length; no group may span two of them (rowParts).
  CodedRows cut(int64_t parts) &&;

  /// What a column's weights are multiplied with, without the row scale and what a decoder makes: the product of the levels' numbers in f32, fine to
  /// coarse, times the form's unit; 1 without levels.
  float scaleAt(const NormalForm &form, int64_t row, int64_t column) const;
  /// What is added: the product of the minimum's numbers, fine to coarse; a MinusScale is -scaleAt. 0 without levels.
  float minimumAt(const NormalForm &form, int64_t row, int64_t column) const;
};

/// A stored number as f32; exact. E4M3 is a scale here: its sign bit is ignored and 0x7f is 480, as kernels do it.
float numberValue(const NormalLevel &level, uint32_t stored);

/// Stores the nearest number; false if it is too large (or negative, where there is no sign).
bool storeNumber(const NormalLevel &level, float value, uint32_t &stored);

/// A float element's bits as f32.
float elementValue(ElementKind kind, uint32_t bits);

} // namespace vspec
#endif
