#include "passes/Lower/ActivationPanel.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

void ActivationPanel::require(const NormalForm &form, bool integers) {
  PackedLayout layout(form, columns);
  paddedColumns = std::max(paddedColumns, layout.paddedColumns(columns));
  int64_t flush = WeightTile::flushLength(form, block);
  if (integers) {
    needsCodes = true;
    if (form.bias)
      corrections[{flush, form.bias}];
    if (!form.minimum.empty())
      (form.exactColumns(block) > flush ? splitSums : sums)[flush];
  } else {
    needsFloats = true;
    if (!form.minimum.empty())
      floatSums[form.flush];
  }
}

void ActivationPanel::plan(ScratchPlan &scratch, int64_t rowCapacity) {
  // Every buffer covers whole groups of the coarsest weight.
  auto take = [&](Part &p, int64_t bytes, int64_t rows) {
    p.bytes = (bytes + 63) / 64 * 64;
    p.offset = scratch.take(p.bytes * rows);
  };
  take(floats, paddedColumns * 4, needsFloats ? rowCapacity : 1);
  if (needsCodes) {
    take(codes, paddedColumns, rowCapacity);
    take(scales, (paddedColumns + block - 1) / block * 4, rowCapacity);
  }
  for (auto &[key, p] : corrections)
    take(p, paddedColumns / key.first * 4, rowCapacity);
  for (auto &[flush, p] : splitSums)
    take(p, 2 * ((paddedColumns / flush + 63) / 64 * 64), rowCapacity);
  for (auto *table : {&sums, &floatSums})
    for (auto &[flush, p] : *table)
      take(p, paddedColumns / flush * 4, rowCapacity);
}

Value ActivationPanel::part(KernelWriter &w, Value scratch, Value row, const Part &p) const {
  return w.at(w.at(scratch, p.offset), w.mul(row, p.bytes));
}

Value ActivationPanel::floatRow(KernelWriter &w, Value scratch, Value row) const {
  return needsFloats ? part(w, scratch, row, floats) : w.at(scratch, floats.offset);
}

void ActivationPanel::clearPadding(KernelWriter &w, Value floatRow) const {
  for (int64_t k = columns; k < paddedColumns; ++k)
    w.store(w.real(0), w.at(floatRow, k * 4));
}

void ActivationPanel::fill(KernelWriter &w, Value scratch, Value row) const {
  Value source = floatRow(w, scratch, row);
  if (needsCodes)
    quantize(w, scratch, row, source);
  for (auto &[flush, p] : floatSums) {
    Value to = part(w, scratch, row, p);
    w.loop(0, paddedColumns / flush, 1, [&, flush = flush](Value group) {
      Value from = w.at(source, w.mul(group, flush * 4));
      auto sum = w.loop(w.integer(0), w.integer(flush), 1, {w.real(0)},
                        [&](Value i, ValueRange carried) { return SmallVector<Value>{w.addf(carried[0], w.loadf(from, i))}; });
      w.store(sum[0], w.at(to, w.mul(group, 4)));
    });
  }
}

