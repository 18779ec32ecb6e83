// What the kernels of recurrences over heads share. A tile is all rows of one slot and one head, whose state, [N][P], is small enough
// for the fastest caches. Each column of the state is a chain of its own, so lanes are free and results depend on nothing but the
// rows before.
#ifndef VSPEC_PASSES_LOWER_RECURRENCEKERNEL_H
#define VSPEC_PASSES_LOWER_RECURRENCEKERNEL_H
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/BuildKernel.h"

namespace vspec {

class RecurrenceKernel {
public:
  virtual ~RecurrenceKernel() = default;
  KernelFunctions build();

protected:
  using Value = mlir::Value;

  /// At most so many parts of a row of the state go together.
  template <typename Op>
  RecurrenceKernel(mlir::OpBuilder &b, vexec::KernelOp kernel, Op op, int64_t most)
      : RecurrenceKernel(b, kernel, {op.getInput(), op.getDt(), op.getRows()},
                         {op.getStateAttr(), op.getDecayAttr(), op.getDtBiasAttr()}, int64_t(op.getGroups()), most) {}

  /// Reads what the operation has besides, for all tiles and for the tile of a head.
  virtual void enter(KernelWriter &w, const KernelOperands &operands) = 0;
  virtual void enterHead(KernelWriter &w, Value head) {}
  /// `from` and `to`: the row of the input, and the head's part of that of the output.
  virtual void writeRow(KernelWriter &w, Value head, Value row, Value from, Value to) = 0;

  /// A number for all lanes.
  Value splat(KernelWriter &w, Value address) { return w.broadcast(w.load(w.f32(), address), lanes); }
  /// A number that the head has in a row of them.
  Value ofHead(KernelWriter &w, Value numbers, Value head, Value row) {
    return splat(w, w.at(numbers, w.mul(w.add(w.mul(row, heads), head), 4)));
  }
  /// softplus(dt + bias).
  Value timeStep(KernelWriter &w, Value head, Value row);

  const int64_t heads, size, width, groups; // size is N, width is P
  const int64_t columns, lanes;             // columns of the input
  int64_t together;                         // parts of a row of the state: their sums stay in registers
  // Of the tile being written:
  Value headState, headOffset, group; // group: how far that of the head is from the first, in bytes
  Value decay;

private:
  struct Operands {
    Value input, dt, rows;
  };
  struct Symbols {
    mlir::FlatSymbolRefAttr state, decay, bias;
  };
  RecurrenceKernel(mlir::OpBuilder &b, vexec::KernelOp kernel, Operands operands, Symbols symbols, int64_t groups, int64_t most);
  void writeTile(KernelWriter &w, Value tile);

  mlir::OpBuilder &b;
  vexec::KernelOp kernel;
  const Operands operands;
  const Symbols symbols;
  // Of the kernel:
  Value arguments, rowTable, input, dt, output, state, decays, biases;
  Value bias; // of the tile being written
};

} // namespace vspec
#endif
