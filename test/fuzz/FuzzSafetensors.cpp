// Any bytes are a safetensors file or a refusal; of a file, every tensor can be read to its end.
#include "vspec/Checkpoint/Safetensors.h"
#include "vspec/Support/Quote.h"
#include "vspec/Support/Sha256.h"
#include <cstdlib>

using namespace vspec;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto file = parseSafetensors({reinterpret_cast<const char *>(data), size}, "fuzz.safetensors");
  if (!file)
    return isUtf8(file.error().message) ? 0 : (std::abort(), 0);
  for (const Tensor &tensor : file->tensors)
    if (sha256(tensor.data, tensor.bytes) == Digest{} || tensor.elements() < 0)
      std::abort();
  return 0;
}
