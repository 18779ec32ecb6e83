// How checkpoints store the numbers of a tensor, known by the names that ggml and safetensors give them. What the bytes of a
// block mean is the format algebra's affair.
#ifndef VSPEC_CHECKPOINT_ENCODING_H
#define VSPEC_CHECKPOINT_ENCODING_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vspec {

// clang-format off
enum class Encoding : uint8_t {
  // of both
  F64, F32, F16, BF16, I64, I32, I16, I8,
  // of ggml: blocks along a row
  Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q8_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, Q8_K,
  IQ2_XXS, IQ2_XS, IQ3_XXS, IQ1_S, IQ4_NL, IQ3_S, IQ2_S, IQ4_XS, IQ1_M, TQ1_0, TQ2_0, MXFP4, NVFP4, Q1_0, Q2_0,
  // of safetensors
  C64, U64, U32, U16, U8, Bool, F8_E5M2, F8_E4M3, F8_E8M0, F8_E4M3FNUZ, F8_E5M2FNUZ, F6_E2M3, F6_E3M2, F4,
  // from here on of decoders that were added
};
// clang-format on

/// Its name in lower case, as ggml writes it: "f32", "q4_0", "q4_K", "iq2_xxs", "f8_e4m3".
const char *encodingName(Encoding encoding);
/// Numbers that share a block, and the bytes of the block. 1 for plain numbers; 2 in 1 byte for F4, 4 in 3 bytes for F6.
unsigned blockElements(Encoding encoding);
unsigned blockBytes(Encoding encoding);

/// Bytes of a tensor of this shape; none if it does not fit in int64 or its numbers do not fill whole blocks.
std::optional<uint64_t> encodedBytes(Encoding encoding, const std::vector<int64_t> &shape);

/// The encoding that GGUF files call `type` (enum ggml_type).
std::optional<Encoding> encodingOfGgml(uint32_t type);
/// What ggml called a type that it has since removed; empty for others. Their sizes are no longer defined.
std::string_view removedGgmlType(uint32_t type);
/// GGUF's `type` is from now on, in this process, what a decoder of that name reads. Refused is a number that has a meaning. Not while
/// others read files.
Result<void> addGgmlEncoding(uint32_t type, std::string name, unsigned blockElements, unsigned blockBytes);
/// The encoding that safetensors files call `dtype`: "F32", "BF16", "F8_E4M3".
std::optional<Encoding> encodingOfSafetensors(std::string_view dtype);

} // namespace vspec
#endif
