// AWQ as AutoAWQ stores it, 4 bits, N rows (outputs), K columns, groups of `group_size` columns:
//
//   gemm   qweight [K, N / 8] i32    a word has one column of 8 rows, in the order 0 2 4 6 1 3 5 7 from the lowest nibble
//          qzeros  [G, N / 8] i32    the zero points of a group, in the same order
//          scales  [G, N]            weight = scale * (code - zero)
//   gemv   qweight [N, K / 8] i32    a row's codes, lowest nibble first
//          qzeros  [N, words] i32    a row's zero points, likewise; padded
//          scales  [N, 8 words]      padded
#include "Parts.h"
#include "vspec/Support/Quote.h"

using namespace vspec;

Result<void> vspec::checkAwq(const Json &config) {
  Result<int64_t> bits = config.integer("bits"), group = config.integer("group_size");
  if (!bits)
    return bits.error();
  if (*bits != 4)
    return config.member("bits")->error("is " + std::to_string(*bits) + ", expected 4, the only width of AWQ's kernels");
  if (!group)
    return group.error();
  if (*group != -1 && (*group < 1 || *group > 1 << 20))
    return config.member("group_size")->error("is " + std::to_string(*group) + ", expected -1 (a row) or a number of columns");
  Result<std::string_view> version = config.stringOr("version", "gemm");
  if (!version)
    return version.error();
  if (*version != "gemm" && *version != "GEMM" && *version != "gemv" && *version != "GEMV")
    return config.member("version")->error("is " + quote(*version) + ", expected gemm, as AutoAWQ writes by default, or gemv");
  Result<bool> zeros = config.booleanOr("zero_point", true);
  if (!zeros)
    return zeros.error();
  if (!*zeros)
    return config.member("zero_point")->error("is false, expected true: AWQ's kernels need zero points");
  return {};
}

/// Words of a row's zero points: gemv pads them to what its kernel loads at once.
static int64_t paddedWords(int64_t groups, int64_t group) {
  int64_t multiple = group >= 128 ? 1 : group == 64 ? 2 : 4;
  return ((groups + 7) / 8 + multiple - 1) / multiple * multiple;
}

Result<std::optional<QuantisedMatrix>> vspec::awqMatrix(const MatrixRequest &request) {
  if (!request.find(".qweight"))
    return std::optional<QuantisedMatrix>();
  int64_t rows = request.rows, columns = request.columns, group = std::max<int64_t>(0, *request.config.integer("group_size"));
  if (columns % 8 || rows % 8 || (group && columns % group))
    return partError(request, ".qweight",
                     "is of " + std::to_string(rows) + "x" + std::to_string(columns) +
                         " weights, expected multiples of 8, and whole groups of " + std::to_string(group));
  int64_t groups = group ? columns / group : 1;
  std::string version(*request.config.stringOr("version", "gemm"));
  bool byColumn = version == "gemm" || version == "GEMM";
  int64_t words = paddedWords(groups, group ? group : columns);
  using Shape = std::vector<int64_t>;
  Result<const Tensor *> codes =
      takePart(request, ".qweight", byColumn ? Shape{columns, rows / 8} : Shape{rows, columns / 8}, {Encoding::I32});
  Result<const Tensor *> zeros =
      codes ? takePart(request, ".qzeros", byColumn ? Shape{groups, rows / 8} : Shape{rows, words}, {Encoding::I32}) : codes;
  Result<const Tensor *> scales =
      zeros ? takePart(request, ".scales", byColumn ? Shape{groups, rows} : Shape{rows, words * 8}, floatEncodings) : zeros;
  if (!scales)
    return scales.error();
  Result<Format> format = parseFormat("int{4} x " + extentText(group) + ":" + encodingName((*scales)->encoding) + ", zero int{4}");
  if (!format)
    return format.error();
  QuantisedMatrix matrix;
  matrix.rows = rows, matrix.columns = columns, matrix.format = *format;
  matrix.parts = {*codes, *zeros, *scales};
  // Of gemm, where the nibble of row r lies: it is the same for codes and zero points.
  auto interleaved = [rows](const Tensor &tensor, int64_t line, int64_t row) {
    static constexpr unsigned nibble[8] = {0, 4, 1, 5, 2, 6, 3, 7};
    return wordAt(tensor, line * (rows / 8) + row / 8) >> 4 * nibble[row % 8] & 15;
  };
  LevelSource level{group, nullptr, nullptr};
  if (byColumn) {
    level.scale = [scales = *scales, rows](int64_t row, int64_t g) { return floatBitsAt(*scales, g * rows + row); };
    level.zero = [zeros = *zeros, interleaved](int64_t row, int64_t g) { return interleaved(*zeros, g, row); };
  } else {
    level.scale = [scales = *scales, words](int64_t row, int64_t g) { return floatBitsAt(*scales, row * words * 8 + g); };
    level.zero = [zeros = *zeros, words](int64_t row, int64_t g) { return bitsAt(*zeros, row * words, 1, g * 4, 4); };
  }
  matrix.fill = [codes = *codes, level, interleaved, byColumn, scale = format->levels[0].scale](int64_t first, const NormalForm &form,
                                                                                                CodedRows &into) -> Result<void> {
    for (int64_t row = 0; row < into.rows; ++row)
      for (int64_t column = 0; column < into.columns; ++column)
        into.codes[size_t(row * into.columns + column)] = uint8_t(
            byColumn ? interleaved(*codes, column, first + row) : bitsAt(*codes, (first + row) * (into.columns / 8), 1, column * 4, 4));
    fillLevel(level, scale, first, form, into);
    return {};
  };
  return std::optional<QuantisedMatrix>(std::move(matrix));
}
