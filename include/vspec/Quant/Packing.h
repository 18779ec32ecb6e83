// Puts coded rows into the tiles of a packed layout, and takes them out again. A bijection: what the layout has beyond the
// rows and columns (padding) is zero.
#ifndef VSPEC_QUANT_PACKING_H
#define VSPEC_QUANT_PACKING_H
#include "vspec/Quant/CodedRows.h"
#include "vspec/Quant/PackedLayout.h"

namespace vspec {

/// Packs rows [firstRow, firstRow + 16) of `coded` (fewer at its end) into one tile of layout.tileBytes(coded.columns) bytes.
void packTile(const NormalForm &form, const PackedLayout &layout, const CodedRows &coded, int64_t firstRow, uint8_t *tile);

/// The way back: fills the rows [firstRow, firstRow + 16) that `coded` has. Its sizes are set already.
void unpackTile(const NormalForm &form, const PackedLayout &layout, const uint8_t *tile, int64_t firstRow, CodedRows &coded);

} // namespace vspec
#endif
