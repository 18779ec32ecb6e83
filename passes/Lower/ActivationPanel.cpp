#include "passes/Lower/ActivationPanel.h"
#include "passes/Lower/BuildKernel.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

void ActivationPanel::require(const NormalForm &form, bool integers, const std::optional<FoldedCodes> &folded) {
  PackedLayout layout(form, columns);
  paddedColumns = std::max(paddedColumns, layout.paddedColumns(columns));
  int64_t flush = WeightTile::flushLength(form, block);
  if (integers) {
    needsCodes = true;
    if (form.bias)
      corrections[{flush, form.bias}];
    if (folded && folded->bias)
      corrections[{WeightTile::foldedLength(form, block), folded->bias}];
    if (!form.minimum.empty())
      (form.exactColumns(block) > flush ? splitSums : sums)[flush];
  } else {
    needsFloats = true;
    if (!form.minimum.empty())
      floatSums[form.flush];
  }
}

void ActivationPanel::plan(ScratchPlan &panel, ScratchPlan &scratch, int64_t rowCapacity) {
  // Every buffer covers whole groups of the coarsest weight.
  auto take = [&](Part &p, int64_t bytes) {
    p.bytes = (bytes + 63) / 64 * 64;
    p.offset = panel.take(p.bytes * rowCapacity);
  };
  if (needsFloats)
    take(floats, paddedColumns * 4);
  else
    floats.offset = scratch.take(paddedColumns * 4);
  if (needsCodes) {
    take(codes, paddedColumns);
    take(scales, (paddedColumns + block - 1) / block * 4);
  }
  for (auto &[key, p] : corrections)
    take(p, paddedColumns / key.first * 4);
  for (auto &[flush, p] : splitSums)
    take(p, 2 * ((paddedColumns / flush + 63) / 64 * 64));
  for (auto *table : {&sums, &floatSums})
    for (auto &[flush, p] : *table)
      take(p, paddedColumns / flush * 4);
}

Value ActivationPanel::part(KernelWriter &w, Value panel, Value row, const Part &p) const {
  return w.at(w.at(panel, p.offset), w.mul(row, p.bytes));
}

Value ActivationPanel::floatRow(KernelWriter &w, Value panel, Value scratch, Value row) const {
  return needsFloats ? part(w, panel, row, floats) : w.at(scratch, floats.offset);
}

void ActivationPanel::fill(KernelWriter &w, Value panel, Value row, const RowGroup &group, Value source, Value own) const {
  if (source != own && (needsFloats || paddedColumns > columns)) {
    emitCopy(w, source, own, w.integer(columns), std::gcd(columns, int64_t(16)));
    source = own;
  }
  for (int64_t k = columns; k < paddedColumns; ++k)
    w.store(w.real(0), w.at(source, k * 4));
  if (needsCodes)
    quantize(w, panel, placeOf(w, row, group), source);
  for (auto &[flush, p] : floatSums) {
    Value to = part(w, panel, row, p);
    w.loop(0, paddedColumns / flush, 1, [&, flush = flush](Value group) {
      Value from = w.at(source, w.mul(group, flush * 4));
      auto sum = w.loop(w.integer(0), w.integer(flush), 1, {w.real(0)},
                        [&](Value i, ValueRange carried) { return SmallVector<Value>{w.addf(carried[0], w.loadf(from, i))}; });
      w.store(sum[0], w.at(to, w.mul(group, 4)));
    });
  }
}

ActivationPanel::Place ActivationPanel::placeOf(KernelWriter &w, Value row, const RowGroup &group) const {
  if (most == 1)
    return {row, w.integer(1), w.integer(0)};
  Value inGroup = w.sub(row, group.first), together = w.integer(1);
  for (int64_t count = 2; count <= most; count *= 2)
    together = w.select(w.less(inGroup, w.mul(w.div(group.count, count), count)), w.integer(count), together);
  Value index = w.sub(inGroup, w.mul(w.div(inGroup, together), together));
  return {w.sub(row, index), together, index};
}

