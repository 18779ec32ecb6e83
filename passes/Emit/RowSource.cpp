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

Result<void> RowSource::readTransforms(WeightOp weight, const Checkpoint &checkpoint) {
  int64_t extent = isVector ? rows * columns : rows, storedExtent = extent;
  for (Attribute transform : weight.getTransforms() ? weight.getTransforms()->getValue() : ArrayRef<Attribute>()) {
    if (auto heads = dyn_cast<UnpermuteHeadsAttr>(transform)) {
      reorderings.push_back({0, 0, 0, extent / heads.getHeads()});
    } else if (auto take = dyn_cast<TakeRowsAttr>(transform)) {
      reorderings.push_back({take.getCount(), take.getFirst(), take.getEvery(), 0});
      storedExtent = storedExtent / take.getCount() * take.getEvery();
    } else if (isa<PlusOneAttr>(transform)) {
      isLessOne = true;
    } else if (isa<TransposeAttr>(transform)) {
      isTransposed = true;
    } else if (auto scale = dyn_cast<ScaleByAttr>(transform)) {
      Result<const Tensor *> number = checkpoint.tensor(scale.getSource().str());
      if (!number)
        return number.error();
      std::string type = StringRef(encodingName((*number)->encoding)).lower();
      Result<CodedRows> coded = decodeBlocks(type, (*number)->data, (*number)->bytes, 1, 1);
      if (!coded)
        return Error{checkpoint.path() + ": tensor '" + scale.getSource().str() + "': " + coded.error().message};
      factor *= elementValue(type == "f32" ? ElementKind::F32 : type == "f16" ? ElementKind::F16 : ElementKind::BF16, coded->floats[0]);
    }
  }
  storedRows = isVector ? rows : isTransposed ? matrices * columns : storedExtent;
  storedColumns = isVector || isTransposed ? storedExtent / matrices : columns;
  return {};
}

// "gptq:model.layers.0.self_attn.q_proj@64", a matrix of 64 rows: opens it if the source is one of the checkpoint's method.
Result<bool> RowSource::openQuantised(const Checkpoint &checkpoint, StringRef name) {
  if (!isQuantisedSource(name.str()))
    return false;
  Result<std::optional<Quantisation>> quantisation = Quantisation::of(checkpoint);
  if (!quantisation)
    return quantisation.error();
  auto [method, place] = name.split(':');
  auto [module, rowText] = place.rsplit('@');
  int64_t allRows = 0;
  if (!*quantisation || method != (**quantisation).method() || rowText.getAsInteger(10, allRows) || allRows < 1)
    return Error{checkpoint.path() + ": is not quantised as source '" + name.str() + "' says"};
  Result<std::optional<QuantisedMatrix>> found = (**quantisation).matrix(checkpoint, module.str(), allRows, columns);
  if (!found)
    return found.error();
  if (!*found)
    return Error{checkpoint.path() + ": is not quantised as source '" + name.str() + "' says"};
  matrix = std::move(**found);
  return true;
}

Result<RowSource> RowSource::create(WeightOp weight, const std::string &name, int64_t rows, int64_t columns, const Checkpoint *checkpoint) {
  RowSource source;
  source.rows = rows;
  source.columns = columns;
  source.matrices = rows / weight.getWeightType().getMatrixRows();
  source.isVector = weight.getWeightType().getMatrixRows() == 1;
  auto transforms = weight.getTransforms() ? weight.getTransforms()->getValue() : ArrayRef<Attribute>();
  source.isLogarithm = llvm::any_of(transforms, llvm::IsaPred<NegativeExpAttr>);
  if (StringRef(name).starts_with("random:")) {
    Digest digest = sha256(name);
    std::memcpy(&source.seed, digest.data(), 8);
    source.isTransposed = llvm::any_of(transforms, llvm::IsaPred<TransposeAttr>);
    return source;
  }
  if (!checkpoint)
    return Error{"weight '" + name + "' comes from a checkpoint, but there is none"};
  StringRef ordered = name;
  bool isOrder = ordered.consume_front("order:");
  if (Result<void> read = source.readTransforms(weight, *checkpoint); !read)
    return read.error();
  Result<bool> isMatrix = source.openQuantised(*checkpoint, ordered);
  if (!isMatrix)
    return isMatrix.error();
  if (*isMatrix && isOrder) {
    source.order.assign(source.matrix->order.begin(), source.matrix->order.end());
    return source;
  }
  if (*isMatrix) {
    source.stored = source.matrix->format;
    return source;
  }
  Result<const Tensor *> tensor = checkpoint->tensor(name);
  if (!tensor)
    return tensor.error();
  source.tensor = *tensor;
  source.encoding = StringRef(encodingName((*tensor)->encoding)).lower();
  Result<Format> stored = blockFormat(source.encoding);
  if (!stored)
    return Error{checkpoint->path() + ": tensor '" + name + "' is stored as " + source.encoding + ", which cannot be read yet"};
  source.stored = *stored;
  return source;
}

int64_t RowSource::Reordering::operator()(int64_t row) const {
  if (!head)
    return row / count * every + first + row % count;
  // New row i of a head's first half is its old row 2 i, of its second half 2 i + 1.
  int64_t i = row % head, half = head / 2;
  return row / head * head + (i < half ? 2 * i : 2 * (i - half) + 1);
}

int64_t RowSource::origin(int64_t row) const {
  for (const Reordering &reordering : llvm::reverse(reorderings))
    row = reordering(row);
  return row;
}

