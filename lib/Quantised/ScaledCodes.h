// Matrices of fp8 or int8 numbers beside a tensor of scales, whose shape tells what shares one: the form of FP8 checkpoints and of
// most of compressed-tensors'.
#ifndef VSPEC_LIB_QUANTISED_SCALEDCODES_H
#define VSPEC_LIB_QUANTISED_SCALEDCODES_H
#include "Parts.h"

namespace vspec {

/// Rows x columns that share a number; 0: all of them.
struct NumberBlock {
  int64_t rows = 0, columns = 0;
  bool operator==(const NumberBlock &other) const { return rows == other.rows && columns == other.columns; }
};

/// What shares a number of `tensor`, from its shape for a matrix of these sizes: [], [1], [1, 1] (all), [N], [N, 1] (rows), [N, G]
/// (groups of K / G columns, or of one of `known`), or the blocks of `known` that fit.
Result<NumberBlock> numberBlock(const MatrixRequest &request, std::string_view suffix, const Tensor &tensor,
                                const std::vector<NumberBlock> &known);

/// What follows an element in a format's text: " x 128x64:f32", " x row:f16".
std::string levelText(const NumberBlock &block, const std::string &type);

/// Which number of a tensor of so many columns of numbers belongs to a row and a column.
struct NumberGrid {
  NumberBlock block;
  int64_t perRow; // numbers side by side
  int64_t at(int64_t row, int64_t group) const { return (block.rows ? row / block.rows : 0) * perRow + group; }
};
NumberGrid gridOf(const NumberBlock &block, int64_t columns);

/// The matrix whose codes are `weight` (f8_e4m3, f8_e5m2 or i8, [rows, columns]) and whose scales are the tensor with that ending:
/// f32, f16, bf16, or powers of two as f8_e8m0 or u8. `zeros`: the ending of i8 zero points of the same shape, or none.
Result<std::optional<QuantisedMatrix>> scaledMatrix(const MatrixRequest &request, const Tensor &weight, std::string_view scaleSuffix,
                                                    std::string_view zeroSuffix, const std::vector<NumberBlock> &known);

} // namespace vspec
#endif
