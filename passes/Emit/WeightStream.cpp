#include "passes/Emit/WeightStream.h"
#include "passes/Emit/StackSource.h"
#include "vspec/Quant/Packing.h"
#include "vspec/Quant/WriteOut.h"
#include "vspec/Support/ParallelFor.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

namespace {
uint64_t wholeLines(uint64_t bytes) { return (bytes + lineBytes - 1) / lineBytes * lineBytes; }

// Whether the stored blocks already are the format, or can be said in it: then no weight changes. A number that multiplies the
// whole weight is a level of its own.
bool isLossless(const Format &stored, const Format &format, float factor) {
  if (std::optional<Format> codes = writtenOut(stored); codes && format.element.kind != Element::Kind::Decode)
    return isLossless(*codes, format, factor);
  if (stored.element == format.element && stored.levels == format.levels)
    return factor == 1;
  Format scaled = stored;
  Level whole;
  whole.extent = Level::Extent::Tensor;
  whole.scale = {Number::F32, 32};
  scaled.levels.push_back(whole);
  return scaled == format;
}

// A weight's rows in its format, part by part. A part belongs to one matrix of a stack.
class WeightCoder {
public:
  static Result<WeightCoder> create(WeightOp weight, const Checkpoint *checkpoint) {
    Result<StackSource> source = StackSource::create(weight, checkpoint);
    if (!source)
      return source.error();
    Result<Format> format = parseFormat(weight.getWeightType().getFormat().str());
    if (!format)
      return format.error();
    Result<Codec> codec = Codec::create(*format, source->columns());
    if (!codec)
      return codec.error();
    WeightCoder coder(std::move(*source), std::move(*codec), weight.getWeightType().getMatrixRows());
    if (Result<void> read = coder.readRange(); !read)
      return read.error();
    return coder;
  }

  const NormalForm &form() const { return codec.form(); }
  int64_t columns() const { return source.columns(); }
  int64_t parts() const { return source.rows() / matrixRows * partsOfMatrix(); }

  Result<CodedRows> coded(int64_t part) const {
    int64_t first = firstRow(part), count = rowsOf(part);
    if (lossless) {
      Result<CodedRows> coded = source.coded(first, count);
      if (coded && !coded->blocks.empty() && !form().decoder)
        coded = writeOut(*findDecoder(source.stored()->element.function), *coded, form(), first);
      // What is stored may have numbers of rows or the tensor itself.
      if (coded && form().rowScale && coded->rowScale.empty())
        coded->rowScale.assign(count, 1.0f);
      for (size_t row = 0; coded && row < coded->rowScale.size(); ++row)
        coded->rowScale[row] *= source.factor();
      return coded;
    }
    Result<std::vector<float>> values = source.values(first, count);
    if (!values)
      return values.error();
    return codec.encode(values->data(), count, range, firstInMatrix(part));
  }

private:
  WeightCoder(StackSource theSource, Codec theCodec, int64_t matrixRows)
      : source(std::move(theSource)), codec(std::move(theCodec)), matrixRows(matrixRows),
        lossless(source.stored() && !source.isChanged() && isLossless(*source.stored(), codec.format(), source.factor())) {
    // About a megabyte of f32, whole tiles, and whole rows of shared numbers.
    int64_t unit = std::lcm(tileRows, std::max<int64_t>(1, codec.sharedRows()));
    partRows = std::max<int64_t>(1, (1 << 18) / (unit * source.columns())) * unit;
  }
  /// Reads the whole weight if its numbers need that.
  Result<void> readRange() {
    if (lossless || !codec.needsRange())
      return {};
    for (int64_t part = 0; part < parts(); ++part) {
      Result<std::vector<float>> values = source.values(firstRow(part), rowsOf(part));
      if (!values)
        return values.error();
      range.add(values->data(), int64_t(values->size()));
    }
    return {};
  }
  int64_t partsOfMatrix() const { return (matrixRows + partRows - 1) / partRows; }
  int64_t firstInMatrix(int64_t part) const { return part % partsOfMatrix() * partRows; }
  int64_t firstRow(int64_t part) const { return part / partsOfMatrix() * matrixRows + firstInMatrix(part); }
  int64_t rowsOf(int64_t part) const { return std::min(partRows, matrixRows - firstInMatrix(part)); }

