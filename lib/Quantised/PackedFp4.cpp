#include "PackedFp4.h"

using namespace vspec;

Result<std::optional<QuantisedMatrix>> vspec::packedFp4Matrix(const MatrixRequest &request, const PackedFp4Names &names) {
  int64_t rows = request.rows, columns = request.columns;
  const Tensor *global = request.find(names.global);
  int64_t group = global ? 16 : 32;
  if (columns % group)
    return partError(request, names.codes,
                     "is of " + std::to_string(columns) + " columns, expected whole groups of " + std::to_string(group));
  Result<const Tensor *> codes = takePart(request, names.codes, {rows, columns / 2}, {Encoding::U8});
  Result<const Tensor *> scales = codes ? takePart(request, names.scales, {rows, columns / group},
                                                   global ? std::vector{Encoding::F8_E4M3} : std::vector{Encoding::U8, Encoding::F8_E8M0})
                                        : codes;
  if (!scales)
    return scales.error();
  QuantisedMatrix matrix;
  matrix.rows = rows, matrix.columns = columns;
  matrix.parts = {*codes, *scales};
  float factor = 1;
  if (global) {
    Result<const Tensor *> number =
        takePart(request, names.global, global->elements() == 1 && global->shape.size() <= 1 ? global->shape : std::vector<int64_t>{1},
                 {Encoding::F32});
    if (!number)
      return number.error();
    matrix.parts.push_back(*number);
    factor = names.divides ? 1 / floatAt(**number, 0) : floatAt(**number, 0);
  }
  matrix.format = *parseFormat(global ? "nvfp4" : "mxfp4");
  matrix.fill = [codes = *codes, scales = *scales, group, factor, global](int64_t first, const NormalForm &,
                                                                          CodedRows &into) -> Result<void> {
    int64_t groups = into.columns / group;
    for (int64_t row = 0; row < into.rows; ++row) {
      for (int64_t column = 0; column < into.columns; ++column)
        into.codes[size_t(row * into.columns + column)] = codes->data[((first + row) * into.columns + column) / 2] >> 4 * (column % 2) & 15;
      for (int64_t g = 0; g < groups; ++g) {
        uint8_t scale = scales->data[(first + row) * groups + g];
        if (global && scale >= 0x7f)
          return Error{"row " + std::to_string(first + row) + ", column " + std::to_string(g * group) +
                       ": scale is negative or nan, expected a scale in e4m3"};
        into.scale[0][size_t(row * groups + g)] = scale;
      }
      if (global)
        into.rowScale[size_t(row)] = factor;
    }
    return {};
  };
  return std::optional<QuantisedMatrix>(std::move(matrix));
}