// as = max|x| / 127, code = nearest even of x * (127 / max|x|), block by block. All zero gives as = 0 and codes 0, and so does
// a block below 2^-120, for which 127 / max|x| may be infinite.
void ActivationPanel::quantize(KernelWriter &w, Value scratch, Value row, Value source) const {
  Value codeRow = part(w, scratch, row, codes), scaleRow = part(w, scratch, row, scales);
  auto quantizeBlock = [&](Value from, Value to, Value scale, int64_t count) {
    int64_t lanes = std::gcd(count, int64_t(16));
    VectorType type = w.vec(lanes);
    auto most = w.loop(w.integer(0), w.integer(count), lanes, {w.real(type, 0)}, [&](Value i, ValueRange carried) {
      return SmallVector<Value>{w.greaterOf(carried[0], w.absf(w.load(type, w.at(from, w.mul(i, 4)))))};
    });
    Value greatest = w.greatestOf(most[0]);
    Value isZero = w.lessf(greatest, w.real(0x1p-120));
    w.store(w.select(isZero, w.real(0), w.divf(greatest, w.real(127))), scale);
    Value inverse = w.select(isZero, w.real(0), w.divf(w.real(127), w.select(isZero, w.real(1), greatest)));
    Value factor = w.broadcast(inverse, lanes);
    w.loop(0, count, lanes, [&](Value i) {
      Value x = w.load(type, w.at(from, w.mul(i, 4)));
      Value code = w.toInteger(w.roundEven(w.mulf(x, factor)), w.vec(lanes, w.i32()));
      w.store(w.narrow(code, w.vec(lanes, w.i8())), w.at(to, i), 1);
    });
  };
  int64_t whole = paddedColumns / block, rest = paddedColumns % block;
  w.loop(0, whole, 1, [&](Value i) {
    Value k = w.mul(i, block);
    quantizeBlock(w.at(source, w.mul(k, 4)), w.at(codeRow, k), w.at(scaleRow, w.mul(i, 4)), block);
  });
  if (rest)
    quantizeBlock(w.at(source, whole * block * 4), w.at(codeRow, whole * block), w.at(scaleRow, whole * 4), rest);

  // Integer sums of each flush group; any order gives the same.
  auto sumOfGroup = [&](Value group, int64_t flush) {
    int64_t lanes = std::gcd(flush, int64_t(16));
    Value from = w.at(codeRow, w.mul(group, flush));
    VectorType type = w.vec(lanes, w.i32());
    auto sum = w.loop(w.integer(0), w.integer(flush), lanes, {w.integer(type, 0)}, [&](Value i, ValueRange carried) {
      return SmallVector<Value>{w.add(carried[0], w.widen(w.load(w.vec(lanes, w.i8()), w.at(from, i), 1), type))};
    });
    return Value(vector::ReductionOp::create(w.b, w.loc, vector::CombiningKind::ADD, sum[0]));
  };
  auto eachGroup = [&](const Part &p, int64_t flush, int64_t factor) {
    Value to = part(w, scratch, row, p);
    w.loop(0, paddedColumns / flush, 1, [&](Value group) { w.store(w.mul(sumOfGroup(group, flush), factor), w.at(to, w.mul(group, 4))); });
  };
  for (auto &[key, p] : corrections)
    eachGroup(p, key.first, -key.second);
  for (auto &[flush, p] : sums)
    eachGroup(p, flush, 1);
  for (auto &[flush, p] : splitSums) {
    Value rest = part(w, scratch, row, p), low = w.at(rest, p.bytes / 2);
    w.loop(0, paddedColumns / flush, 1, [&, flush = flush](Value group) {
      Value sum = sumOfGroup(group, flush);
      w.store(w.narrow(w.shiftRightSigned(sum, 7), w.i8()), w.at(rest, group), 1);
      w.store(w.narrow(w.bitAnd(sum, 127), w.i8()), w.at(low, group), 1);
    });
  }
}

ActivationRows ActivationPanel::rowsOf(KernelWriter &w, Value scratch, Value row, const NormalForm &form, bool integers) const {
  ActivationRows result;
  auto point = [&](const Part &p, Value &address, int64_t &stride) {
    address = part(w, scratch, row, p);
    stride = p.bytes;
  };
  int64_t flush = WeightTile::flushLength(form, block);
  if (integers) {
    point(codes, result.codes, result.codeStride);
    point(scales, result.scales, result.scaleStride);
    if (form.bias)
      point(corrections.at({flush, form.bias}), result.corrections, result.correctionStride);
    if (!form.minimum.empty() && form.exactColumns(block) > flush)
      point(splitSums.at(flush), result.splitSums, result.splitSumStride);
    else if (!form.minimum.empty())
      point(sums.at(flush), result.sums, result.sumStride);
  } else {
    point(floats, result.floats, result.floatStride);
    if (!form.minimum.empty())
      point(floatSums.at(form.flush), result.floatSums, result.floatSumStride);
  }
  return result;
}