  StackSource source;
  Codec codec;
  int64_t matrixRows;
  bool lossless;
  int64_t partRows = 0;
  TensorRange range;
};

/// How a matrix lies: its rows as they are, or cut.
struct PackedShape {
  PackedShape(WeightType type, const NormalForm &form)
      : parts(type.getLayout() == Layout::RowParts ? rowParts(form, type.getColumns()) : 1), columns(type.getColumns() / parts),
        layout(form, columns) {}
  int64_t bytes(int64_t rows) const { return layout.weightBytes(rows * parts, columns); }

  const int64_t parts, columns;
  const PackedLayout layout;
};

// Makes all parts' bytes on several threads, and appends them in order.
Result<void> writeParts(int64_t parts, unsigned threads, llvm::function_ref<Result<std::vector<uint8_t>>(int64_t)> make,
                        const WeightStream::Append &append) {
  int64_t batch = int64_t(threads) * 8;
  for (int64_t begin = 0; begin < parts; begin += batch) {
    std::vector<std::optional<Result<std::vector<uint8_t>>>> made(std::min(batch, parts - begin));
    parallelFor(made.size(), threads, [&](size_t i) { made[i] = make(begin + int64_t(i)); });
    for (auto &part : made) {
      if (!*part)
        return part->error();
      if (Result<void> done = append((**part).data(), (**part).size()); !done)
        return done;
    }
  }
  return {};
}

Error inWeight(WeightOp weight, const Error &error) { return Error{"weight '" + weight.getSource().str() + "': " + error.message}; }
} // namespace

Result<uint64_t> WeightStream::packedBytes(WeightType type) {
  if (type.getLayout() == Layout::Plain)
    return wholeLines(uint64_t(type.getRows()) * uint64_t(type.getColumns()) * 4);
  Result<Format> format = parseFormat(type.getFormat().str());
  if (!format)
    return format.error();
  Result<NormalForm> form = normalForm(*format, type.getColumns());
  if (!form)
    return form.error();
  return uint64_t(type.getMatrices()) * uint64_t(PackedShape(type, *form).bytes(type.getMatrixRows()));
}

Result<void> WeightStream::write(WeightOp weight, const Append &append) const {
  if (weight.getWeightType().getLayout() == Layout::Plain) {
    Result<StackSource> source = StackSource::create(weight, checkpoint);
    if (!source)
      return inWeight(weight, source.error());
    Result<std::vector<float>> values = source->values(0, source->rows());
    if (!values)
      return inWeight(weight, values.error());
    values->resize(wholeLines(values->size() * 4) / 4);
    return append(values->data(), values->size() * 4);
  }
  Result<WeightCoder> coder = WeightCoder::create(weight, checkpoint);
  if (!coder)
    return inWeight(weight, coder.error());
  PackedShape shape(weight.getWeightType(), coder->form());
  Result<void> written = writeParts(
      coder->parts(), threads,
      [&](int64_t part) -> Result<std::vector<uint8_t>> {
        Result<CodedRows> coded = coder->coded(part);
        if (!coded)
          return coded.error();
        CodedRows rows = std::move(*coded).cut(shape.parts);
        int64_t tiles = (rows.rows + tileRows - 1) / tileRows, tileBytes = shape.layout.tileBytes(shape.columns);
        std::vector<uint8_t> bytes(tiles * tileBytes);
        for (int64_t tile = 0; tile < tiles; ++tile)
          packTile(coder->form(), shape.layout, rows, tile * tileRows, &bytes[tile * tileBytes]);
        return bytes;
      },
      append);
  return written ? written : Result<void>(inWeight(weight, written.error()));
}

Result<void> WeightStream::writeDecoded(WeightOp weight, const Append &append) const {
  Result<WeightCoder> coder = WeightCoder::create(weight, checkpoint);
  if (!coder)
    return inWeight(weight, coder.error());
  Result<void> written = writeParts(
      coder->parts(), threads,
      [&](int64_t part) -> Result<std::vector<uint8_t>> {
        Result<CodedRows> coded = coder->coded(part);
        if (!coded)
          return coded.error();
        std::vector<float> values = decodeRows(coder->form(), *coded);
        auto *bytes = reinterpret_cast<const uint8_t *>(values.data());
        return std::vector<uint8_t>(bytes, bytes + values.size() * 4);
      },
      append);
  return written ? written : Result<void>(inWeight(weight, written.error()));
}
