// bitsandbytes, a matrix of N rows and K columns:
//
//   4 bits  weight [N K / 2, 1]: codes in the order of the rows, the earlier one in the higher nibble, in whatever type of whole bytes;
//           weight.quant_map [16] f32: what codes mean (nf4, fp4); weight.absmax [blocks] f32: the scale of `blocksize` codes on end;
//           weight.quant_state.bitsandbytes__nf4: a JSON text with the block size.
//           Double quantisation: absmax is u8 then, and its value nested_quant_map[absmax] * nested_absmax[block / nested_blocksize] +
//           nested_offset.
//   8 bits  weight [N, K] i8 and SCB [N] f32: weight = code * SCB / 127
#include "Parts.h"
#include "vspec/Support/Quote.h"
#include "vspec/Support/SmallFloat.h"
#include <cmath>
#include <cstdio>
#include <numeric>

using namespace vspec;

Result<void> vspec::checkBitsAndBytes(const Json &config) {
  for (const char *key : {"load_in_4bit", "load_in_8bit"})
    if (Result<bool> flag = config.booleanOr(key, false); !flag)
      return flag.error();
  return {};
}

namespace {
/// The numbers beside 4-bit codes.
struct BlockScales {
  const Tensor *absmax, *nestedAbsmax = nullptr, *nestedMap = nullptr;
  int64_t blockSize = 0, nestedBlockSize = 0;
  float offset = 0;
  float at(int64_t block) const {
    if (!nestedAbsmax)
      return floatAt(*absmax, block);
    float nested = floatAt(*nestedMap, absmax->data[block]) * floatAt(*nestedAbsmax, block / nestedBlockSize);
    return nested + offset;
  }
};
} // namespace

static constexpr const char *stateSuffixes[] = {".weight.quant_state.bitsandbytes__nf4", ".weight.quant_state.bitsandbytes__fp4"};

static Result<int64_t> blockSize(const Json &state, const char *key) {
  Result<int64_t> size = state.integer(key);
  if (size && (*size < 1 || *size > 1 << 20))
    return state.member(key)->error("is " + std::to_string(*size) + ", expected a number from 1 to 1048576");
  return size;
}

static Result<BlockScales> readScales(const MatrixRequest &request, std::vector<const Tensor *> &parts) {
  const Tensor *state = nullptr;
  for (const char *suffix : stateSuffixes)
    if (const Tensor *found = request.find(suffix))
      state = found;
  if (!state || state->encoding != Encoding::U8)
    return partError(request, ".weight", "has no quant_state of nf4 or fp4, expected as bitsandbytes saves it");
  Result<Json> json =
      Json::parse({reinterpret_cast<const char *>(state->data), state->bytes}, request.checkpoint.path() + ": " + quote(state->name));
  if (!json)
    return json.error();
  BlockScales scales{};
  Result<int64_t> size = blockSize(*json, "blocksize");
  if (!size)
    return size.error();
  scales.blockSize = *size;
  int64_t blocks = (request.rows * request.columns + *size - 1) / *size;
  bool isNested = request.find(".weight.nested_absmax") != nullptr;
  Result<const Tensor *> absmax = takePart(request, ".weight.absmax", {blocks}, {isNested ? Encoding::U8 : Encoding::F32});
  if (!absmax)
    return absmax.error();
  scales.absmax = *absmax;
  parts.insert(parts.end(), {state, *absmax});
  if (!isNested)
    return scales;
  Result<int64_t> nestedSize = blockSize(*json, "nested_blocksize");
  Result<double> offset = json->number("nested_offset");
  if (!nestedSize || !offset)
    return (!nestedSize ? nestedSize.error() : offset.error());
  scales.nestedBlockSize = *nestedSize;
  scales.offset = float(*offset);
  Result<const Tensor *> nested = takePart(request, ".weight.nested_absmax", {(blocks + *nestedSize - 1) / *nestedSize}, {Encoding::F32});
  Result<const Tensor *> map = nested ? takePart(request, ".weight.nested_quant_map", {256}, {Encoding::F32}) : nested;
  if (!map)
    return map.error();
  scales.nestedAbsmax = *nested;
  scales.nestedMap = *map;
  parts.insert(parts.end(), {*nested, *map});
  return scales;
}

