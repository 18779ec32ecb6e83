// Reads rows of a weight's source: blocks of a checkpoint's tensor, in the order that the recipe wants, a matrix of a quantised
// checkpoint, or random numbers.
#ifndef VSPEC_PASSES_EMIT_ROWSOURCE_H
#define VSPEC_PASSES_EMIT_ROWSOURCE_H
#include "dialects/VSpec/VSpec.h"
#include "vspec/Checkpoint/Checkpoint.h"
#include "vspec/Quant/BlockFormat.h"
#include "vspec/Quant/Codec.h"
#include "vspec/Quantised/QuantisedMatrix.h"

namespace vspec {

class RowSource {
public:
  static Result<RowSource> create(WeightOp weight, const Checkpoint *checkpoint);

  int64_t rows, columns;
  /// The number that multiplies the whole weight; 1 if there is none.
  float factor = 1;
  /// Whether values are more than the stored numbers times the factor, in the order of `coded`.
  bool isRearranged() const { return headColumns != 0 || isLessOne; }
  /// Format of the stored blocks; none of random numbers.
  std::optional<Format> stored;

  /// Rows [first, first + count) as stored codes and numbers.
  Result<CodedRows> coded(int64_t first, int64_t count) const;
  /// The same as f32 [count][columns], times the factor.
  Result<std::vector<float>> values(int64_t first, int64_t count) const;

private:
  Result<bool> openQuantised(const Checkpoint &checkpoint, const std::string &name);

  const Tensor *tensor = nullptr;
  std::optional<QuantisedMatrix> matrix; // of a quantised checkpoint, instead of one tensor
  std::string encoding;                  // of the tensor
  bool isPart = false;                   // of a tensor with more rows
  int64_t firstRow = 0;                  // of them; of a vector: its first column
  bool isLessOne = false;                // stored so
  int64_t headRows = 0;                  // of a head whose rows are put back; 0: as they are
  int64_t headColumns = 0;               // the same for the columns of a bias
  uint64_t seed = 0;                     // of random numbers
  bool isVector = false;                 // random vectors are ones: gains
};

} // namespace vspec
#endif
