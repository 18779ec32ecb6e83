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
  /// So many rows and columns of a weight, which come from `name`: its source, or one that is stacked below or put beside it.
  static Result<RowSource> create(WeightOp weight, const std::string &name, int64_t rows, int64_t columns, const Checkpoint *checkpoint);

  int64_t rows, columns;
  /// The number that multiplies the whole weight; 1 if there is none.
  float factor = 1;
  /// Whether values are more than the stored numbers times the factor.
  bool isChanged() const { return isLessOne || isLogarithm; }
  /// Format of the stored blocks; none of random numbers.
  std::optional<Format> stored;

  /// Rows [first, first + count) as stored codes and numbers.
  Result<CodedRows> coded(int64_t first, int64_t count) const;
  /// The same as f32 [count][columns], times the factor.
  Result<std::vector<float>> values(int64_t first, int64_t count) const;

private:
  /// Where rows come from, as a transform says it; of vectors, their columns, counted on from one to the next.
  struct Reordering {
    int64_t count, first, every; // #vspec.take_rows
    int64_t head;                // rows of a head that is put back; 0: this is no #vspec.unpermute_heads
    int64_t operator()(int64_t row) const;
  };

  Result<void> readTransforms(WeightOp weight, const Checkpoint &checkpoint);
  Result<bool> openQuantised(const Checkpoint &checkpoint, llvm::StringRef name);
  int64_t origin(int64_t row) const;
  Result<CodedRows> rowsOfTensor(int64_t first, int64_t count) const;
  Result<CodedRows> rowsOfMatrix(int64_t first, int64_t count) const;

  const Tensor *tensor = nullptr;
  std::vector<float> order;              // of the columns of such a matrix: a vector
  std::optional<QuantisedMatrix> matrix; // of a quantised checkpoint, instead of one tensor
  std::string encoding;                  // of the tensor
  int64_t storedRows = 0, storedColumns = 0;
  int64_t matrices = 1; // in the tensor
  bool isTransposed = false;
  bool isLessOne = false;              // stored so
  bool isLogarithm = false;            // of what is meant, with the other sign
  std::vector<Reordering> reorderings; // in the order of the recipe
  uint64_t seed = 0;                   // of random numbers
  // Or several vectors, one below the other. Random ones are ones: gains, or -1 where they are decays.
  bool isVector = false;
};

} // namespace vspec
#endif