// as = max|x| / 127, code = nearest even of x * (127 / max|x|), block by block. All zero gives as = 0 and codes 0, and so does
// a block below 2^-120, for which 127 / max|x| may be infinite.
void ActivationPanel::quantize(KernelWriter &w, Value panel, const Place &place, Value source) const {
  constexpr int64_t run = ActivationRows::codeRun;
  auto number = [&](Value base, Value i) { return w.at(base, w.mul(w.add(w.mul(i, place.together), place.index), 4)); };
  Value codeRows = part(w, panel, place.first, codes), scaleRows = part(w, panel, place.first, scales);
  auto code = [&](Value k, int64_t lanes) { // lanes are whole runs or parts of one
    Value inRun = lanes == run || most == 1 ? w.integer(0) : w.rem(k, run);
    Value ofRun = w.mul(w.sub(k, inRun), place.together);
    return w.at(codeRows, w.add(w.add(ofRun, w.mul(place.index, run)), inRun));
  };
  auto quantizeBlock = [&](Value k, Value scale, int64_t count) {
    int64_t lanes = std::gcd(count, run);
    VectorType type = w.vec(lanes);
    Value from = w.at(source, w.mul(k, 4));
    auto largest = w.loop(w.integer(0), w.integer(count), lanes, {w.real(type, 0)}, [&](Value i, ValueRange carried) {
      return SmallVector<Value>{w.greaterOf(carried[0], w.absf(w.load(type, w.at(from, w.mul(i, 4)))))};
    });
    Value greatest = w.greatestOf(largest[0]);
    Value isZero = w.lessf(greatest, w.real(0x1p-120));
    w.store(w.select(isZero, w.real(0), w.divf(greatest, w.real(127))), scale);
    Value inverse = w.select(isZero, w.real(0), w.divf(w.real(127), w.select(isZero, w.real(1), greatest)));
    Value factor = w.broadcast(inverse, lanes);
    w.loop(0, count, lanes, [&](Value i) {
      Value x = w.load(type, w.at(from, w.mul(i, 4)));
      // 1.5 * 2^23 has room for the integers in its low bits, so that the sum is rounded to one, and its low byte is the code.
      Value bits = w.bitcast(w.addf(w.mulf(x, factor), w.real(type, 0x1.8p23)), w.vec(lanes, w.i32()));
      w.store(w.narrow(bits, w.vec(lanes, w.i8())), code(w.add(k, i), lanes), 1);
    });
  };
  int64_t whole = paddedColumns / block, rest = paddedColumns % block;
  w.loop(0, whole, 1, [&](Value i) { quantizeBlock(w.mul(i, block), number(scaleRows, i), block); });
  if (rest)
    quantizeBlock(w.integer(whole * block), number(scaleRows, w.integer(whole)), rest);

  // Integer sums of each flush group; any order gives the same.
  auto sumOfGroup = [&](Value group, int64_t flush) {
    int64_t lanes = std::gcd(flush, run);
    Value k = w.mul(group, flush), bias = w.integer(w.vec(lanes, w.i8()), -128);
    auto sum = w.loop(w.integer(0), w.integer(flush), lanes, {w.integer(w.i32(), -128 * flush)}, [&](Value i, ValueRange carried) {
      // Sums of unsigned bytes are one instruction on most targets.
      Value codes = w.add(w.load(w.vec(lanes, w.i8()), code(w.add(k, i), lanes), 1), bias);
      Value numbers = w.widenUnsigned(codes, w.vec(lanes, w.i32()));
      return SmallVector<Value>{w.add(carried[0], vector::ReductionOp::create(w.b, w.loc, vector::CombiningKind::ADD, numbers))};
    });
    return sum[0];
  };
  auto eachGroup = [&](const Part &p, int64_t flush, int64_t factor) {
    Value to = part(w, panel, place.first, p);
    w.loop(0, paddedColumns / flush, 1, [&](Value group) { w.store(w.mul(sumOfGroup(group, flush), factor), number(to, group)); });
  };
  for (auto &[key, p] : corrections)
    eachGroup(p, key.first, -key.second);
  for (auto &[flush, p] : sums)
    eachGroup(p, flush, 1);
  for (auto &[flush, p] : splitSums) {
    Value rest = part(w, panel, place.first, p), low = w.at(rest, w.mul(place.together, p.bytes / 2));
    w.loop(0, paddedColumns / flush, 1, [&, flush = flush](Value group) {
      Value sum = sumOfGroup(group, flush), quad = w.div(group, 4), byte = w.rem(group, 4);
      w.store(w.narrow(w.shiftRightSigned(sum, 7), w.i8()), w.at(number(rest, quad), byte), 1);
      w.store(w.narrow(w.bitAnd(sum, 127), w.i8()), w.at(number(low, quad), byte), 1);
    });
  }
}

ActivationRows ActivationPanel::rowsOf(KernelWriter &w, Value panel, Value row, int64_t count, const NormalForm &form, bool integers,
                                       const std::optional<FoldedCodes> &folded) const {
  ActivationRows result;
  result.together = integers && most > 1 ? count : 1;
  auto point = [&](const Part &p, Value &address, int64_t &stride, int64_t run = 4) {
    address = part(w, panel, row, p);
    stride = integers && most > 1 ? run : p.bytes;
  };
  int64_t flush = WeightTile::flushLength(form, block);
  if (integers) {
    point(codes, result.codes, result.codeStride, ActivationRows::codeRun);
    point(scales, result.scales, result.scaleStride);
    if (unsigned bias = folded ? folded->bias : form.bias)
      point(corrections.at({folded ? WeightTile::foldedLength(form, block) : flush, bias}), result.corrections, result.correctionStride);
    if (!form.minimum.empty() && form.exactColumns(block) > flush) {
      point(splitSums.at(flush), result.splitSums, result.splitSumStride);
      result.lowSumOffset = splitSums.at(flush).bytes / 2 * result.together;
    } else if (!form.minimum.empty())
      point(sums.at(flush), result.sums, result.sumStride);
  } else {
    point(floats, result.floats, result.floatStride);
    if (!form.minimum.empty())
      point(floatSums.at(form.flush), result.floatSums, result.floatSumStride);
  }
  return result;
}
