// GPTQ as AutoGPTQ and GPTQModel store it, of a matrix with N rows (outputs) and K columns, b bits:
//
//   qweight [K b / 32, N] i32   column n is a stream of bits, lowest first: the codes of row n
//   qzeros  [G, N b / 32] i32   row g is a stream of bits: the zero points of group g; v1 stores them less one, and 0 as 2^b - 1
//   scales  [G, N]              weight = scale * (code - zero)
//   g_idx   [K] i32             the group of each column; may be missing where they are in order
//
// With desc_act the columns of a group lie scattered. They are brought together, and the linear's input is put in the same order.
#include "Parts.h"
#include "vspec/Support/Quote.h"

using namespace vspec;

static bool isWidth(int64_t bits) { return bits == 2 || bits == 3 || bits == 4 || bits == 8; }

/// GPTQModel has moved it.
static const char *formatKey(const Json &config) { return config.find("checkpoint_format") ? "checkpoint_format" : "format"; }

Result<void> vspec::checkGptq(const Json &config) {
  Result<int64_t> bits = config.integer("bits"), group = config.integer("group_size");
  if (!bits)
    return bits.error();
  if (!isWidth(*bits))
    return config.member("bits")->error("is " + std::to_string(*bits) + ", expected 2, 3, 4 or 8");
  if (!group)
    return group.error();
  if (*group != -1 && (*group < 1 || *group > 1 << 20))
    return config.member("group_size")->error("is " + std::to_string(*group) + ", expected -1 (a row) or a number of columns");
  if (Result<bool> scattered = config.booleanOr("desc_act", false); !scattered)
    return scattered.error();
  const char *key = formatKey(config);
  Result<std::string_view> format = config.stringOr(key, "gptq");
  if (!format)
    return format.error();
  if (*format != "gptq" && *format != "gptq_v2")
    return config.member(key)->error("is " + quote(*format) + ", expected gptq or gptq_v2, which GPTQModel writes by default");
  Result<std::string_view> words = config.stringOr("pack_dtype", "int32");
  if (!words)
    return words.error();
  if (*words != "int32")
    return config.member("pack_dtype")->error("is " + quote(*words) + ", expected int32");
  return {};
}

namespace {
/// Bits and columns of a group, of this matrix: `dynamic` lets them differ from module to module, and shapes tell.
struct Sizes {
  unsigned bits;
  int64_t group; // 0: a row
  int64_t groups(int64_t columns) const { return group ? (columns + group - 1) / group : 1; }
};
} // namespace

static Sizes sizesOf(const MatrixRequest &request, const Tensor &qweight) {
  Sizes sizes{unsigned(*request.config.integer("bits")), std::max<int64_t>(0, *request.config.integer("group_size"))};
  std::optional<Json> dynamic = request.config.find("dynamic");
  if (!dynamic || !dynamic->size())
    return sizes;
  for (int64_t bits : {2, 3, 4, 8})
    if (qweight.shape.size() == 2 && qweight.shape[0] == request.columns / 32 * bits)
      sizes.bits = unsigned(bits);
  const Tensor *scales = request.find(".scales");
  if (scales && scales->shape.size() == 2 && scales->shape[0] > 0 && request.columns % scales->shape[0] == 0)
    sizes.group = scales->shape[0] == 1 ? 0 : request.columns / scales->shape[0];
  return sizes;
}

Result<std::optional<QuantisedMatrix>> vspec::gptqMatrix(const MatrixRequest &request) {
  const Tensor *found = request.find(".qweight");
  if (!found)
    return std::optional<QuantisedMatrix>();
  int64_t rows = request.rows, columns = request.columns;
  Sizes sizes = sizesOf(request, *found);
  unsigned bits = sizes.bits, most = (1u << bits) - 1;
  if (columns % 32 || rows % 32)
    return partError(request, ".qweight",
                     "is of " + std::to_string(rows) + "x" + std::to_string(columns) + " weights, expected multiples of 32");
  int64_t groups = sizes.groups(columns), zeroWords = rows / 32 * bits;
  Result<const Tensor *> codes = takePart(request, ".qweight", {columns / 32 * bits, rows}, {Encoding::I32});
  Result<const Tensor *> zeros = codes ? takePart(request, ".qzeros", {groups, zeroWords}, {Encoding::I32}) : codes;
  Result<const Tensor *> scales = zeros ? takePart(request, ".scales", {groups, rows}, floatEncodings) : zeros;
  if (!scales)
    return scales.error();
  QuantisedMatrix matrix;
  matrix.rows = rows, matrix.columns = columns;
  matrix.parts = {*codes, *zeros, *scales};
  if (request.find(".g_idx")) {
    Result<std::vector<uint32_t>> order = columnOrder(request, ".g_idx", sizes.group ? sizes.group : columns);
    if (!order)
      return order.error();
    matrix.parts.push_back(request.find(".g_idx"));
    matrix.order = std::move(*order);
  } else if (sizes.group && *request.config.booleanOr("desc_act", false)) {
    return partError(request, ".g_idx", "is missing, but desc_act says that columns are out of order");
  }

  unsigned less = *request.config.stringOr(formatKey(request.config), "gptq") == "gptq" ? 1 : 0;
  auto zeroAt = [zeros = *zeros, zeroWords, bits, less, most](int64_t row, int64_t group) {
    return (bitsAt(*zeros, group * zeroWords, 1, row * bits, bits) + less) & most;
  };
  bool symmetric = true;
  for (int64_t group = 0; group < groups && symmetric; ++group)
    for (int64_t row = 0; row < rows && symmetric; ++row)
      symmetric = zeroAt(row, group) == 1u << (bits - 1);
  std::string width = std::to_string(bits);
  Result<Format> format = parseFormat("int{" + width + "} x " + extentText(sizes.group) + ":" + encodingName((*scales)->encoding) +
                                      (symmetric ? "" : ", zero int{" + std::to_string(zeroBits(bits)) + "}"));
  if (!format)
    return format.error();
  matrix.format = *format;
  matrix.fill = [matrix = matrix,
                 level =
                     LevelSource{sizes.group,
                                 [scales = *scales, rows](int64_t row, int64_t group) { return floatBitsAt(*scales, group * rows + row); },
                                 symmetric ? nullptr : std::function<uint32_t(int64_t, int64_t)>(zeroAt)},
                 bits](int64_t first, const NormalForm &form, CodedRows &into) -> Result<void> {
    const Tensor &words = *matrix.parts[0];
    for (int64_t row = 0; row < into.rows; ++row)
      for (int64_t i = 0; i < into.columns; ++i) {
        int64_t column = matrix.order.empty() ? i : matrix.order[size_t(i)];
        into.codes[size_t(row * into.columns + i)] = uint8_t(bitsAt(words, first + row, matrix.rows, column * bits, bits));
      }
    fillLevel(level, matrix.format.levels[0].scale, first, form, into);
    return {};
  };
  return std::optional<QuantisedMatrix>(std::move(matrix));
}
