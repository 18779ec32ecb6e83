// Reads GGUF files: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
#ifndef VSPEC_CHECKPOINT_GGUF_H
#define VSPEC_CHECKPOINT_GGUF_H
#include "vspec/Checkpoint/GgufMetadata.h"
#include "vspec/Checkpoint/Tensor.h"

namespace vspec {

struct Gguf {
  uint32_t version;   // 2 or 3
  uint64_t alignment; // of the data of each tensor
  GgufMetadata metadata;
  std::vector<Tensor> tensors; // in the order of the file
};

/// `bytes` is the whole file and must outlive the result, which points into it; `file` is what errors name. Refused are,
/// beside files that are cut off: version 1, big-endian files, a key or a tensor that stands twice, text that is not UTF-8,
/// arrays nested deeper than 4, types unknown or removed from ggml, an alignment that is not a power of two of at least 8,
/// tensors with more than 4 dimensions, not aligned, outside the file or overlapping.
Result<Gguf> parseGguf(std::string_view bytes, const std::string &file);

} // namespace vspec
#endif