Result<CodedRows> RowSource::rowsOfTensor(int64_t first, int64_t count) const {
  Result<int64_t> rowBytes = blocksBytes(encoding, storedColumns);
  // Single numbers are moved of plain floats only.
  bool areMoved = isTransposed || (isVector && !reorderings.empty());
  Result<int64_t> bytes = areMoved ? blocksBytes(encoding, 1) : Result<int64_t>(0);
  if (!rowBytes || !bytes)
    return Error{"tensor '" + tensor->name + "': " + (rowBytes ? bytes : rowBytes).error().message};
  if (uint64_t bytesOfAll = uint64_t(*rowBytes) * uint64_t(storedRows); tensor->bytes != bytesOfAll)
    return Error{"tensor '" + tensor->name + "' has " + std::to_string(tensor->bytes) + " bytes, expected " + std::to_string(bytesOfAll)};
  if (reorderings.empty() && !isTransposed)
    return decodeBlocks(encoding, tensor->data + first * *rowBytes, count * *rowBytes, count, columns);
  std::vector<uint8_t> gathered;
  auto take = [&](int64_t offset, int64_t size) { gathered.insert(gathered.end(), tensor->data + offset, tensor->data + offset + size); };
  for (int64_t i = first; i < first + count; ++i)
    if (isVector)
      for (int64_t k = 0; k < columns; ++k)
        take(origin(i * columns + k) * *bytes, *bytes);
    else if (isTransposed)
      for (int64_t k = 0, from = origin(i), first = from / storedColumns * columns; k < columns; ++k)
        take(((first + k) * storedColumns + from % storedColumns) * *bytes, *bytes);
    else
      take(origin(i) * *rowBytes, *rowBytes);
  return decodeBlocks(encoding, gathered.data(), int64_t(gathered.size()), count, columns);
}

static void append(CodedRows &to, const CodedRows &from) {
  auto add = [](auto &numbers, const auto &more) { numbers.insert(numbers.end(), more.begin(), more.end()); };
  auto addLevels = [&](std::vector<std::vector<uint32_t>> &levels, const std::vector<std::vector<uint32_t>> &more) {
    levels.resize(more.size());
    for (size_t i = 0; i < more.size(); ++i)
      add(levels[i], more[i]);
  };
  to.rows += from.rows;
  to.columns = from.columns;
  add(to.codes, from.codes);
  add(to.floats, from.floats);
  addLevels(to.scale, from.scale);
  addLevels(to.minimum, from.minimum);
  add(to.rowScale, from.rowScale);
}

// The last code of e8m0 is no number (OCP Microscaling Formats 1.0). Some libraries take it for 2^128, which f32 does not have either.
static Result<void> checkPowers(const Format &format, const CodedRows &rows, int64_t first) {
  Result<NormalForm> form = normalForm(format, rows.columns);
  if (!form)
    return form.error();
  for (size_t i = 0; i < form->scale.size(); ++i) {
    const NormalLevel &level = form->scale[i];
    auto found = std::find(rows.scale[i].begin(), rows.scale[i].end(), 255u);
    if (level.number != Number::E8M0 || found == rows.scale[i].end())
      continue;
    int64_t index = found - rows.scale[i].begin(), groups = rows.groups(level);
    return Error{"row " + std::to_string(first + index / groups) + ", column " + std::to_string(index % groups * int64_t(level.group)) +
                 ": scale is nan (255 in e8m0), expected a power of two"};
  }
  return {};
}

Result<CodedRows> RowSource::coded(int64_t first, int64_t count) const {
  Result<CodedRows> rows = matrix ? rowsOfMatrix(first, count) : rowsOfTensor(first, count);
  bool hasPowers = llvm::any_of(stored->levels, [](const Level &level) { return level.scale.number == Number::E8M0; });
  if (rows && hasPowers)
    if (Result<void> checked = checkPowers(*stored, *rows, first); !checked)
      return checked.error();
  return rows;
}

Result<CodedRows> RowSource::rowsOfMatrix(int64_t first, int64_t count) const {
  if (reorderings.empty())
    return matrix->coded(first, count);
  CodedRows all;
  for (int64_t i = first, end = first + count, neighbours; i < end; i += neighbours) {
    for (neighbours = 1; i + neighbours < end && origin(i + neighbours) == origin(i) + neighbours;)
      ++neighbours;
    Result<CodedRows> part = matrix->coded(origin(i), neighbours);
    if (!part)
      return part;
    append(all, *part);
  }
  return all;
}

Result<std::vector<float>> RowSource::values(int64_t first, int64_t count) const {
  if (!order.empty())
    return order;
  std::vector<float> result(count * columns);
  if (!tensor && !matrix) {
    // A sum of four uniform numbers is normal enough; its deviation is that of a trained weight, 1 / sqrt(columns).
    float unit = 1 / std::sqrt(float(isTransposed ? rows : columns)) / 37837.0f; // 65536 * sqrt(4 / 12)
    for (int64_t i = 0; i < count * columns; ++i) {
      int64_t number = isTransposed ? i % columns * rows + first + i / columns : first * columns + i;
      uint64_t bits = mixed(seed + uint64_t(number));
      int32_t sum = int32_t(bits & 65535) + int32_t(bits >> 16 & 65535) + int32_t(bits >> 32 & 65535) + int32_t(bits >> 48) - 131070;
      result[i] = isVector ? (isLogarithm ? -1.0f : 1.0f) : float(sum) * unit;
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
  if (isLogarithm)
    for (float &value : result)
      value = float(-std::exp(double(value)));
  return result;
}
