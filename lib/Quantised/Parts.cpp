#include "Parts.h"
#include "vspec/Support/Quote.h"
#include "vspec/Support/SmallFloat.h"
#include <algorithm>
#include <numeric>

using namespace vspec;

static std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text;
  for (int64_t extent : shape)
    text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text.empty() ? "a single number" : text;
}

Error vspec::partError(const MatrixRequest &request, std::string_view suffix, const std::string &problem) {
  return Error{request.checkpoint.path() + ": tensor " + quote(request.module + std::string(suffix)) + " " + problem};
}

Result<const Tensor *> vspec::takePart(const MatrixRequest &request, std::string_view suffix, const std::vector<int64_t> &shape,
                                       const std::vector<Encoding> &encodings) {
  Result<const Tensor *> tensor = request.checkpoint.tensor(request.module + std::string(suffix));
  if (!tensor)
    return tensor;
  bool known = std::find(encodings.begin(), encodings.end(), (*tensor)->encoding) != encodings.end();
  if (known && (*tensor)->shape == shape)
    return tensor;
  std::string names;
  for (size_t i = 0; i < encodings.size(); ++i)
    names += (i == 0 ? "" : i + 1 == encodings.size() ? " or " : ", ") + std::string(encodingName(encodings[i]));
  return partError(request, suffix,
                   "is " + shapeText((*tensor)->shape) + " of " + encodingName((*tensor)->encoding) + ", expected " + shapeText(shape) +
                       " of " + names);
}

uint32_t vspec::wordAt(const Tensor &tensor, int64_t i) {
  const uint8_t *bytes = tensor.data + i * 4;
  return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | uint32_t(bytes[3]) << 24;
}

uint32_t vspec::floatBitsAt(const Tensor &tensor, int64_t i) {
  if (tensor.encoding == Encoding::F32)
    return wordAt(tensor, i);
  return tensor.data[i * 2] | uint32_t(tensor.data[i * 2 + 1]) << 8;
}

float vspec::floatAt(const Tensor &tensor, int64_t i) {
  uint32_t bits = floatBitsAt(tensor, i);
  return tensor.encoding == Encoding::F32   ? floatOfBits(bits)
         : tensor.encoding == Encoding::F16 ? halfToFloat(uint16_t(bits))
                                            : bfloatToFloat(uint16_t(bits));
}

uint32_t vspec::bitsAt(const Tensor &tensor, int64_t start, int64_t stride, int64_t bit, unsigned bits) {
  int64_t word = bit / 32;
  unsigned shift = unsigned(bit % 32);
  uint64_t both = wordAt(tensor, start + word * stride);
  if (shift + bits > 32)
    both |= uint64_t(wordAt(tensor, start + (word + 1) * stride)) << 32;
  return uint32_t(both >> shift) & ((1u << bits) - 1);
}

void vspec::fillLevel(const LevelSource &source, NumberType scaleType, int64_t first, const NormalForm &form, CodedRows &into) {
  NormalLevel type{scaleType.number, scaleType.bits, 0};
  auto groupOf = [&](const NormalLevel &level, int64_t g) { return source.group ? g * int64_t(level.group) / source.group : 0; };
  for (int64_t row = 0; row < into.rows; ++row) {
    if (form.rowScale)
      into.rowScale[size_t(row)] = numberValue(type, source.scale(first + row, 0));
    if (!form.scale.empty()) {
      int64_t count = into.groups(form.scale[0]);
      for (int64_t g = 0; g < count; ++g) {
        uint32_t stored = source.scale(first + row, groupOf(form.scale[0], g));
        into.scale[0][size_t(row * count + g)] = source.group ? stored : bitsOfFloat(numberValue(type, stored));
      }
    }
    if (!source.zero)
      continue;
    int64_t count = into.groups(form.minimum[0]);
    for (int64_t g = 0; g < count; ++g) {
      uint32_t zero = source.zero(first + row, groupOf(form.minimum[0], g));
      // Zero points of 8 bits are centred, like the codes.
      into.minimum[0][size_t(row * count + g)] = form.minimum[0].number == Number::Int ? (zero - 128) & 0xff : zero;
    }
  }
}

unsigned vspec::zeroBits(unsigned bits) { return bits <= 2 ? bits : bits <= 4 ? 4 : 8; }

int64_t vspec::kernelGroup(int64_t group) { return std::gcd(group, int64_t(1024)); }

std::string vspec::extentText(int64_t group) { return group ? std::to_string(kernelGroup(group)) : "row"; }

Result<std::vector<uint32_t>> vspec::columnOrder(const MatrixRequest &request, std::string_view suffix, int64_t group) {
  Result<const Tensor *> index = takePart(request, suffix, {request.columns}, {Encoding::I32});
  if (!index)
    return index.error();
  int64_t groups = (request.columns + group - 1) / group;
  std::vector<int64_t> next(static_cast<size_t>(groups));
  for (int64_t g = 0; g < groups; ++g)
    next[size_t(g)] = g * group;
  std::vector<uint32_t> order(static_cast<size_t>(request.columns));
  bool sorted = true, unset = true;
  for (int64_t column = 0; column < request.columns; ++column)
    unset &= wordAt(**index, column) == UINT32_MAX;
  for (int64_t column = 0; column < request.columns && !unset; ++column) {
    auto g = int32_t(wordAt(**index, column));
    if (g < 0 || g >= groups)
      return partError(request, suffix,
                       "has " + std::to_string(g) + " at " + std::to_string(column) + ", expected a group from 0 to " +
                           std::to_string(groups - 1));
    int64_t first = g * group;
    if (next[size_t(g)] == std::min(first + group, request.columns))
      return partError(request, suffix,
                       "has group " + std::to_string(g) + " more than " + std::to_string(next[size_t(g)] - first) +
                           " times, the columns of that group");
    sorted &= next[size_t(g)] == column;
    order[size_t(next[size_t(g)]++)] = uint32_t(column);
  }
  if (sorted)
    order.clear();
  return order;
}
