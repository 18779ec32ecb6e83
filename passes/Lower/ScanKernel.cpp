// The kernel of Mamba-2's recurrence. A tile is all rows of one slot and one head, whose state, [N][P], is small enough for the
// fastest caches. Each number of the state and of the output is a chain of its own, so lanes are free and results depend on
// nothing but the rows before.
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/BuildKernel.h"
#include "passes/Lower/CacheRows.h"
#include "passes/Lower/KernelMath.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

namespace {
class ScanKernel {
public:
  ScanKernel(OpBuilder &b, vexec::KernelOp kernel, const KernelTarget &target, SSMScanOp op, ArrayRef<int64_t> shape)
      : b(b), kernel(kernel), op(op), heads(shape[0]), size(shape[1]), width(shape[2]), groups(int64_t(op.getGroups())),
        columns(heads * width + 2 * groups * size), lanes(std::gcd(width, int64_t(16))) {
    // Parts of a row of the state that go together: their sums stay in registers, of which narrow ones are few.
    int64_t most = target.registerBytes == 64 ? 8 : 2;
    for (together = std::min(most, width / lanes); width / lanes % together != 0;)
      --together;
  }

  KernelFunctions build();

private:
  void writeTile(KernelWriter &w, Value tile);
  void writeRow(KernelWriter &w, Value head, Value row);
  void writeParts(KernelWriter &w, Value firstColumn);
  /// A number for all lanes.
  Value splat(KernelWriter &w, Value address) { return w.broadcast(w.load(w.f32(), address), lanes); }

  OpBuilder &b;
  vexec::KernelOp kernel;
  SSMScanOp op;
  const int64_t heads, size, width, groups; // size is N, width is P
  const int64_t columns, lanes;             // columns of the input
  int64_t together;
  // Of the tile being written:
  Value arguments, rowTable, input, dt, output, state, decays, skips, biases;
  Value headState, headOffset, matrices, decay, skip, bias; // matrices: where B of the head's group lies in a row
  // Of the row:
  Value step, kept, from, to;
};

KernelFunctions ScanKernel::build() {
  KernelFunctions functions;
  functions.tile = createKernelFunction(b, kernel.getLoc(), kernel.getSymName().str() + ".tile", true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(functions.tile.getBody().front().getTerminator());
  KernelWriter w(b, kernel.getLoc());
  arguments = functions.tile.getArgument(0);
  KernelOperands operands(kernel, functions.tile.getArgument(1));
  input = operands.argument(w, op.getInput()), dt = operands.argument(w, op.getDt()), rowTable = operands.argument(w, op.getRows());
  state = operands.symbol(w, op.getState()), output = operands.result(w, 0);
  decays = operands.symbol(w, op.getDecay()), skips = operands.symbol(w, op.getSkip()), biases = operands.symbol(w, op.getDtBias());
  w.loop(functions.tile.getArgument(3), functions.tile.getArgument(4), 1, [&](Value tile) { writeTile(w, tile); });
  return functions;
}

void ScanKernel::writeTile(KernelWriter &w, Value tile) {
  Value slot = w.div(tile, heads), head = w.rem(tile, heads), offset = w.mul(head, 4);
  SlotRows rows = rowsOfSlot(w, arguments, rowTable, slot);
  headState = w.at(shareOfSlot(w, state, slot).base, w.mul(head, size * width * 4));
  headOffset = w.mul(head, width * 4);
  matrices = w.add(w.mul(w.div(head, heads / groups), size * 4), heads * width * 4);
  decay = splat(w, w.at(decays, offset)), skip = splat(w, w.at(skips, offset)), bias = splat(w, w.at(biases, offset));
  w.when(rows.isStart,
         [&] { w.loop(0, size * width, lanes, [&](Value i) { w.store(w.real(w.vec(lanes), 0), w.at(headState, w.mul(i, 4))); }); });
  w.loop(rows.first, rows.end, 1, [&](Value row) { writeRow(w, head, row); });
}

void ScanKernel::writeRow(KernelWriter &w, Value head, Value row) {
  VectorType type = w.vec(lanes);
  step = emitSoftplus(w, w.addf(splat(w, w.at(dt, w.mul(w.add(w.mul(row, heads), head), 4))), bias));
  if (op.getDtLeast())
    step = w.greaterOf(step, w.real(type, op.getDtLeast()->convertToFloat()));
  if (op.getDtMost())
    step = w.lesserOf(step, w.real(type, op.getDtMost()->convertToFloat()));
  kept = emitExp(w, w.mulf(step, decay));
  from = w.at(input, w.mul(row, columns * 4)), to = w.at(output, w.add(w.mul(row, heads * width * 4), headOffset));
  w.loop(0, width, lanes * together, [&](Value firstColumn) { writeParts(w, firstColumn); });
}

void ScanKernel::writeParts(KernelWriter &w, Value firstColumn) {
  VectorType type = w.vec(lanes);
  Value offset = w.mul(firstColumn, 4);
  SmallVector<Value> x, steps, sums(together, w.real(type, 0));
  for (int64_t part = 0; part < together; ++part) {
    x.push_back(w.load(type, w.at(w.at(from, w.add(headOffset, offset)), part * lanes * 4)));
    steps.push_back(w.mulf(step, x.back()));
  }
  sums = w.loop(w.integer(0), w.integer(size), 1, sums, [&](Value n, ValueRange carried) {
    Value place = w.at(from, w.add(matrices, w.mul(n, 4)));
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
    w.store(w.fma(skip, x[part], sums[part]), w.at(w.at(to, offset), part * lanes * 4));
}
} // namespace

FailureOr<KernelFunctions> vspec::buildScanKernel(OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target) {
  auto op = onlyOp<SSMScanOp>(*kernel.getBodyRegion().getOps<func::FuncOp>().begin());
  RecurrentStateType state = SymbolTable::lookupNearestSymbolFrom<RecurrentStateOp>(op, op.getStateAttr()).getStateType();
  return ScanKernel(builder, kernel, target, op, state.getShape()).build();
}
