// The other parts of a split GGUF file.
#ifndef VSPEC_LIB_CHECKPOINT_SPLITGGUF_H
#define VSPEC_LIB_CHECKPOINT_SPLITGGUF_H
#include "vspec/Checkpoint/Gguf.h"
#include "vspec/Support/MappedFile.h"

namespace vspec {

/// How many parts the metadata speaks of; 0 or 1: the file is whole.
Result<int64_t> splitCount(const GgufMetadata &metadata);

struct SplitPart {
  MappedFile file;
  std::vector<Tensor> tensors; // their data lies in `file`
};

/// Parts 2 to `count` of a file whose first part is `first`, found by name beside it. Refused are another part than the first, a part that
/// is missing or says another number, count or metadata, and tensors that stand twice or are not as many as promised.
Result<std::vector<SplitPart>> openSplitParts(const Gguf &first, int64_t count);

} // namespace vspec
#endif
