// Matrices of float{2, 1} codes, two in a byte, the earlier one in the lower nibble: NVFP4 and MXFP4 outside of gpt-oss.
#ifndef VSPEC_LIB_QUANTISED_PACKEDFP4_H
#define VSPEC_LIB_QUANTISED_PACKEDFP4_H
#include "Parts.h"

namespace vspec {

/// What a format calls its tensors.
struct PackedFp4Names {
  std::string_view codes;  // [N, K / 2] u8
  std::string_view scales; // [N, K / 16] f8_e4m3, or [N, K / 32] u8 powers of two
  std::string_view global; // one f32, of NVFP4
  bool divides;            // scales are divided by the global one, not multiplied
};
Result<std::optional<QuantisedMatrix>> packedFp4Matrix(const MatrixRequest &request, const PackedFp4Names &names);

} // namespace vspec
#endif
