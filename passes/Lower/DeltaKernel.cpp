// The kernel of the gated delta rule.
#include "passes/Lower/KernelMath.h"
#include "passes/Lower/RecurrenceKernel.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace vspec;

namespace {
class DeltaKernel : public RecurrenceKernel {
public:
  DeltaKernel(OpBuilder &b, vexec::KernelOp kernel, const KernelTarget &target, GatedDeltaOp op)
      : RecurrenceKernel(b, kernel, op, target.registerBytes == 64 ? 8 : 4), op(op) {}

private:
  void enter(KernelWriter &w, const KernelOperands &operands) override { beta = operands.argument(w, op.getBeta()); }
  void writeRow(KernelWriter &w, Value head, Value row, Value from, Value to) override;
  void writeParts(KernelWriter &w, Value firstColumn);
  /// 1 / sqrt(sum of squares + 1e-6) of a query or key, for all lanes.
  Value unitFactor(KernelWriter &w, Value vector);
  /// Calls `each` with the place of number n in queries and keys, line n of the state's columns, and the sums, which it adds to.
  SmallVector<Value> overLines(KernelWriter &w, Value firstColumn,
                               function_ref<void(Value n, Value line, SmallVectorImpl<Value> &sums)> each);

  GatedDeltaOp op;
  Value beta;
  Value query, key, queryFactor, keyFactor, values, kept, share, to; // of the row
};

Value DeltaKernel::unitFactor(KernelWriter &w, Value vector) {
  int64_t parts = std::gcd(size, int64_t(16));
  VectorType type = w.vec(parts);
  auto squares = w.loop(w.integer(0), w.integer(size), parts, {w.real(type, 0)}, [&](Value i, ValueRange carried) {
    Value value = w.load(type, w.at(vector, w.mul(i, 4)));
    return SmallVector<Value>{w.fma(value, value, carried[0])};
  });
  return w.broadcast(w.divf(w.real(1), w.sqrt(w.addf(w.sumOf(squares[0]), w.real(1e-6)))), lanes);
}

void DeltaKernel::writeRow(KernelWriter &w, Value head, Value row, Value from, Value output) {
  query = w.at(from, group), key = w.at(query, groups * size * 4), to = output;
  values = w.at(w.at(from, 2 * groups * size * 4), headOffset);
  kept = emitExp(w, w.mulf(decay, timeStep(w, head, row)));
  share = emitSigmoid(w, ofHead(w, beta, head, row));
  keyFactor = unitFactor(w, key);
  queryFactor = w.mulf(unitFactor(w, query), w.real(w.vec(lanes), 1 / std::sqrt(double(size))));
  w.loop(0, width, lanes * together, [&](Value firstColumn) { writeParts(w, firstColumn); });
}

SmallVector<Value> DeltaKernel::overLines(KernelWriter &w, Value firstColumn,
                                          function_ref<void(Value n, Value line, SmallVectorImpl<Value> &sums)> each) {
  SmallVector<Value> zeros(together, w.real(w.vec(lanes), 0));
  return w.loop(w.integer(0), w.integer(size), 1, zeros, [&](Value n, ValueRange carried) {
    SmallVector<Value> sums(carried);
    each(w.mul(n, 4), w.at(headState, w.mul(w.add(w.mul(n, width), firstColumn), 4)), sums);
    return sums;
  });
}

void DeltaKernel::writeParts(KernelWriter &w, Value firstColumn) {
  VectorType type = w.vec(lanes);
  auto part = [&](Value address, int64_t i) { return w.at(address, i * lanes * 4); };
  SmallVector<Value> known = overLines(w, firstColumn, [&](Value n, Value line, SmallVectorImpl<Value> &sums) {
    Value k = w.mulf(splat(w, w.at(key, n)), keyFactor);
    for (int64_t i = 0; i < together; ++i)
      sums[i] = w.fma(w.load(type, part(line, i)), k, sums[i]);
  });
  Value offset = w.mul(firstColumn, 4);
  SmallVector<Value> changes;
  for (int64_t i = 0; i < together; ++i)
    changes.push_back(w.mulf(share, w.subf(w.load(type, part(w.at(values, offset), i)), w.mulf(kept, known[i]))));
  SmallVector<Value> outputs = overLines(w, firstColumn, [&](Value n, Value line, SmallVectorImpl<Value> &sums) {
    Value k = w.mulf(splat(w, w.at(key, n)), keyFactor), q = w.mulf(splat(w, w.at(query, n)), queryFactor);
    for (int64_t i = 0; i < together; ++i) {
      Value number = w.fma(w.load(type, part(line, i)), kept, w.mulf(k, changes[i]));
      w.store(number, part(line, i));
      sums[i] = w.fma(number, q, sums[i]);
    }
  });
  for (int64_t i = 0; i < together; ++i)
    w.store(outputs[i], part(w.at(to, offset), i));
}
} // namespace

FailureOr<KernelFunctions> vspec::buildDeltaKernel(OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target) {
  return DeltaKernel(builder, kernel, target, onlyOp<GatedDeltaOp>(*kernel.getBodyRegion().getOps<func::FuncOp>().begin())).build();
}
