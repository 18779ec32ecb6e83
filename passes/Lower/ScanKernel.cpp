// The kernel of Mamba-2's recurrence.
#include "passes/Lower/KernelMath.h"
#include "passes/Lower/RecurrenceKernel.h"
#include "passes/PlanMemory/LaunchTiles.h"

using namespace mlir;
using namespace vspec;

namespace {
class ScanKernel : public RecurrenceKernel {
public:
  ScanKernel(OpBuilder &b, vexec::KernelOp kernel, const KernelTarget &target, SSMScanOp op)
      : RecurrenceKernel(b, kernel, op, target.registerBytes == 64 ? 8 : 2), op(op) {}

private:
  void enter(KernelWriter &w, const KernelOperands &operands) override { skips = operands.symbol(w, op.getSkip()); }
  void enterHead(KernelWriter &w, Value head) override { skip = splat(w, w.at(skips, w.mul(head, 4))); }
  void writeRow(KernelWriter &w, Value head, Value row, Value from, Value to) override;
  void writeParts(KernelWriter &w, Value firstColumn);

  SSMScanOp op;
  Value skips;
  Value skip;                         // of the head
  Value step, kept, x, matrices, to; // of the row; matrices: B of the head's group
};

void ScanKernel::writeRow(KernelWriter &w, Value head, Value row, Value from, Value output) {
  VectorType type = w.vec(lanes);
  step = timeStep(w, head, row);
  if (op.getDtLeast())
    step = w.greaterOf(step, w.real(type, op.getDtLeast()->convertToFloat()));
  if (op.getDtMost())
    step = w.lesserOf(step, w.real(type, op.getDtMost()->convertToFloat()));
  kept = emitExp(w, w.mulf(step, decay));
  x = w.at(from, headOffset), matrices = w.at(w.at(from, heads * width * 4), group), to = output;
  w.loop(0, width, lanes * together, [&](Value firstColumn) { writeParts(w, firstColumn); });
}

void ScanKernel::writeParts(KernelWriter &w, Value firstColumn) {
  VectorType type = w.vec(lanes);
  Value offset = w.mul(firstColumn, 4);
  SmallVector<Value> inputs, steps, sums(together, w.real(type, 0));
  for (int64_t part = 0; part < together; ++part) {
    inputs.push_back(w.load(type, w.at(w.at(x, offset), part * lanes * 4)));
    steps.push_back(w.mulf(step, inputs.back()));
  }
  sums = w.loop(w.integer(0), w.integer(size), 1, sums, [&](Value n, ValueRange carried) {
    Value place = w.at(matrices, w.mul(n, 4));
    Value b = splat(w, place), c = splat(w, w.at(place, groups * size * 4));
    Value line = w.at(w.at(headState, w.mul(n, width * 4)), offset);
    SmallVector<Value> next;
    for (int64_t part = 0; part < together; ++part) {
      Value at = w.at(line, part * lanes * 4);
      Value number = w.fma(w.load(type, at), kept, w.mulf(steps[part], b));
      w.store(number, at);
      next.push_back(w.fma(number, c, carried[part]));
    }
    return next;
  });
  for (int64_t part = 0; part < together; ++part)
    w.store(w.fma(skip, inputs[part], sums[part]), w.at(w.at(to, offset), part * lanes * 4));
}
} // namespace

FailureOr<KernelFunctions> vspec::buildScanKernel(OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target) {
  return ScanKernel(builder, kernel, target, onlyOp<SSMScanOp>(*kernel.getBodyRegion().getOps<func::FuncOp>().begin())).build();
}
