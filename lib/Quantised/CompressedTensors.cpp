// compressed-tensors (vLLM's llm-compressor), a matrix of N rows and K columns:
//
//   pack-quantized        weight_packed [N, words] i32: a row is a stream of b bits each, lowest first, code less 2^(b-1);
//                         weight_scale [N, G], [N, 1] or [1]; weight_zero_point [words of N, G] i32, packed down the columns (or i8
//                         [N, G]); weight_shape; weight_g_idx [K] i32: the group of each column (actorder)
//   int-, float-, naive-quantized, mxfp8
//                         weight [N, K] i8 or fp8, weight_scale for rows, groups, blocks or all, weight_zero_point i8
//   nvfp4-, mxfp4-pack    weight_packed [N, K / 2] u8, weight_scale, weight_global_scale, which divides
//
// What a module is stored in, its tensors tell: targets and ignore lists need no reading. Activations are left aside: how they are
// rounded, --activations says.
#include "PackedFp4.h"
#include "ScaledCodes.h"
#include "vspec/Support/Quote.h"
#include <algorithm>

using namespace vspec;

namespace {
/// What the groups of the configuration say of weights.
struct Schemes {
  std::vector<int64_t> bits; // of integers
  std::vector<NumberBlock> blocks;
};
} // namespace

static Result<void> readScheme(const Json &weights, Schemes &schemes) {
  Result<int64_t> bits = weights.integerOr("num_bits", 8);
  if (!bits)
    return bits.error();
  if (*bits < 1 || *bits > 8)
    return weights.member("num_bits")->error("is " + std::to_string(*bits) + ", expected 1 to 8");
  schemes.bits.push_back(*bits);
  Result<int64_t> group = weights.integerOr("group_size", 0);
  if (!group)
    return group.error();
  if (*group > 0 && *group <= 1 << 20)
    schemes.blocks.push_back({1, *group});
  std::optional<Json> block = weights.find("block_structure");
  if (!block || block->isNull())
    return {};
  std::vector<int64_t> sides;
  for (Json side : *block)
    if (Result<int64_t> extent = side.integer(); extent && *extent > 0 && *extent <= 1 << 20)
      sides.push_back(*extent);
  if (!block->isArray() || sides.size() != 2 || block->size() != 2)
    return block->error("is no pair of numbers above 0");
  schemes.blocks.push_back({sides[0], sides[1]});
  return {};
}

static Result<Schemes> schemesOf(const Json &config) {
  Schemes schemes;
  Result<Json> groups = config.object("config_groups");
  if (!groups)
    return groups.error();
  for (Json group : *groups)
    if (std::optional<Json> weights = group.find("weights"); weights && !weights->isNull())
      if (Result<void> read = readScheme(*weights, schemes); !read)
        return read.error();
  return schemes;
}

Result<void> vspec::checkCompressedTensors(const Json &config) {
  static constexpr std::string_view formats[] = {"pack-quantized",  "int-quantized",        "float-quantized",
                                                 "naive-quantized", "nvfp4-pack-quantized", "mxfp4-pack-quantized",
                                                 "mxfp8-quantized", "mixed-precision",      "dense"};
  Result<std::string_view> format = config.stringOr("format", "dense");
  if (!format)
    return format.error();
  if (std::find(std::begin(formats), std::end(formats), *format) == std::end(formats)) {
    std::string names;
    for (std::string_view name : formats)
      names += (names.empty() ? "" : ", ") + std::string(name);
    return config.member("format")->error("is " + quote(*format) + ", expected one of " + names);
  }
  if (std::optional<Json> sparsity = config.find("sparsity_config"); sparsity && sparsity->size()) {
    Result<std::string_view> sparse = sparsity->stringOr("format", "dense");
    if (!sparse)
      return sparse.error();
    if (*sparse != "dense")
      return sparsity->member("format")->error("is " + quote(*sparse) + ", expected dense: no reader fills in the zeros of sparse weights");
  }
  if (std::optional<Json> transform = config.find("transform_config"); transform && transform->size())
    return transform->error("turns activations, which nothing here computes, expected none");
  if (Result<Schemes> schemes = schemesOf(config); !schemes)
    return schemes.error();
  return {};
}