/// "nf4", or the sixteen values.
static Result<std::string> tableText(const MatrixRequest &request, const Tensor &map) {
  std::vector<float> values;
  for (int64_t i = 0; i < 16; ++i) {
    values.push_back(floatAt(map, i) + 0.0f); // a negative zero is a zero
    if (!std::isfinite(values.back()))
      return partError(request, ".weight.quant_map", "has a value that is not finite at " + std::to_string(i));
  }
  std::string text(tableName(values));
  for (size_t i = 0; i < 16 && tableName(values).empty(); ++i) {
    char digits[32];
    std::snprintf(digits, sizeof(digits), "%.9g", double(values[i]));
    text += (text.empty() ? "" : " ") + std::string(digits);
  }
  return text;
}

static Result<std::optional<QuantisedMatrix>> fourBits(const MatrixRequest &request, const Tensor &weight) {
  QuantisedMatrix matrix;
  matrix.rows = request.rows, matrix.columns = request.columns;
  int64_t count = request.rows * request.columns;
  if (weight.bytes != uint64_t(count + 1) / 2)
    return partError(request, ".weight",
                     "has " + std::to_string(weight.bytes) + " bytes, expected " + std::to_string((count + 1) / 2) + " for " +
                         std::to_string(request.rows) + "x" + std::to_string(request.columns) + " codes of 4 bits");
  Result<const Tensor *> map = takePart(request, ".weight.quant_map", {16}, {Encoding::F32});
  if (!map)
    return map.error();
  Result<std::string> table = tableText(request, **map);
  if (!table)
    return table.error();
  matrix.parts = {&weight, *map};
  Result<BlockScales> scales = readScales(request, matrix.parts);
  if (!scales)
    return scales.error();
  // Blocks run on from row to row: a group of this many columns never crosses one.
  int64_t group = std::gcd(request.columns, scales->blockSize);
  Result<Format> format = parseFormat("table{4, " + *table + "} x " + extentText(group) + ":f32");
  if (!format)
    return format.error();
  matrix.format = *format;
  matrix.fill = [&weight, scales = *scales, group, type = format->levels[0].scale](int64_t first, const NormalForm &form,
                                                                                   CodedRows &into) -> Result<void> {
    for (int64_t i = 0; i < into.rows * into.columns; ++i) {
      int64_t at = first * into.columns + i;
      into.codes[size_t(i)] = weight.data[at / 2] >> (at % 2 ? 0 : 4) & 15;
    }
    auto scaleAt = [&](int64_t row, int64_t g) { return bitsOfFloat(scales.at((row * into.columns + g * group) / scales.blockSize)); };
    fillLevel({group, scaleAt, nullptr}, type, first, form, into);
    return {};
  };
  return std::optional<QuantisedMatrix>(std::move(matrix));
}

static Result<std::optional<QuantisedMatrix>> eightBits(const MatrixRequest &request) {
  Result<const Tensor *> codes = takePart(request, ".weight", {request.rows, request.columns}, {Encoding::I8});
  Result<const Tensor *> largest = codes ? takePart(request, ".SCB", {request.rows}, {Encoding::F32}) : codes;
  if (!largest)
    return largest.error();
  QuantisedMatrix matrix;
  matrix.rows = request.rows, matrix.columns = request.columns;
  matrix.parts = {*codes, *largest};
  if (const Tensor *order = request.find(".weight_format")) {
    if (order->encoding != Encoding::U8 || order->bytes != 1 || order->data[0] != 0)
      return partError(request, ".weight_format", "says that rows lie in tiles of a GPU, expected 0: row by row");
    matrix.parts.push_back(order);
  }
  matrix.format = *parseFormat("int{8} x row:f32");
  matrix.fill = [codes = *codes, largest = *largest](int64_t first, const NormalForm &, CodedRows &into) -> Result<void> {
    for (int64_t i = 0; i < into.rows * into.columns; ++i)
      into.codes[size_t(i)] = codes->data[first * into.columns + i] ^ 0x80;
    for (int64_t row = 0; row < into.rows; ++row)
      into.rowScale[size_t(row)] = floatAt(*largest, first + row) * 7.874015718698502e-3f; // as bitsandbytes writes 1 / 127
    return {};
  };
  return std::optional<QuantisedMatrix>(std::move(matrix));
}

Result<std::optional<QuantisedMatrix>> vspec::bitsAndBytesMatrix(const MatrixRequest &request) {
  const Tensor *weight = request.find(".weight");
  if (weight && request.find(".weight.absmax"))
    return fourBits(request, *weight);
  if (weight && weight->encoding == Encoding::I8)
    return eightBits(request);
  return std::optional<QuantisedMatrix>();
}
