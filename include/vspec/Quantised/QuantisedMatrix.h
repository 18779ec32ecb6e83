// A matrix that a checkpoint holds in several tensors: packed codes, scales, zero points, an order of columns.
#ifndef VSPEC_QUANTISED_QUANTISEDMATRIX_H
#define VSPEC_QUANTISED_QUANTISEDMATRIX_H
#include "vspec/Checkpoint/Tensor.h"
#include "vspec/Quant/CodedRows.h"
#include "vspec/Quant/Format.h"
#include <functional>

namespace vspec {

/// Sizes of all parts were checked when it was made: reading rows cannot leave their bytes.
struct QuantisedMatrix {
  int64_t rows = 0, columns = 0;
  Format format;
  std::vector<const Tensor *> parts; // the tensors that it consists of
  /// Column i of the codes is column order[i] of the matrix, so that the columns of a group are neighbours (act-order). Empty:
  /// as they are.
  std::vector<uint32_t> order;
  /// Fills rows [first, first + into.rows) of the matrix, in the normal form of the format.
  std::function<Result<void>(int64_t first, const NormalForm &form, CodedRows &into)> fill;

  Result<CodedRows> coded(int64_t first, int64_t count) const;
};

} // namespace vspec
#endif
