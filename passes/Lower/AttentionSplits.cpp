#include "passes/Lower/AttentionSplits.h"
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/BuildKernel.h"
#include "passes/Lower/KernelMath.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include <limits>
#include <numeric>

using namespace mlir;
using namespace vspec;

int64_t SplitRecord::lanes() const { return std::gcd(size, int64_t(16)); }

void SplitRecord::writeEnds(KernelWriter &w, Value record, Value maximum, Value total) const {
  w.store(maximum, w.at(record, size * 4));
  w.store(total, w.at(record, size * 4 + 4));
}

// Sums start from -0: fma(-0, 0, x) is x for every x, 0 and -0 included.
void SplitRecord::clear(KernelWriter &w, Value record) const {
  w.loop(0, size, lanes(), [&](Value i) { w.store(w.real(w.vec(lanes()), -0.0), w.at(record, w.mul(i, 4))); });
  writeEnds(w, record, w.real(-std::numeric_limits<float>::infinity()), w.real(-0.0));
}

void SplitRecord::write(KernelWriter &w, Value record, Value maximum, Value total, Value sums) const {
  emitCopy(w, sums, record, w.integer(size), lanes());
  writeEnds(w, record, maximum, total);
}

Value SplitRecord::exponential(KernelWriter &w, Value x) {
  constexpr int64_t few = 4; // lanes, of which one is wanted
  return vector::ExtractOp::create(w.b, w.loc, emitExp(w, w.broadcast(x, few)), int64_t(0));
}

void SplitRecord::merge(KernelWriter &w, Value record, Value maximum, Value total, Value sums) const {
  Value before = this->maximum(w, record), greatest = w.greaterOf(before, maximum);
  Value correction = exponential(w, w.subf(before, greatest)), weight = exponential(w, w.subf(maximum, greatest));
  writeEnds(w, record, greatest, w.fma(this->total(w, record), correction, w.mulf(total, weight)));
  Value corrections = w.broadcast(correction, lanes()), weights = w.broadcast(weight, lanes());
  w.loop(0, size, lanes(), [&](Value i) {
    Value at = w.at(record, w.mul(i, 4)), added = w.mulf(w.load(w.vec(lanes()), w.at(sums, w.mul(i, 4))), weights);
    w.store(w.fma(w.load(w.vec(lanes()), at), corrections, added), at);
  });
}

void SplitRecord::writeOutput(KernelWriter &w, Value maximum, Value total, Value sums, Value output, Value sink) const {
  Value correction = w.real(1);
  if (sink) {
    Value score = w.load(w.f32(), sink), greatest = w.greaterOf(maximum, score);
    correction = exponential(w, w.subf(maximum, greatest));
    total = w.fma(total, correction, exponential(w, w.subf(score, greatest)));
  }
  Value factor = w.broadcast(w.divf(correction, total), lanes());
  w.loop(0, size, lanes(), [&](Value i) {
    Value offset = w.mul(i, 4);
    w.store(w.mulf(w.load(w.vec(lanes()), w.at(sums, offset)), factor), w.at(output, offset));
  });
}

// A tile is one query head of one row.
FailureOr<KernelFunctions> vspec::buildMergeKernel(OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target) {
  auto op = onlyOp<MergeSplitsOp>(*kernel.getBodyRegion().getOps<func::FuncOp>().begin());
  int64_t heads = op.getHeads(), split = op.getSplit(), size = op.getOutput().getType().getDimSize(1) / heads;
  SplitRecord record(size);
  int64_t splits = op.getParts().getType().getDimSize(1) / (heads * record.columns());

  KernelFunctions functions;
  ScratchPlan plan;
  int64_t merged = plan.take(record.bytes());
  functions.scratchBytes = plan.total;
  functions.tile = createKernelFunction(builder, kernel.getLoc(), kernel.getSymName().str() + ".tile");
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(functions.tile.getBody().front().getTerminator());
  KernelWriter w(builder, kernel.getLoc());
  KernelOperands operands(kernel, functions.tile.getArgument(1));
  Value parts = operands.argument(w, op.getParts()), rowTable = operands.argument(w, op.getRows()), output = operands.result(w, 0);
  Value sinks = op.getSinks() ? operands.symbol(w, *op.getSinks()) : Value();
  Value whole = w.at(functions.tile.getArgument(2), merged);
  // The grid is for all rows of the variant.
  Value end = w.least(functions.tile.getArgument(4), w.mul(stepRows(w, functions.tile.getArgument(0)), heads));
  w.loop(functions.tile.getArgument(3), end, 1, [&](Value tile) {
    Value position = rowField(w, rowTable, w.div(tile, heads), RowField::Position);
    w.when(w.less(w.integer(split - 1), position), [&] {
      record.clear(w, whole);
      w.loop(w.integer(0), w.add(w.div(position, split), 1), 1, [&](Value i) {
        Value part = w.at(parts, w.mul(w.add(w.mul(tile, splits), i), record.bytes()));
        record.merge(w, whole, record.maximum(w, part), record.total(w, part), part);
      });
      Value sink = sinks ? w.at(sinks, w.mul(w.rem(tile, heads), 4)) : Value();
      record.writeOutput(w, record.maximum(w, whole), record.total(w, whole), whole, w.at(output, w.mul(tile, size * 4)), sink);
    });
  });
  return functions;
}
