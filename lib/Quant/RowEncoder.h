// The encoder behind Codec::encode.
#ifndef VSPEC_LIB_QUANT_ROWENCODER_H
#define VSPEC_LIB_QUANT_ROWENCODER_H
#include "vspec/Quant/Codec.h"

namespace vspec {

/// As Codec::encode.
Result<CodedRows> encodeRows(const Codec &codec, const float *weights, int64_t rows, int64_t columns, const TensorRange &range,
                             int64_t firstRow);

} // namespace vspec
#endif