/// Zero points either packed down the columns or a byte each, as codes.
static Result<std::function<uint32_t(int64_t, int64_t)>> zeroPoints(const MatrixRequest &request, const NumberGrid &grid, unsigned bits,
                                                                    std::vector<const Tensor *> &parts) {
  const Tensor *found = request.find(".weight_zero_point");
  if (!found)
    return std::function<uint32_t(int64_t, int64_t)>();
  int64_t rows = grid.block.rows ? request.rows : 1, words = (rows * bits + 31) / 32;
  bool isPacked = found->encoding == Encoding::I32;
  Result<const Tensor *> zeros =
      takePart(request, ".weight_zero_point", {isPacked ? words : rows, grid.perRow}, {Encoding::I32, Encoding::I8});
  if (!zeros)
    return zeros.error();
  parts.push_back(*zeros);
  if (isPacked)
    return std::function<uint32_t(int64_t, int64_t)>([zeros = *zeros, grid, bits](int64_t row, int64_t group) {
      return bitsAt(*zeros, group, grid.perRow, (grid.block.rows ? row : 0) * bits, bits);
    });
  uint32_t half = 1u << (bits - 1), most = 2 * half - 1;
  return std::function<uint32_t(int64_t, int64_t)>(
      [zeros = *zeros, grid, half, most](int64_t row, int64_t group) { return (zeros->data[grid.at(row, group)] + half) & most; });
}

static Result<std::optional<QuantisedMatrix>> packedIntegers(const MatrixRequest &request, const Tensor &packed, const Schemes &schemes) {
  int64_t rows = request.rows, columns = request.columns;
  if (schemes.bits.empty())
    return request.config.member("config_groups")->error("says nothing of weights, but there are packed ones");
  unsigned bits = unsigned(schemes.bits[0]);
  for (int64_t candidate : schemes.bits)
    if (packed.shape == std::vector<int64_t>{rows, (columns * candidate + 31) / 32})
      bits = unsigned(candidate);
  int64_t words = (columns * bits + 31) / 32;
  Result<const Tensor *> codes = takePart(request, ".weight_packed", {rows, words}, {Encoding::I32});
  Result<const Tensor *> scales = codes ? request.checkpoint.tensor(request.module + ".weight_scale") : codes;
  if (!scales)
    return scales.error();
  Result<NumberBlock> block = numberBlock(request, ".weight_scale", **scales, schemes.blocks);
  if (!block)
    return block.error();
  if (Result<const Tensor *> typed = takePart(request, ".weight_scale", (*scales)->shape, floatEncodings); !typed)
    return typed.error();
  QuantisedMatrix matrix;
  matrix.rows = rows, matrix.columns = columns;
  matrix.parts = {*codes, *scales};
  if (const Tensor *shape = request.find(".weight_shape"))
    matrix.parts.push_back(shape);
  if (request.find(".weight_g_idx") && block->columns) {
    Result<std::vector<uint32_t>> order = columnOrder(request, ".weight_g_idx", block->columns);
    if (!order)
      return order.error();
    matrix.parts.push_back(request.find(".weight_g_idx"));
    matrix.order = std::move(*order);
  }
  NumberGrid grid = gridOf(*block, columns);
  auto zeros = zeroPoints(request, grid, bits, matrix.parts);
  if (!zeros)
    return zeros.error();
  std::string width = std::to_string(bits);
  Result<Format> format = parseFormat("int{" + width + "}" + levelText(*block, encodingName((*scales)->encoding)) +
                                      (*zeros ? ", zero int{" + std::to_string(zeroBits(bits)) + "}" : ""));
  if (!format)
    return format.error();
  matrix.format = *format;
  LevelSource level{block->columns,
                    [scales = *scales, grid](int64_t row, int64_t group) { return floatBitsAt(*scales, grid.at(row, group)); }, *zeros};
  matrix.fill = [codes = *codes, order = matrix.order, level, bits, words,
                 scale = format->levels[0].scale](int64_t first, const NormalForm &form, CodedRows &into) -> Result<void> {
    for (int64_t row = 0; row < into.rows; ++row)
      for (int64_t i = 0; i < into.columns; ++i) {
        int64_t column = order.empty() ? i : order[size_t(i)];
        into.codes[size_t(row * into.columns + i)] = uint8_t(bitsAt(*codes, (first + row) * words, 1, column * bits, bits));
      }
    fillLevel(level, scale, first, form, into);
    return {};
  };
  return std::optional<QuantisedMatrix>(std::move(matrix));
}

Result<std::optional<QuantisedMatrix>> vspec::compressedMatrix(const MatrixRequest &request) {
  Result<Schemes> schemes = schemesOf(request.config);
  if (!schemes)
    return schemes.error();
  if (const Tensor *packed = request.find(".weight_packed"))
    return packed->encoding == Encoding::U8 ? packedFp4Matrix(request, {".weight_packed", ".weight_scale", ".weight_global_scale", true})
                                            : packedIntegers(request, *packed, *schemes);
  const Tensor *weight = request.find(".weight");
  if (!weight || !request.find(".weight_scale"))
    return std::optional<QuantisedMatrix>();
  if (request.find(".weight_g_idx"))
    return partError(request, ".weight_g_idx", "is there, but columns out of order are only read of pack-quantized weights");
  return scaledMatrix(request, *weight, ".weight_scale", ".weight_zero_point", schemes->blocks);
}
