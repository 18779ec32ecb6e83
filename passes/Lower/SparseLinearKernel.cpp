// The kernel of a linear over rows of which most numbers are zero. A tile is a split of the inputs: it adds up the rows of the weight
// whose input is not zero, each times that.
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/BuildKernel.h"
#include "passes/Lower/NonzeroList.h"
#include "passes/Lower/WeightTile.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include "vspec/Quant/Format.h"

using namespace mlir;
using namespace vspec;

FailureOr<KernelFunctions> vspec::buildSparseLinearKernel(OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target) {
  auto op = onlyOp<SparseLinearOp>(*kernel.getBodyRegion().getOps<func::FuncOp>().begin());
  WeightType type = SymbolTable::lookupNearestSymbolFrom<WeightOp>(op, op.getWeightAttr()).getWeightType();
  int64_t inputs = type.getRows(), outputs = type.getColumns(), part = outputs / tileRows, split = op.getSplit();
  Result<NormalForm> form = normalForm(type.getParsedFormat(), outputs);
  if (!form)
    return op.emitOpError("has a weight without a kernel: ") << form.error().message;
  if (rowParts(*form, outputs) != tileRows)
    return op.emitOpError() << "has a weight whose rows of " << outputs
                            << " columns cannot be cut into 16 parts without a group in two of them: " << type.getFormat();

  KernelFunctions functions;
  functions.tile = createKernelFunction(builder, kernel.getLoc(), kernel.getSymName().str() + ".tile");
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(functions.tile.getBody().front().getTerminator());
  KernelWriter w(builder, kernel.getLoc());
  WeightTile tile(w, *form, part, target.registerBytes, 64);
  int64_t padded = tile.packedLayout().paddedColumns(part), tileBytes = tile.packedLayout().tileBytes(part);
  ScratchPlan scratchPlan;
  NonzeroList list(scratchPlan, split);
  int64_t sumsOffset = scratchPlan.take(padded * lineBytes); // f32 [padded][16]
  functions.scratchBytes = scratchPlan.total;

  KernelOperands operands(kernel, functions.tile.getArgument(1));
  Value scratch = functions.tile.getArgument(2), sums = w.at(scratch, sumsOffset), rows = stepRows(w, functions.tile.getArgument(0));
  Value input = operands.argument(w, op.getInput()), weight = operands.symbol(w, op.getWeight()), output = operands.result(w, 0);
  w.loop(functions.tile.getArgument(3), functions.tile.getArgument(4), 1, [&](Value number) {
    Value first = w.mul(number, split), count = w.least(w.integer(split), w.sub(w.integer(inputs), first));
    Value bytes = w.at(weight, w.mul(first, tileBytes));
    auto addressOf = [&](Value i) { return w.at(bytes, w.mul(i, tileBytes)); };
    w.loop(w.integer(0), rows, 1, [&](Value row) {
      Value x = w.at(input, w.mul(w.add(w.mul(row, inputs), first), 4));
      Value found = list.fill(w, scratch, count, [&](Value i) { return w.isNonzero(w.loadf(x, i)); });
      w.loop(0, padded, 1, [&](Value k) { w.store(w.real(w.vec(tileRows), 0), w.at(sums, w.mul(k, lineBytes)), 64); });
      list.each(w, scratch, found, tileBytes, addressOf, [&](Value i) {
        Value factor = w.broadcast(w.loadf(x, i), tile.lanesOfSlice());
        tile.visit(addressOf(i), {}, [&](Value firstColumn, int64_t k, int64_t slice, Value value, SmallVector<Value> &) {
          Value sum = tile.lineOf(sums, firstColumn, k, slice);
          w.store(w.fma(factor, value, w.load(value.getType(), sum, 16)), sum, 16);
        });
      });
      // Lane l of line k is output k of part l.
      Value to = w.at(output, w.mul(w.add(w.mul(row, op.getOutput().getType().getDimSize(1)), w.mul(number, outputs)), 4));
      w.loop(0, part, 1, [&](Value k) {
        Value line = w.at(sums, w.mul(k, lineBytes)), place = w.at(to, w.mul(k, 4));
        for (int64_t lane = 0; lane < tileRows; ++lane)
          w.store(w.load(w.f32(), w.at(line, lane * 4)), w.at(place, lane * part * 4));
      });
    });
  });
  return functions;
}
