#include "passes/Emit/RowSource.h"
#include "vspec/Quantised/Quantisation.h"
#include "vspec/Support/Sha256.h"
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace vspec;

// Bits of a counter: SplitMix64 (Steele, Lea, Flood 2014).
static uint64_t mixed(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// "gptq:model.layers.0.self_attn.q_proj": whether the source is a matrix of the checkpoint's method.
Result<bool> RowSource::openQuantised(const Checkpoint &checkpoint, const std::string &name) {
  if (!isQuantisedSource(name))
    return false;
  Result<std::optional<Quantisation>> quantisation = Quantisation::of(checkpoint);
  if (!quantisation)
    return quantisation.error();
  std::string module = name.substr(name.find(':') + 1);
  if (!*quantisation || (**quantisation).method() != name.substr(0, name.find(':')))
    return Error{checkpoint.path() + ": is not quantised as source '" + name + "' says"};
  Result<std::optional<QuantisedMatrix>> found = (**quantisation).matrix(checkpoint, module, rows, columns);
  if (!found)
    return found.error();
  if (!*found)
    return Error{checkpoint.path() + ": has no quantised matrix '" + module + "'"};
  matrix = std::move(**found);
  stored = matrix->format;
  return true;
}

Result<RowSource> RowSource::create(WeightOp weight, const Checkpoint *checkpoint) {
  RowSource source;
  source.rows = weight.getWeightType().getRows();
  source.columns = weight.getWeightType().getColumns();
  source.isVector = source.rows == 1;
  std::string name = weight.getSource().str();
  if (weight.getSource().starts_with("random:")) {
    Digest digest = sha256(name);
    std::memcpy(&source.seed, digest.data(), 8);
    return source;
  }
  if (!checkpoint)
    return Error{"weight '" + name + "' comes from a checkpoint, but there is none"};
  Result<bool> isMatrix = source.openQuantised(*checkpoint, name);
  if (!isMatrix)
    return isMatrix.error();
  if (*isMatrix)
    return source;
  Result<const Tensor *> tensor = checkpoint->tensor(name);
  if (!tensor)
    return tensor.error();
  source.tensor = *tensor;
  source.encoding = StringRef(encodingName((*tensor)->encoding)).lower();
  Result<Format> stored = blockFormat(source.encoding);
  if (!stored)
    return Error{checkpoint->path() + ": tensor '" + name + "' is stored as " + source.encoding + ", which cannot be read yet"};
  source.stored = *stored;
  if (std::optional<ArrayAttr> transforms = weight.getTransforms())
    for (Attribute transform : transforms->getValue()) {
      if (auto from = dyn_cast<RowsFromAttr>(transform)) {
        source.isPart = true;
        source.firstRow = from.getFirst();
      } else if (isa<PlusOneAttr>(transform)) {
        source.isLessOne = true;
      } else if (auto heads = dyn_cast<UnpermuteHeadsAttr>(transform)) {
        // A bias is one row: its columns are those of heads.
        (source.rows == 1 ? source.headColumns : source.headRows) = (source.rows == 1 ? source.columns : source.rows) / heads.getHeads();
      } else if (auto scale = dyn_cast<ScaleByAttr>(transform)) {
        Result<const Tensor *> number = checkpoint->tensor(scale.getSource().str());
        if (!number)
          return number.error();
        std::string type = StringRef(encodingName((*number)->encoding)).lower();
        Result<CodedRows> coded = decodeBlocks(type, (*number)->data, (*number)->bytes, 1, 1);
        if (!coded)
          return Error{checkpoint->path() + ": tensor '" + scale.getSource().str() + "': " + coded.error().message};
        source.factor *= elementValue(type == "f32"   ? ElementKind::F32
                                      : type == "f16" ? ElementKind::F16
                                                      : ElementKind::BF16,
                                      coded->floats[0]);
      }
    }
  return source;
}

// New row i of a head's first half is its old row 2 i, of its second half 2 i + 1.
static int64_t unpermuted(int64_t row, int64_t headRows) {
  if (!headRows)
    return row;
  int64_t head = row / headRows, i = row % headRows, half = headRows / 2;
  return head * headRows + (i < half ? 2 * i : 2 * (i - half) + 1);
}

Result<CodedRows> RowSource::coded(int64_t first, int64_t count) const {
  if (matrix)
    return matrix->coded(first, count);
  Result<int64_t> rowBytes = blocksBytes(encoding, columns);
  if (!rowBytes)
    return Error{"tensor '" + tensor->name + "': " + rowBytes.error().message};
  // Of a vector, in plain floats, the rows before are single numbers.
  uint64_t before = isVector ? uint64_t(firstRow) * uint64_t(*rowBytes / columns) : uint64_t(firstRow) * uint64_t(*rowBytes);
  uint64_t end = before + uint64_t(*rowBytes) * uint64_t(rows);
  if (isPart ? tensor->bytes < end : tensor->bytes != end)
    return Error{"tensor '" + tensor->name + "' has " + std::to_string(tensor->bytes) + " bytes, expected " + std::to_string(end)};
  const uint8_t *data = tensor->data + before;
  if (!headRows)
    return decodeBlocks(encoding, data + first * *rowBytes, count * *rowBytes, count, columns);
  std::vector<uint8_t> gathered(count * *rowBytes);
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(&gathered[i * *rowBytes], data + unpermuted(first + i, headRows) * *rowBytes, *rowBytes);
  return decodeBlocks(encoding, gathered.data(), gathered.size(), count, columns);
}

Result<std::vector<float>> RowSource::values(int64_t first, int64_t count) const {
  std::vector<float> result(count * columns);
  if (!tensor && !matrix) {
    // A sum of four uniform numbers is normal enough; its deviation is that of a trained weight, 1 / sqrt(columns).
    float unit = 1 / std::sqrt(float(columns)) / 37837.0f; // 65536 * sqrt(4 / 12)
    for (int64_t i = 0; i < count * columns; ++i) {
      uint64_t bits = mixed(seed + uint64_t(first * columns + i));
      int32_t sum = int32_t(bits & 65535) + int32_t(bits >> 16 & 65535) + int32_t(bits >> 32 & 65535) + int32_t(bits >> 48) - 131070;
      result[i] = isVector ? 1.0f : float(sum) * unit;
    }
    return result;
  }
  Result<CodedRows> rowsAsStored = coded(first, count);
  if (!rowsAsStored)
    return rowsAsStored.error();
  Result<NormalForm> form = normalForm(*stored, columns);
  if (!form)
    return form.error();
  result = decodeRows(*form, *rowsAsStored);
  if (factor != 1)
    for (float &value : result)
      value *= factor;
  if (isLessOne)
    for (float &value : result)
      value += 1;
  if (!headColumns)
    return result;
  std::vector<float> unpermutedColumns(result.size());
  for (int64_t i = 0; i < columns; ++i)
    unpermutedColumns[i] = result[unpermuted(i, headColumns)];
  return unpermutedColumns;
}
