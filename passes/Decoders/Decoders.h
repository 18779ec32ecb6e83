// The decoders that the compiler knows: ggml's iq types, and what users bring. No MLIR in this header.
#ifndef VSPEC_PASSES_DECODERS_DECODERS_H
#define VSPEC_PASSES_DECODERS_DECODERS_H
#include "vspec/Support/Result.h"
#include <string>

namespace vspec {

/// Those that come with the compiler, one file of this folder each. Once is enough, more do no harm.
void addBuiltInDecoders();

/// The decoder of a file of MLIR text: --format-library FILE. Its blocks may also lie in GGUF files, if it says their type's number.
Result<void> loadDecoder(const std::string &path);

} // namespace vspec
#endif
