// MXFP4 of gpt-oss: the matrices of all experts in one pair of tensors, `NAME_blocks` [experts, N, K / 32, 16] u8, the earlier of two
// columns in the lower nibble, and `NAME_scales` [experts, N, K / 32] u8, powers of two. As a matrix of experts * N rows.
#include "Parts.h"

using namespace vspec;

Result<void> vspec::checkMxfp4(const Json &) { return {}; }

Result<std::optional<QuantisedMatrix>> vspec::mxfp4Matrix(const MatrixRequest &request) {
  const Tensor *blocks = request.find("_blocks");
  if (!blocks)
    return std::optional<QuantisedMatrix>();
  int64_t columns = request.columns, experts = blocks->shape.empty() ? 1 : std::max<int64_t>(1, blocks->shape[0]);
  if (columns % 32 || request.rows % experts)
    return partError(request, "_blocks",
                     "is of " + std::to_string(experts) + " experts, expected them to share " + std::to_string(request.rows) +
                         " rows, and " + std::to_string(columns) + " columns to be whole blocks of 32");
  int64_t rows = request.rows / experts;
  Result<const Tensor *> codes = takePart(request, "_blocks", {experts, rows, columns / 32, 16}, {Encoding::U8});
  Result<const Tensor *> scales = codes ? takePart(request, "_scales", {experts, rows, columns / 32}, {Encoding::U8}) : codes;
  if (!scales)
    return scales.error();
  QuantisedMatrix matrix;
  matrix.rows = request.rows, matrix.columns = columns;
  matrix.parts = {*codes, *scales};
  matrix.format = *parseFormat("mxfp4");
  matrix.fill = [codes = *codes, scales = *scales](int64_t first, const NormalForm &, CodedRows &into) -> Result<void> {
    for (int64_t row = 0; row < into.rows; ++row) {
      for (int64_t column = 0; column < into.columns; ++column)
        into.codes[size_t(row * into.columns + column)] = codes->data[((first + row) * into.columns + column) / 2] >> 4 * (column % 2) & 15;
      for (int64_t g = 0; g < into.columns / 32; ++g)
        into.scale[0][size_t(row * (into.columns / 32) + g)] = scales->data[(first + row) * (into.columns / 32) + g];
    }
    return {};
  };
  return std::optional<QuantisedMatrix>(std::move(matrix));
}
