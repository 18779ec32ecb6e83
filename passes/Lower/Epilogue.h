// What follows a tile's numbers, row by row: sums, gates, norms, turns, appends to the cache. Behind linears the tile is some columns of
// a row; a launch without linears has whole rows.
#ifndef VSPEC_PASSES_LOWER_EPILOGUE_H
#define VSPEC_PASSES_LOWER_EPILOGUE_H
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/BuildKernel.h"
#include "llvm/ADT/MapVector.h"

namespace vspec {

/// Of all but clamped_swish, which bounds its other input too.
mlir::Value emitActivation(KernelWriter &w, Activation activation, mlir::Value x);
/// How many parts of a row a norm takes by themselves; 0 of what is no norm.
int64_t headsOfNorm(mlir::Operation *op);
/// Norms `count` columns in parts of `size`; the first is column `firstColumn` of the row.
void emitNorm(KernelWriter &w, mlir::Operation *op, const KernelOperands &operands, mlir::Value from, mlir::Value to, int64_t size,
              mlir::Value count, mlir::Value firstColumn);

class Epilogue {
public:
  explicit Epilogue(vexec::KernelOp kernel);

  /// Emits an error at an operation that no kernel computes.
  mlir::LogicalResult verify();

  /// Takes memory for the angles of so many rows, and scratch for what does not leave the launch: `width` columns each.
  void plan(ScratchPlan &scratch, ScratchPlan &angles, llvm::ArrayRef<mlir::Operation *> operations, int64_t rows, int64_t width);

  /// What a function of the kernel starts with; the calls below write into it.
  void enter(mlir::Value scratch, mlir::Value angles, const KernelOperands &operands) {
    this->scratch = scratch, this->angles = angles, this->operands = &operands;
  }
  bool hasAngles() const { return !ropes.empty(); }
  /// cos and sin of the angles of a row, for all heads, as the tables' row `index`.
  void writeAngles(KernelWriter &w, mlir::Value row, mlir::Value index);

  /// Columns [firstColumn, firstColumn + count) of a row; `count` is empty for all columns of each operation. `index`: of its angles.
  struct Tile {
    mlir::Value row, index, firstColumn, count;
    int64_t lanes; // divides count and firstColumn; of whole rows: 16
    // Behind experts a row has so many parts, and `row` counts these: this one was made by `expert`.
    int64_t choices = 1;
    mlir::Value expert = {};
  };
  using Places = llvm::DenseMap<mlir::Value, mlir::Value>;
  /// All operations that depend on the values in `places`, which tells where the tile's columns of a value lie.
  void write(KernelWriter &w, Places &places, const Tile &tile);
  /// The address of the tile's columns of a result of the launch.
  mlir::Value resultPlace(KernelWriter &w, mlir::Value result, const Tile &tile);

private:
  mlir::Value input(KernelWriter &w, const Places &places, mlir::Value value, const Tile &tile);
  mlir::Value output(KernelWriter &w, Places &places, mlir::Value result, const Tile &tile);
  void writeOperation(KernelWriter &w, Places &places, mlir::Operation &op, const Tile &tile);
  void writeCombine(KernelWriter &w, CombineOp combine, mlir::Value from, mlir::Value to, const Tile &tile);
  void writeWeightedSum(KernelWriter &w, WeightedSumOp op, Places &places, mlir::Value count, const Tile &tile);
  void writeOfWholeRow(KernelWriter &w, mlir::Operation &op, mlir::Value from, Places &places, const Tile &tile);
  mlir::Value computed(KernelWriter &w, mlir::Operation &op, llvm::ArrayRef<mlir::Value> x);
  void writeRope(KernelWriter &w, RopeOp rope, mlir::Value from, mlir::Value to, mlir::Value index, mlir::Value count);
  void writeAppend(KernelWriter &w, KVAppendOp append, bool isKey, mlir::Value from, const Tile &tile);

  mlir::func::FuncOp body;
  llvm::DenseMap<mlir::Value, int64_t> temporaries;           // scratch, f32 [width]
  using Angles = std::pair<mlir::Attribute, mlir::Attribute>; // frequencies, factor
  llvm::MapVector<Angles, std::pair<RopeOp, int64_t>> ropes;  // of the angles' memory, f32 [rows][2][frequencies]
  int64_t appendTemporary = 0;
  mlir::Value scratch, angles;
  const KernelOperands *operands = nullptr;
};

} // namespace vspec
#endif
