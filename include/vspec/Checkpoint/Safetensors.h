// Reads safetensors files: https://huggingface.co/docs/safetensors/en/index#format.
#ifndef VSPEC_CHECKPOINT_SAFETENSORS_H
#define VSPEC_CHECKPOINT_SAFETENSORS_H
#include "vspec/Checkpoint/Tensor.h"
#include "vspec/Support/Result.h"

namespace vspec {

struct Safetensors {
  std::vector<std::pair<std::string, std::string>> metadata; // what "__metadata__" says
  std::vector<Tensor> tensors;                               // in the order of their bytes
};

/// `bytes` is the whole file and must outlive the result, which points into it; `file` is what errors name. As the format
/// demands, the tensors' bytes must follow each other without overlap or hole up to the end of the file.
Result<Safetensors> parseSafetensors(std::string_view bytes, const std::string &file);

} // namespace vspec
#endif
