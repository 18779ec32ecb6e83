// Weights as GGUF files hold them: rows of blocks, each with its codes and numbers side by side. Decoded to coded rows, bit
// for bit: the codec then gives the same f32 as ggml's own dequantize functions.
#ifndef VSPEC_QUANT_BLOCKFORMAT_H
#define VSPEC_QUANT_BLOCKFORMAT_H
#include "vspec/Quant/CodedRows.h"
#include "vspec/Quant/Format.h"
#include <string_view>

namespace vspec {

/// A line of the table in BlockFormat.cpp.
struct BlockFormat {
  const char *name; // of the block layout and, where `text` does not say it, of its Format
  unsigned columns; // of a block
  unsigned bytes;
  /// Into row `row`, from column `column` on.
  void (*decode)(const uint8_t *block, CodedRows &into, int64_t row, int64_t column);
  const char *text = nullptr; // ggml's nvfp4 has its tensor's scale in a tensor of its own
};

/// The blocks of f32, f16, bf16, q8_0, q4_k (q4_K), ...; nullptr if there are none of this name.
const BlockFormat *findBlockFormat(std::string_view name);

/// What weights in these blocks, or in those of a decoder of that name, are. An error names what there is.
Result<Format> blockFormat(std::string_view name);

/// Bytes of a row; the columns must be whole blocks.
Result<int64_t> blocksBytes(std::string_view name, int64_t columns);

/// Coded rows in the normal form of the format of that name; a decoder's blocks stay bytes. `byteCount` must be rows * blocksBytes(name, columns).
Result<CodedRows> decodeBlocks(std::string_view name, const uint8_t *bytes, int64_t byteCount, int64_t rows, int64_t columns);

} // namespace vspec
#endif
