// A launch's activations in the forms that its weights want: f32 rows, int8 codes with their block scales, and the sums that
// biases and minimums need.
#ifndef VSPEC_PASSES_LOWER_ACTIVATIONPANEL_H
#define VSPEC_PASSES_LOWER_ACTIVATIONPANEL_H
#include "passes/Lower/WeightTile.h"
#include <map>

namespace vspec {

/// Rows that one weight multiplies: all of them, or those that chose the same expert.
struct RowGroup {
  mlir::Value first, count;
};

class ActivationPanel {
public:
  /// Rows of `columns` f32; `block` is the activation block. What the integer path reads lies interleaved for passes of `most` rows, a
  /// power of two, and at the end of half as many, down to one: rows far apart are streams of their own, and beside 20 and more of
  /// them the hardware's prefetcher loses the weights.
  ActivationPanel(int64_t columns, int64_t block, int64_t most = 1) : columns(columns), block(block), most(most) {}

  /// Before plan(): what a weight of this form will read, and what it will when its codes are folded.
  void require(const NormalForm &form, bool integers, const std::optional<FoldedCodes> &folded = {});
  /// Takes memory for `rowCapacity` rows, and scratch for one where no weight reads f32.
  void plan(ScratchPlan &panel, ScratchPlan &scratch, int64_t rowCapacity);

  /// Where row `row` of f32 may be made before fill(), with room for its padding.
  mlir::Value floatRow(KernelWriter &w, mlir::Value panel, mlir::Value scratch, mlir::Value row) const;
  /// Makes everything of row `row` from its f32 at `source`, which may be `own`: the row's floatRow(). It is one of the rows `group`,
  /// which take passes of their own.
  void fill(KernelWriter &w, mlir::Value panel, mlir::Value row, const RowGroup &group, mlir::Value source, mlir::Value own) const;
  /// What WeightTile reads in a pass of `count` rows from row `row` on.
  ActivationRows rowsOf(KernelWriter &w, mlir::Value panel, mlir::Value row, int64_t count, const NormalForm &form, bool integers,
                        const std::optional<FoldedCodes> &folded = {}) const;

private:
  struct Part { // of a row's 4-byte numbers, or the codes
    int64_t bytes = 0, offset = 0;
  };
  struct Place { // of a row: the first one of its pass, how many these are, and which of them it is
    mlir::Value first, together, index;
  };
  Place placeOf(KernelWriter &w, mlir::Value row, const RowGroup &group) const;
  void quantize(KernelWriter &w, mlir::Value panel, const Place &place, mlir::Value source) const;
  mlir::Value part(KernelWriter &w, mlir::Value panel, mlir::Value row, const Part &p) const;

  int64_t columns, block, most;
  int64_t paddedColumns = 0;
  bool needsFloats = false, needsCodes = false;
  Part floats, codes, scales;
  std::map<std::pair<int64_t, int64_t>, Part> corrections; // by (flush, bias)
  std::map<int64_t, Part> sums, splitSums, floatSums;      // by flush
};

} // namespace vspec
#endif
