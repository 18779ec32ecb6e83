// The kernel of a launch without an anchor: norms of whole rows, and what else finds no linear to follow. A tile is a row.
#include "passes/Lower/Epilogue.h"

using namespace mlir;
using namespace vspec;

FailureOr<KernelFunctions> vspec::buildRowKernel(OpBuilder &b, vexec::KernelOp kernel, const KernelTarget &) {
  Epilogue epilogue(kernel);
  if (failed(epilogue.verify()))
    return failure();
  auto body = *kernel.getBodyRegion().getOps<func::FuncOp>().begin();
  SmallVector<Operation *> operations;
  int64_t width = 0;
  for (Operation &op : body.getBody().front().without_terminator()) {
    operations.push_back(&op);
    for (Value result : op.getResults())
      width = std::max(width, cast<RankedTensorType>(result.getType()).getDimSize(1));
  }
  KernelFunctions functions;
  ScratchPlan scratch;
  epilogue.plan(scratch, scratch, operations, /*rows=*/1, width);
  functions.scratchBytes = scratch.total;
  functions.tile = createKernelFunction(b, kernel.getLoc(), kernel.getSymName().str() + ".tile");

  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(functions.tile.getBody().front().getTerminator());
  KernelWriter w(b, kernel.getLoc());
  KernelOperands operands(kernel, functions.tile.getArgument(1));
  epilogue.enter(functions.tile.getArgument(2), functions.tile.getArgument(2), operands);
  w.loop(functions.tile.getArgument(3), functions.tile.getArgument(4), 1, [&](Value row) {
    Epilogue::Tile tile{row, w.integer(0), w.integer(0), /*count=*/{}, /*lanes=*/16};
    epilogue.writeAngles(w, tile.row, tile.index);
    Epilogue::Places places;
    for (BlockArgument argument : body.getArguments())
      if (auto type = dyn_cast<RankedTensorType>(argument.getType()); type && type.getRank() == 2)
        places[argument] = w.at(operands.argument(w, argument), w.mul(row, type.getDimSize(1) * 4));
    epilogue.write(w, places, tile);
  });
  return functions;
}
