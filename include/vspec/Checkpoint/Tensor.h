// A tensor of a checkpoint: what it is called and where its bytes lie.
#ifndef VSPEC_CHECKPOINT_TENSOR_H
#define VSPEC_CHECKPOINT_TENSOR_H
#include "vspec/Checkpoint/Encoding.h"

namespace vspec {

struct Tensor {
  std::string name;
  Encoding encoding;
  /// Outer to inner, as NumPy says it: [rows, columns] for a matrix. Empty for a single number. (GGUF files store the
  /// reverse.) Blocks run along the last dimension.
  std::vector<int64_t> shape;
  /// All of its bytes, inside the mapping of the file. Not aligned for wider reads in safetensors files.
  const uint8_t *data;
  uint64_t bytes;
  uint64_t offset;     // of `data` in the file
  uint32_t source = 0; // which of the checkpoint's sources() the file is

  int64_t elements() const {
    int64_t product = 1;
    for (int64_t extent : shape)
      product *= extent;
    return product;
  }
};

} // namespace vspec
#endif
