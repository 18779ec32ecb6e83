// Any bytes are a GGUF file or a refusal; of a file, everything that is pointed at can be read.
#include "vspec/Checkpoint/Gguf.h"
#include "vspec/Support/Quote.h"
#include "vspec/Support/Sha256.h"
#include <cstdlib>

using namespace vspec;

static void visit(const GgufValue &value) {
  value.number();
  value.describe();
  if (auto elements = value.elements())
    for (const GgufValue &element : *elements)
      visit(element);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto gguf = parseGguf({reinterpret_cast<const char *>(data), size}, "fuzz.gguf");
  if (!gguf)
    return isUtf8(gguf.error().message) ? 0 : (std::abort(), 0);
  for (const GgufMetadata::Entry &entry : gguf->metadata.entries())
    if (visit(entry.value); gguf->metadata.strings(entry.key) && gguf->metadata.numbers(entry.key) && entry.value.count > 0)
      std::abort(); // elements cannot be both
  for (const Tensor &tensor : gguf->tensors)
    if (sha256(tensor.data, tensor.bytes) == Digest{} || tensor.elements() < 0)
      std::abort();
  return 0;
}
