// The rows of a weight, wherever they come from: one source, or one for each matrix of a stack, or, of a weight of one row, for each
// part of it.
#ifndef VSPEC_PASSES_EMIT_STACKSOURCE_H
#define VSPEC_PASSES_EMIT_STACKSOURCE_H
#include "passes/Emit/RowSource.h"

namespace vspec {

class StackSource {
public:
  /// All sources are stored in the same format.
  static Result<StackSource> create(WeightOp weight, const Checkpoint *checkpoint);

  int64_t rows() const { return isRow ? 1 : int64_t(sources.size()) * sources[0].rows; }
  int64_t columns() const { return isRow ? int64_t(sources.size()) * sources[0].columns : sources[0].columns; }
  float factor() const { return sources[0].factor; }
  bool isChanged() const { return sources[0].isChanged(); }
  const std::optional<Format> &stored() const { return sources[0].stored; }

  /// As RowSource has them; the rows must be of one matrix.
  Result<CodedRows> coded(int64_t first, int64_t count) const;
  Result<std::vector<float>> values(int64_t first, int64_t count) const;

private:
  std::vector<RowSource> sources; // of equal size, one below the other, or beside it
  bool isRow = false;
};

} // namespace vspec
#endif
