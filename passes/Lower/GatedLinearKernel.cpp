// The kernel of a linear behind a gate of which most numbers are zero. Prologue: lays the parts of rows beside each other, as
// the parts of the weight's rows lie. Tile: some rows of the weight, of which it reads those whose gate is not zero.
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/Epilogue.h"
#include "passes/Lower/NonzeroList.h"
#include "passes/Lower/WeightTile.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include "vspec/Quant/Format.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

namespace {
class GatedLinearKernel {
public:
  GatedLinearKernel(OpBuilder &b, vexec::KernelOp kernel, const KernelTarget &target, GatedLinearOp op, const NormalForm &form)
      : b(b), kernel(kernel), target(target), op(op), form(form), columns(op.getInput().getType().getDimSize(1)),
        gates(op.getGate().getType().getDimSize(1)), parts(rowParts(form, columns)), part(columns / parts), rowsOfTile(tileRows / parts),
        padded(PackedLayout(form, part).paddedColumns(part)), list(scratchPlan, tileGates), sums(scratchPlan.take(lineBytes)) {}

  KernelFunctions build();

private:
  void writePrologue(KernelWriter &w, const KernelOperands &operands, Value begin, Value end);
  void writeTile(KernelWriter &w, const KernelOperands &operands, Value rows, Value scratch, Value tile);
  void writeSums(KernelWriter &w, Value bytes, Value x, Value to);

