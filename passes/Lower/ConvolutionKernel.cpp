// The kernel of a causal convolution. A tile is all rows of one slot and some channels: their last inputs stay in registers from
// row to row, so a result depends on nothing but the inputs before it.
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/BuildKernel.h"
#include "passes/Lower/CacheRows.h"
#include "passes/Lower/KernelMath.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

namespace {
// The weights of `lanes` channels: those of a channel lie together, so column k of all of them is every so-many-th number.
SmallVector<Value> loadColumns(KernelWriter &w, Value address, int64_t lanes, int64_t columns) {
  Value all = w.load(w.vec(lanes * columns), address);
  SmallVector<Value> result;
  for (int64_t k = 0; k < columns; ++k) {
    SmallVector<int64_t> places;
    for (int64_t i = 0; i < lanes; ++i)
      places.push_back(i * columns + k);
    result.push_back(vector::ShuffleOp::create(w.b, w.loc, all, all, places));
  }
  return result;
}
// Where the columns from `channel` on lie in row 0 of the input that has them, and how far its rows are apart.
struct InputColumns {
  InputColumns(KernelWriter &w, const KernelOperands &operands, CausalConv1dOp op, Value channel) {
    int64_t before = 0; // columns of inputs
    for (Value input : op.getInputs()) {
      int64_t columns = cast<RankedTensorType>(input.getType()).getDimSize(1);
      Value place = w.at(operands.argument(w, input), w.mul(w.sub(channel, w.integer(before)), 4)), bytes = w.integer(columns * 4);
      Value isBefore = w.less(channel, w.integer(before));
      address = address ? w.select(isBefore, address, place) : place;
      rowBytes = rowBytes ? w.select(isBefore, rowBytes, bytes) : bytes;
      before += columns;
    }
  }
  Value address, rowBytes;
};
} // namespace

FailureOr<KernelFunctions> vspec::buildConvolutionKernel(OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &) {
  auto op = onlyOp<CausalConv1dOp>(*kernel.getBodyRegion().getOps<func::FuncOp>().begin());
  auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(op, op.getWeightAttr());
  int64_t channels = weight.getWeightType().getRows(), columns = weight.getWeightType().getColumns();
  int64_t lanes = 16; // in one input
  for (Value input : op.getInputs())
    lanes = std::gcd(lanes, cast<RankedTensorType>(input.getType()).getDimSize(1));
  int64_t blocks = (channels + tileChannels - 1) / tileChannels;

  KernelFunctions functions;
  functions.tile = createKernelFunction(builder, kernel.getLoc(), kernel.getSymName().str() + ".tile");
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(functions.tile.getBody().front().getTerminator());
  KernelWriter w(builder, kernel.getLoc());
  VectorType type = w.vec(lanes);
  Value arguments = functions.tile.getArgument(0);
  KernelOperands operands(kernel, functions.tile.getArgument(1));
  Value rows = operands.argument(w, op.getRows()), output = operands.result(w, 0);
  Value state = operands.symbol(w, op.getState()), weights = operands.symbol(w, op.getWeight());
  Value bias = op.getBias() ? operands.symbol(w, *op.getBias()) : Value();

  w.loop(functions.tile.getArgument(3), functions.tile.getArgument(4), 1, [&](Value tile) {
    Value slot = w.div(tile, blocks), firstChannel = w.mul(w.rem(tile, blocks), tileChannels);
    SlotRows slotRows = rowsOfSlot(w, arguments, rows, slot);
    Value share = shareOfSlot(w, state, slot).base;
    w.loop(firstChannel, w.least(w.add(firstChannel, tileChannels), w.integer(channels)), lanes, [&](Value channel) {
      Value offset = w.mul(channel, 4);
      SmallVector<Value> factors = loadColumns(w, w.at(weights, w.mul(channel, columns * 4)), lanes, columns), inputs;
      Value start = bias ? w.load(type, w.at(bias, offset)) : w.real(type, 0);
      auto place = [&](int64_t k) { return w.at(w.at(share, offset), k * channels * 4); };
      InputColumns input(w, operands, op, channel);
      for (int64_t k = 0; k + 1 < columns; ++k)
        inputs.push_back(w.select(slotRows.isStart, w.real(type, 0), w.load(type, place(k))));
      inputs = w.loop(slotRows.first, slotRows.end, 1, inputs, [&](Value row, ValueRange before) {
        Value sum = start;
        SmallVector<Value> window(before);
        window.push_back(w.load(type, w.at(input.address, w.mul(row, input.rowBytes))));
        for (int64_t k = 0; k < columns; ++k)
          sum = w.fma(factors[k], window[k], sum);
        w.store(emitSilu(w, sum), w.at(output, w.add(w.mul(row, channels * 4), offset)));
        return SmallVector<Value>(ArrayRef(window).drop_front());
      });
      for (int64_t k = 0; k + 1 < columns; ++k)
        w.store(inputs[k], place(k));
    });
  });
  return functions;
}
