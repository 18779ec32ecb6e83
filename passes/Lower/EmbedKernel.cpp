// The kernel of an embedding. A tile is one row: the 16 weight rows around its token are decoded, and one of them is kept; a
// learned position is added.
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/BuildKernel.h"
#include "passes/Lower/WeightTile.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include "vspec/Quant/Format.h"

using namespace mlir;
using namespace vspec;

FailureOr<KernelFunctions> vspec::buildEmbedKernel(OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target) {
  auto op = onlyOp<EmbedOp>(*kernel.getBodyRegion().getOps<func::FuncOp>().begin());
  auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(op, op.getWeightAttr());
  int64_t columns = weight.getWeightType().getColumns();
  Result<NormalForm> form = normalForm(weight.getWeightType().getParsedFormat(), columns);
  if (!form)
    return op.emitOpError("has a weight without a kernel: ") << form.error().message;

  KernelFunctions functions;
  functions.tile = createKernelFunction(builder, kernel.getLoc(), kernel.getSymName().str() + ".tile");
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(functions.tile.getBody().front().getTerminator());
  KernelWriter w(builder, kernel.getLoc());
  WeightTile tile(w, *form, columns, target.registerBytes, 64);
  functions.scratchBytes = tile.packedLayout().paddedColumns(columns) * lineBytes;
  Value scratch = functions.tile.getArgument(2);
  KernelOperands operands(kernel, functions.tile.getArgument(1));
  Value rows = operands.argument(w, op.getRows()), bytes = operands.symbol(w, op.getWeight()), output = operands.result(w, 0);
  w.loop(functions.tile.getArgument(3), functions.tile.getArgument(4), 1, [&](Value row) {
    Value token = rowField(w, rows, row, RowField::Token);
    if (std::optional<uint64_t> standIn = op.getStandIn())
      token = w.select(w.below(token, w.integer(weight.getWeightType().getRows())), token, w.integer(int64_t(*standIn)));
    tile.decode(w.at(bytes, w.mul(w.div(token, tileRows), tile.packedLayout().tileBytes(columns))), scratch);
    Value column = w.at(scratch, w.mul(w.rem(token, tileRows), 4)), to = w.at(output, w.mul(row, columns * 4));
    Value learned;
    if (op.getPositions())
      learned = w.at(operands.symbol(w, *op.getPositions()), w.mul(rowField(w, rows, row, RowField::Position), columns * 4));
    w.loop(0, columns, 1, [&](Value k) {
      Value value = w.load(w.f32(), w.at(column, w.mul(k, lineBytes)));
      if (op.getScale())
        value = w.mulf(value, w.real(op.getScale()->convertToFloat()));
      w.store(learned ? w.addf(value, w.loadf(learned, k)) : value, w.at(to, w.mul(k, 4)));
    });
  });
  return functions;
}
