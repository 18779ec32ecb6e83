// The kernel of the gated delta rule. A tile is all rows of one slot and one head. Each column of the state is a chain of its own,
// so lanes are free and results depend on nothing but the rows before.
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/BuildKernel.h"
#include "passes/Lower/CacheRows.h"
#include "passes/Lower/KernelMath.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace vspec;

namespace {
class DeltaKernel {
public:
  DeltaKernel(OpBuilder &b, vexec::KernelOp kernel, const KernelTarget &target, GatedDeltaOp op, ArrayRef<int64_t> shape)
      : b(b), kernel(kernel), op(op), heads(shape[0]), size(shape[1]), width(shape[2]), groups(int64_t(op.getGroups())),
        columns(heads * width + 2 * groups * size), lanes(std::gcd(width, int64_t(16))) {
    // Parts of a row of the state that go together: their sums stay in registers, of which narrow ones are few.
    int64_t most = target.registerBytes == 64 ? 8 : 4;
    for (together = std::min(most, width / lanes); width / lanes % together != 0;)
      --together;
  }

  KernelFunctions build();

private:
  void writeTile(KernelWriter &w, Value tile);
  void writeRow(KernelWriter &w, Value head, Value row);
  void writeParts(KernelWriter &w, Value firstColumn);
  /// 1 / sqrt(sum of squares + 1e-6) of a query or key, for all lanes.
  Value unitFactor(KernelWriter &w, Value vector);
  /// A number for all lanes.
  Value splat(KernelWriter &w, Value address) { return w.broadcast(w.load(w.f32(), address), lanes); }
  /// Calls `each` with the address of line n of the state's columns, and what it carries from line to line.
  SmallVector<Value> overLines(KernelWriter &w, Value firstColumn,
                               function_ref<void(Value n, Value line, SmallVectorImpl<Value> &sums)> each);

  OpBuilder &b;
  vexec::KernelOp kernel;
  GatedDeltaOp op;
  const int64_t heads, size, width, groups; // size is N, width is P
  const int64_t columns, lanes;             // columns of the input
  int64_t together;
  // Of the tile being written:
  Value arguments, rowTable, input, dt, beta, output, state, decays, biases;
  Value headState, headOffset, group, decay, bias;
  // Of the row:
  Value query, key, queryFactor, keyFactor, values, kept, share, to;
};

KernelFunctions DeltaKernel::build() {
  KernelFunctions functions;
  functions.tile = createKernelFunction(b, kernel.getLoc(), kernel.getSymName().str() + ".tile", true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(functions.tile.getBody().front().getTerminator());
  KernelWriter w(b, kernel.getLoc());
  arguments = functions.tile.getArgument(0);
  KernelOperands operands(kernel, functions.tile.getArgument(1));
  input = operands.argument(w, op.getInput()), dt = operands.argument(w, op.getDt()), beta = operands.argument(w, op.getBeta());
  rowTable = operands.argument(w, op.getRows()), state = operands.symbol(w, op.getState()), output = operands.result(w, 0);
  decays = operands.symbol(w, op.getDecay()), biases = operands.symbol(w, op.getDtBias());
  w.loop(functions.tile.getArgument(3), functions.tile.getArgument(4), 1, [&](Value tile) { writeTile(w, tile); });
  return functions;
}

void DeltaKernel::writeTile(KernelWriter &w, Value tile) {
  Value slot = w.div(tile, heads), head = w.rem(tile, heads), offset = w.mul(head, 4);
  SlotRows rows = rowsOfSlot(w, arguments, rowTable, slot);
  headState = w.at(shareOfSlot(w, state, slot).base, w.mul(head, size * width * 4));
  headOffset = w.mul(head, width * 4);
  group = w.mul(w.div(head, heads / groups), size * 4);
  decay = splat(w, w.at(decays, offset)), bias = splat(w, w.at(biases, offset));
  w.when(rows.isStart,
         [&] { w.loop(0, size * width, lanes, [&](Value i) { w.store(w.real(w.vec(lanes), 0), w.at(headState, w.mul(i, 4))); }); });
  w.loop(rows.first, rows.end, 1, [&](Value row) { writeRow(w, head, row); });
}

Value DeltaKernel::unitFactor(KernelWriter &w, Value vector) {
  int64_t parts = std::gcd(size, int64_t(16));
  VectorType type = w.vec(parts);
  auto squares = w.loop(w.integer(0), w.integer(size), parts, {w.real(type, 0)}, [&](Value i, ValueRange carried) {
    Value value = w.load(type, w.at(vector, w.mul(i, 4)));
    return SmallVector<Value>{w.fma(value, value, carried[0])};
  });
  return w.broadcast(w.divf(w.real(1), w.sqrt(w.addf(w.sumOf(squares[0]), w.real(1e-6)))), lanes);
}

void DeltaKernel::writeRow(KernelWriter &w, Value head, Value row) {
  Value from = w.at(input, w.mul(row, columns * 4)), ofHead = w.mul(w.add(w.mul(row, heads), head), 4);
  query = w.at(from, group), key = w.at(query, groups * size * 4);
  values = w.at(w.at(from, 2 * groups * size * 4), headOffset);
  to = w.at(output, w.add(w.mul(row, heads * width * 4), headOffset));
  kept = emitExp(w, w.mulf(decay, emitSoftplus(w, w.addf(splat(w, w.at(dt, ofHead)), bias))));
  share = emitSigmoid(w, splat(w, w.at(beta, ofHead)));
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
  auto op = onlyOp<GatedDeltaOp>(*kernel.getBodyRegion().getOps<func::FuncOp>().begin());
  RecurrentStateType state = SymbolTable::lookupNearestSymbolFrom<RecurrentStateOp>(op, op.getStateAttr()).getStateType();
  return DeltaKernel(builder, kernel, target, op, state.getShape()).build();
}
