// How a fused region is cut into tiles. PlanMemory makes the grid from it, Lower the kernel.
#ifndef VSPEC_PASSES_PLANMEMORY_LAUNCHTILES_H
#define VSPEC_PASSES_PLANMEMORY_LAUNCHTILES_H
#include "dialects/VExec/VExec.h"
#include "dialects/VSpec/VSpec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace vspec {

/// Linears whose outputs meet in an epilogue (gate and up, or one alone): a tile makes the same rows of each.
struct Segment {
  mlir::SmallVector<LinearOp> linears;
  int64_t width = 0; // of each output
  int64_t unit = 0;  // rows of a tile: whole 16 rows and whole heads
  int64_t tiles = 0;
};

/// A launch with linears: all read one prepared row. With routes a row of the step is several rows of the panel, one for each
/// expert that it has chosen, and a tile belongs to one expert: it makes the results of the rows that chose it.
struct LinearLaunch {
  mlir::Value source;                            // the argument that the prologue starts from
  mlir::SmallVector<mlir::Operation *> prologue; // all but quantize, in order
  mlir::Value select;                            // the argument, or nothing
  mlir::Value routes;                            // the argument, or nothing
  int64_t experts = 1, chosen = 1;               // of the routes
  int64_t parts = 1;                             // of the source's rows: one for each choice, or all the same
  mlir::SmallVector<Segment> segments;
  int64_t tiles() const; // of all segments, for one expert
  bool isQuantized(LinearOp linear) const { return linear.getInput().getDefiningOp<QuantizeOp>() != nullptr; }
};

/// The body of a kernel, or a fused region's copy of it, as linears with a prologue and epilogues.
mlir::FailureOr<LinearLaunch> analyzeLinears(mlir::func::FuncOp body);

/// Whether all of it works on whole rows by themselves: norms and epilogues without a linear. Its tiles are rows.
bool isRowLaunch(mlir::func::FuncOp body);

/// Of a causal convolution, in one tile.
constexpr int64_t tileChannels = 64;

/// Rows of the weight in a tile of a gated linear: a few of them are read.
constexpr int64_t tileGates = 64;

/// The grid of a kernel's launch in a variant for at most so many rows.
mlir::FailureOr<vexec::GridAttr> gridOf(mlir::func::FuncOp body, int64_t rowCapacity);

/// Makes each split of the tokens a tile, and merges them in a launch of their own, where a step of so few rows has not many
/// tiles otherwise.
void splitAttention(mlir::func::FuncOp step, const mlir::SymbolTable &symbols, int64_t rowCapacity);

template <typename Op> Op onlyOp(mlir::func::FuncOp body) {
  auto ops = body.getOps<Op>();
  return ops.empty() ? Op() : *ops.begin();
}

} // namespace vspec
#endif