  OpBuilder &b;
  vexec::KernelOp kernel;
  const KernelTarget &target;
  GatedLinearOp op;
  const NormalForm &form;
  const int64_t columns, gates, parts, part, rowsOfTile, padded; // part: columns of one
  ScratchPlan scratchPlan;
  const NonzeroList list; // of tiles of the weight
  const int64_t sums;     // scratch: f32 [16]
  Value panel;            // f32 [rows][padded][16], of the function being written
};

KernelFunctions GatedLinearKernel::build() {
  KernelFunctions functions;
  std::string name = kernel.getSymName().str();
  functions.prologue = createKernelFunction(b, kernel.getLoc(), name + ".prologue");
  functions.tile = createKernelFunction(b, kernel.getLoc(), name + ".tile");
  functions.scratchBytes = scratchPlan.total;
  functions.panelBytes = target.rowCapacity * padded * lineBytes;
  OpBuilder::InsertionGuard guard(b);
  KernelWriter w(b, kernel.getLoc());
  for (func::FuncOp function : {functions.prologue, functions.tile}) {
    b.setInsertionPoint(function.getBody().front().getTerminator());
    KernelOperands operands(kernel, function.getArgument(1));
    Value begin = function.getArgument(3), end = function.getArgument(4);
    panel = function.getArgument(5);
    if (function == functions.prologue) {
      writePrologue(w, operands, begin, end);
      continue;
    }
    Value rows = stepRows(w, function.getArgument(0)), scratch = function.getArgument(2);
    w.loop(begin, end, 1, [&](Value tile) { writeTile(w, operands, rows, scratch, tile); });
  }
  return functions;
}

// Lane l of line k meets lane l of the weight's column k: number k of part l of a row.
void GatedLinearKernel::writePrologue(KernelWriter &w, const KernelOperands &operands, Value begin, Value end) {
  Value input = operands.argument(w, op.getInput());
  w.loop(begin, end, 1, [&](Value row) {
    Value from = w.at(input, w.mul(row, columns * 4)), to = w.at(panel, w.mul(row, padded * lineBytes));
    w.loop(0, part, 1, [&](Value k) {
      Value number = w.at(from, w.mul(k, 4)), line = w.at(to, w.mul(k, lineBytes));
      for (int64_t lane = 0; lane < tileRows; ++lane)
        w.store(w.load(w.f32(), w.at(number, lane % parts * part * 4)), w.at(line, lane * 4));
    });
    w.loop(part, padded, 1, [&](Value k) { w.store(w.real(w.vec(tileRows), 0), w.at(to, w.mul(k, lineBytes))); });
  });
}

void GatedLinearKernel::writeTile(KernelWriter &w, const KernelOperands &operands, Value rows, Value scratch, Value tile) {
  Value first = w.mul(tile, tileGates), count = w.least(w.integer(tileGates), w.sub(w.integer(gates), first));
  int64_t tileBytes = PackedLayout(form, part).tileBytes(part), lanes = std::gcd(gates, tileRows);
  Value weight = w.at(operands.symbol(w, op.getWeight()), w.mul(w.div(first, rowsOfTile), tileBytes));
  w.loop(w.integer(0), rows, 1, [&](Value row) {
    auto ofRow = [&](Value base) { return w.at(base, w.mul(w.add(w.mul(row, gates), first), 4)); };
    Value gate = ofRow(operands.argument(w, op.getGate())), output = ofRow(operands.result(w, 0));
    w.loop(w.integer(0), count, lanes, [&](Value i) { w.store(w.real(w.vec(lanes), 0), w.at(output, w.mul(i, 4))); });
    // Behind the end the last one stands in.
    auto numberOf = [&](Value tile, int64_t i) { return w.least(w.add(w.mul(tile, rowsOfTile), i), w.sub(count, 1)); };
    Value found = list.fill(w, scratch, w.div(w.add(count, rowsOfTile - 1), rowsOfTile), [&](Value tile) {
      Value any = w.isNonzero(w.loadf(gate, numberOf(tile, 0)));
      for (int64_t i = 1; i < rowsOfTile; ++i)
        any = w.bitOr(any, w.isNonzero(w.loadf(gate, numberOf(tile, i))));
      return any;
    });
    auto addressOf = [&](Value tile) { return w.at(weight, w.mul(tile, tileBytes)); };
    list.each(w, scratch, found, tileBytes, addressOf, [&](Value tile) {
      Value to = w.at(scratch, sums);
      writeSums(w, addressOf(tile), w.at(panel, w.mul(row, padded * lineBytes)), to);
      for (int64_t i = 0; i < rowsOfTile; ++i) {
        Value number = numberOf(tile, i), ofTile = w.sub(number, w.mul(tile, rowsOfTile)), offset = w.mul(number, 4);
        auto write = [&] {
          Value x = w.load(w.vec(1), w.at(gate, offset)), sum = w.load(w.vec(1), w.at(to, w.mul(ofTile, parts * 4)));
          w.store(w.mulf(emitActivation(w, op.getActivation(), x), sum), w.at(output, offset));
        };
        if (rowsOfTile == 1)
          write();
        else
          w.when(w.isNonzero(w.loadf(gate, number)), write);
      }
    });
  });
}

// The sums of the rows of a tile of the weight, each in the lanes of all of its parts.
void GatedLinearKernel::writeSums(KernelWriter &w, Value bytes, Value x, Value to) {
  constexpr int64_t chains = 4; // one sum would wait for itself
  WeightTile tile(w, form, part, target.registerBytes, 64);
  VectorType type = w.vec(tile.lanesOfSlice());
  SmallVector<Value> all(chains * tile.slices(), w.real(type, 0));
  all = tile.visit(bytes, all, [&](Value first, int64_t k, int64_t slice, Value value, SmallVector<Value> &carried) {
    Value &sum = carried[k % chains * tile.slices() + slice];
    sum = w.fma(value, w.load(type, tile.lineOf(x, first, k, slice), 16), sum);
  });
  for (int64_t slice = 0; slice < tile.slices(); ++slice) {
    auto chain = [&](int64_t i) { return all[i * tile.slices() + slice]; };
    w.store(w.addf(w.addf(chain(0), chain(1)), w.addf(chain(2), chain(3))), w.at(to, slice * target.registerBytes), 16);
  }
  Value lanes = w.load(w.vec(tileRows), to, 64);
  for (int64_t half = parts / 2; half >= 1; half /= 2) {
    SmallVector<int64_t> others;
    for (int64_t lane = 0; lane < tileRows; ++lane)
      others.push_back(lane ^ half);
    lanes = w.addf(lanes, vector::ShuffleOp::create(w.b, w.loc, lanes, lanes, others));
  }
  w.store(lanes, to, 64);
}
} // namespace

FailureOr<KernelFunctions> vspec::buildGatedLinearKernel(OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target) {
  auto op = onlyOp<GatedLinearOp>(*kernel.getBodyRegion().getOps<func::FuncOp>().begin());
  WeightType type = SymbolTable::lookupNearestSymbolFrom<WeightOp>(op, op.getWeightAttr()).getWeightType();
  Result<NormalForm> form = normalForm(type.getParsedFormat(), type.getColumns());
  if (!form)
    return op.emitOpError("has a weight without a kernel: ") << form.error().message;
  return GatedLinearKernel(builder, kernel, target, op, *form).build();
}
