// Tiles of recurrences: which rows and which state they have.
#include "passes/Lower/RecurrenceKernel.h"
#include "passes/Lower/CacheRows.h"
#include "passes/Lower/KernelMath.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

static ArrayRef<int64_t> shapeOf(vexec::KernelOp kernel, FlatSymbolRefAttr state) {
  auto body = *kernel.getBodyRegion().getOps<func::FuncOp>().begin();
  return SymbolTable::lookupNearestSymbolFrom<RecurrentStateOp>(body, state).getStateType().getShape();
}

RecurrenceKernel::RecurrenceKernel(OpBuilder &b, vexec::KernelOp kernel, Operands operands, Symbols symbols, int64_t groups, int64_t most)
    : heads(shapeOf(kernel, symbols.state)[0]), size(shapeOf(kernel, symbols.state)[1]), width(shapeOf(kernel, symbols.state)[2]),
      groups(groups), columns(heads * width + 2 * groups * size), lanes(std::gcd(width, int64_t(16))), b(b), kernel(kernel),
      operands(operands), symbols(symbols) {
  for (together = std::min(most, width / lanes); width / lanes % together != 0;)
    --together;
}

KernelFunctions RecurrenceKernel::build() {
  KernelFunctions functions;
  functions.tile = createKernelFunction(b, kernel.getLoc(), kernel.getSymName().str() + ".tile");
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(functions.tile.getBody().front().getTerminator());
  KernelWriter w(b, kernel.getLoc());
  arguments = functions.tile.getArgument(0);
  KernelOperands memory(kernel, functions.tile.getArgument(1));
  input = memory.argument(w, operands.input), dt = memory.argument(w, operands.dt), rowTable = memory.argument(w, operands.rows);
  state = memory.symbol(w, symbols.state.getValue()), output = memory.result(w, 0);
  decays = memory.symbol(w, symbols.decay.getValue()), biases = memory.symbol(w, symbols.bias.getValue());
  enter(w, memory);
  w.loop(functions.tile.getArgument(3), functions.tile.getArgument(4), 1, [&](Value tile) { writeTile(w, tile); });
  return functions;
}

void RecurrenceKernel::writeTile(KernelWriter &w, Value tile) {
  Value slot = w.div(tile, heads), head = w.rem(tile, heads), offset = w.mul(head, 4);
  SlotRows rows = rowsOfSlot(w, arguments, rowTable, slot);
  headState = w.at(shareOfSlot(w, state, slot).base, w.mul(head, size * width * 4));
  headOffset = w.mul(head, width * 4);
  group = w.mul(w.div(head, heads / groups), size * 4);
  decay = splat(w, w.at(decays, offset)), bias = splat(w, w.at(biases, offset));
  enterHead(w, head);
  w.when(rows.isStart,
         [&] { w.loop(0, size * width, lanes, [&](Value i) { w.store(w.real(w.vec(lanes), 0), w.at(headState, w.mul(i, 4))); }); });
  w.loop(rows.first, rows.end, 1, [&](Value row) {
    Value to = w.at(output, w.add(w.mul(row, heads * width * 4), headOffset));
    writeRow(w, head, row, w.at(input, w.mul(row, columns * 4)), to);
  });
}

Value RecurrenceKernel::timeStep(KernelWriter &w, Value head, Value row) {
  return emitSoftplus(w, w.addf(ofHead(w, dt, head, row), bias));
}
