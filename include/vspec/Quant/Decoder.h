// Blocks of bytes that the algebra cannot say, and those who know what they mean. Here is only what formats, packing and the
// reference codec need of them; passes/Decoders makes them from MLIR text.
#ifndef VSPEC_QUANT_DECODER_H
#define VSPEC_QUANT_DECODER_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace vspec {

/// weight = scale * (code - bias)
struct Decoder {
  virtual ~Decoder() = default;
  std::string name;
  unsigned columns = 0, bytes = 0; // of a block
  unsigned group = 0;              // columns that share a scale
  unsigned bias = 0, most = 0;     // codes are 0 to `most`
  std::string writtenOut;          // a format of codes that can say the same weights, at more bits; or nothing

  /// codes: [columns], scales: [columns / group]
  virtual void decode(const uint8_t *block, uint8_t *codes, float *scales) const = 0;
};

/// Made at the first call; nullptr if there is none of this name. From any thread.
const Decoder *findDecoder(std::string_view name);
/// "iq1_m, iq1_s", for error messages.
std::string decoderNames();
/// Known to the whole process from now on; `make` never fails. Refused is a name that is taken.
Result<void> addDecoder(std::string name, std::function<std::unique_ptr<const Decoder>()> make);

} // namespace vspec
#endif
