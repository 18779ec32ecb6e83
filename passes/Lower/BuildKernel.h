// The kernels of the launches: what a body in vspec becomes for the registers of one target. See docs/Numerics.md for the
// chains that they compute, KernelABI.h for how they are called.
#ifndef VSPEC_PASSES_LOWER_BUILDKERNEL_H
#define VSPEC_PASSES_LOWER_BUILDKERNEL_H
#include "dialects/VExec/VExec.h"
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/KernelWriter.h"

namespace vspec {

/// What a kernel is made for. Outputs do not depend on it, only the instructions do.
struct KernelTarget {
  int64_t registerBytes; // 64, 32 or 16
  int64_t integerRows;   // rows of activations in one pass over an integer weight
  int64_t floatRows;     // the same on the float path
  int64_t rowCapacity;   // of the largest variant
  bool foldsScales;      // a dot product of large codes costs no more than one of small codes
};

/// The functions of a kernel being written: the arguments of KernelABI.h.
struct KernelFunctions {
  mlir::func::FuncOp prologue; // or none
  mlir::func::FuncOp tile;
  int64_t scratchBytes = 0, panelBytes = 0;
};

/// One of these for each anchor; rows are for a launch without one. They insert their functions before `kernel`.
mlir::FailureOr<KernelFunctions> buildLinearKernel(mlir::OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target);
mlir::FailureOr<KernelFunctions> buildAttentionKernel(mlir::OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target);
mlir::FailureOr<KernelFunctions> buildRowKernel(mlir::OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target);
mlir::FailureOr<KernelFunctions> buildMergeKernel(mlir::OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target);
mlir::FailureOr<KernelFunctions> buildEmbedKernel(mlir::OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target);
mlir::FailureOr<KernelFunctions> buildRouteKernel(mlir::OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target);
mlir::FailureOr<KernelFunctions> buildConvolutionKernel(mlir::OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target);
mlir::FailureOr<KernelFunctions> buildDeltaKernel(mlir::OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target);
mlir::FailureOr<KernelFunctions> buildGatedLinearKernel(mlir::OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target);
mlir::FailureOr<KernelFunctions> buildSparseLinearKernel(mlir::OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target);
mlir::FailureOr<KernelFunctions> buildScanKernel(mlir::OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target);

/// A function (arguments, operands, scratch, begin, end, panel) with the stack alignment that kernels want.
mlir::func::FuncOp createKernelFunction(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef name);

/// Finds the operands of a kernel in its functions, by the order that `vexec.kernel` documents.
class KernelOperands {
public:
  KernelOperands(vexec::KernelOp kernel, mlir::Value operands) : kernel(kernel), operands(operands) {}
  mlir::Value argument(KernelWriter &w, mlir::Value bodyArgument) const;
  mlir::Value symbol(KernelWriter &w, llvm::StringRef name) const;
  mlir::Value result(KernelWriter &w, unsigned index) const;
  mlir::func::FuncOp body() const;

private:
  mlir::Value at(KernelWriter &w, int64_t index) const;
  vexec::KernelOp kernel;
  mlir::Value operands;
};

// Fields of StepArguments and Row.
mlir::Value stepRows(KernelWriter &w, mlir::Value arguments);
mlir::Value stepPosition(KernelWriter &w, mlir::Value arguments); // the largest
mlir::Value stepSelected(KernelWriter &w, mlir::Value arguments);
enum class RowField { Slot = 0, Position = 4, Token = 8 };
mlir::Value rowField(KernelWriter &w, mlir::Value rows, mlir::Value row, RowField field);

/// The rows [first, end) of a slot, which lie together, and whether they are its session's first.
struct SlotRows {
  mlir::Value first, end, isStart;
};
SlotRows rowsOfSlot(KernelWriter &w, mlir::Value arguments, mlir::Value rows, mlir::Value slot);

/// y = (x * (1 / sqrt(mean of squares + epsilon))) * gain, of `count` f32; without a gain the first product. In place is fine.
void emitRMSNorm(KernelWriter &w, mlir::Value x, mlir::Value y, int64_t count, mlir::Value gain, double epsilon);
/// y = (x - mean) * (1 / sqrt(mean of its squares + epsilon)) * gain + bias, of `count` f32; without a bias nothing is added. In
/// place is fine.
void emitLayerNorm(KernelWriter &w, mlir::Value x, mlir::Value y, int64_t count, mlir::Value gain, mlir::Value bias, double epsilon);
/// y = the sum of the parts of x, `count` f32 each, in ascending order.
void emitSumParts(KernelWriter &w, mlir::Value x, mlir::Value y, int64_t count, int64_t parts);
/// y = max(x - (mean + deviations * deviation), 0), of `count` f32. In place is fine.
void emitExcess(KernelWriter &w, mlir::Value x, mlir::Value y, int64_t count, double deviations);
/// y = x times the ratio of the root mean squares of `like` and x, of `count` f32; that of x is at least the root of epsilon.
void emitMatchMagnitude(KernelWriter &w, mlir::Value x, mlir::Value like, mlir::Value y, int64_t count, double epsilon);
/// Rounds f32 numbers to the nearest bf16, ties to even. In place is fine.
void emitRoundBF16(KernelWriter &w, mlir::Value x, mlir::Value y, int64_t count);
/// y[i] = x[order[i]]; the order is f32, and what is no number of a column counts as 0. y is not x.
void emitPermute(KernelWriter &w, mlir::Value x, mlir::Value order, mlir::Value y, int64_t count);
/// Copies f32 numbers.
void emitCopy(KernelWriter &w, mlir::Value from, mlir::Value to, mlir::Value count, int64_t lanes);

} // namespace vspec
#endif
