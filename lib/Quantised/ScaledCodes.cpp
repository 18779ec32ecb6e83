#include "ScaledCodes.h"
#include <cmath>

using namespace vspec;

static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }

Result<NumberBlock> vspec::numberBlock(const MatrixRequest &request, std::string_view suffix, const Tensor &tensor,
                                       const std::vector<NumberBlock> &known) {
  const std::vector<int64_t> &shape = tensor.shape;
  if (tensor.elements() == 1 && shape.size() <= 2)
    return NumberBlock{0, 0};
  if (shape.size() == 1 && shape[0] == request.rows)
    return NumberBlock{1, 0};
  if (shape.size() == 2 && shape[0] == request.rows && shape[1] == 1)
    return NumberBlock{1, 0};
  for (const NumberBlock &block : known)
    if (shape.size() == 2 && block.rows && block.columns && shape[0] == ceilDiv(request.rows, block.rows) &&
        shape[1] == ceilDiv(request.columns, block.columns))
      return block;
  if (shape.size() == 2 && shape[0] == request.rows && shape[1] > 0 && request.columns % shape[1] == 0)
    return NumberBlock{1, request.columns / shape[1]};
  std::string rows = std::to_string(request.rows), text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return partError(request, suffix,
                   "is " + text + ", expected one number, one for each of " + rows + " rows, or for groups of their " +
                       std::to_string(request.columns) + " columns, or for the blocks of the configuration");
}

std::string vspec::levelText(const NumberBlock &block, const std::string &type) {
  std::string extent = !block.rows ? "tensor" : extentText(block.columns);
  return " x " + (block.rows > 1 ? std::to_string(block.rows) + "x" : "") + extent + ":" + type;
}

NumberGrid vspec::gridOf(const NumberBlock &block, int64_t columns) { return {block, block.columns ? ceilDiv(columns, block.columns) : 1}; }

/// The name that the algebra has for a tensor's numbers.
static const char *numberName(Encoding encoding) {
  return encoding == Encoding::F8_E8M0 || encoding == Encoding::U8 ? "e8m0" : encodingName(encoding);
}

static uint32_t numberBits(const Tensor &tensor, int64_t i) {
  return tensor.encoding == Encoding::F8_E8M0 || tensor.encoding == Encoding::U8 ? tensor.data[i] : floatBitsAt(tensor, i);
}

Result<std::optional<QuantisedMatrix>> vspec::scaledMatrix(const MatrixRequest &request, const Tensor &weight, std::string_view scaleSuffix,
                                                           std::string_view zeroSuffix, const std::vector<NumberBlock> &known) {
  Result<const Tensor *> codes =
      takePart(request, ".weight", {request.rows, request.columns}, {Encoding::F8_E4M3, Encoding::F8_E5M2, Encoding::I8});
  Result<const Tensor *> scales = codes ? request.checkpoint.tensor(request.module + std::string(scaleSuffix)) : codes;
  if (!scales)
    return scales.error();
  Result<NumberBlock> block = numberBlock(request, scaleSuffix, **scales, known);
  if (!block)
    return block.error();
  if (auto typed =
          takePart(request, scaleSuffix, (*scales)->shape, {Encoding::F16, Encoding::BF16, Encoding::F32, Encoding::F8_E8M0, Encoding::U8});
      !typed)
    return typed.error();
  QuantisedMatrix matrix;
  matrix.rows = request.rows, matrix.columns = request.columns;
  matrix.parts = {*codes, *scales};
  NumberGrid grid = gridOf(*block, request.columns);
  bool isInteger = weight.encoding == Encoding::I8;
  LevelSource level{block->columns,
                    [scales = *scales, grid](int64_t row, int64_t group) { return numberBits(*scales, grid.at(row, group)); }, nullptr};
  std::string text = isInteger ? "int{8}" : weight.encoding == Encoding::F8_E4M3 ? "float{4, 3}" : "float{5, 2}";
  text += levelText(*block, numberName((*scales)->encoding));
  if (!zeroSuffix.empty() && request.find(zeroSuffix)) {
    Result<const Tensor *> zeros = takePart(request, zeroSuffix, (*scales)->shape, {Encoding::I8});
    if (!zeros)
      return zeros.error();
    matrix.parts.push_back(*zeros);
    // Codes and zero points of -128 to 127 are both raised by 128.
    if (isInteger) {
      text += ", zero int{8}";
      level.zero = [zeros = *zeros, grid](int64_t row, int64_t group) { return uint32_t(zeros->data[grid.at(row, group)] ^ 0x80); };
    }
  }
  Result<Format> format = parseFormat(text);
  if (!format)
    return format.error();
  matrix.format = *format;
  matrix.fill = [codes = *codes, level, isInteger, format = *format](int64_t first, const NormalForm &form,
                                                                     CodedRows &into) -> Result<void> {
    for (int64_t row = 0; row < into.rows; ++row)
      for (int64_t column = 0; column < into.columns; ++column) {
        uint8_t code = codes->data[(first + row) * into.columns + column];
        if (!isInteger && !std::isfinite(form.floatTable[code]))
          return Error{"row " + std::to_string(first + row) + ", column " + std::to_string(column) + ": weight is " +
                       (std::isnan(form.floatTable[code]) ? "nan" : "infinite") + ", expected a finite number"};
        into.codes[size_t(row * into.columns + column)] = isInteger ? code ^ 0x80 : code;
      }
    fillLevel(level, format.levels[0].scale, first, form, into);
    return {};
  };
  return std::optional<QuantisedMatrix>(std::move(matrix));
}
