// The state of a softmax over one split of the tokens, and the chain that merges splits in ascending order (docs/Numerics.md).
// Attention merges them where one tile has them all; where they are tiles, parts pass from launch to launch.
#ifndef VSPEC_PASSES_LOWER_ATTENTIONSPLITS_H
#define VSPEC_PASSES_LOWER_ATTENTIONSPLITS_H
#include "passes/Lower/KernelWriter.h"

namespace vspec {

/// f32 [head size + 2] in memory: sums of values, the maximum, the total of the weights.
class SplitRecord {
public:
  explicit SplitRecord(int64_t headSize) : size(headSize) {}
  using Value = mlir::Value;

  int64_t columns() const { return size + 2; }
  int64_t bytes() const { return columns() * 4; }
  Value maximum(KernelWriter &w, Value record) const { return w.load(w.f32(), w.at(record, size * 4)); }
  Value total(KernelWriter &w, Value record) const { return w.load(w.f32(), w.at(record, size * 4 + 4)); }

  /// What merges with a split to that split, bit for bit.
  void clear(KernelWriter &w, Value record) const;
  void write(KernelWriter &w, Value record, Value maximum, Value total, Value sums) const;
  /// Merges the split behind those in the record into it.
  void merge(KernelWriter &w, Value record, Value maximum, Value total, Value sums) const;
  /// sums / total, to f32 [head size] at `output`. A `sink`, the address of a score, joins the total first.
  void writeOutput(KernelWriter &w, Value maximum, Value total, Value sums, Value output, Value sink) const;

private:
  static Value exponential(KernelWriter &w, Value x);
  void writeEnds(KernelWriter &w, Value record, Value maximum, Value total) const;
  int64_t lanes() const;
  int64_t size;
};

} // namespace vspec
#endif
