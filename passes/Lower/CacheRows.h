// Writes one token's keys and values of one head into a KV cache, in the formats of the cache.
#ifndef VSPEC_PASSES_LOWER_CACHEROWS_H
#define VSPEC_PASSES_LOWER_CACHEROWS_H
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/KernelWriter.h"
#include "vspec/Plan/CacheLayout.h"

namespace vspec {

/// The planned layout of a cache. The type's verifier has checked the formats.
CacheLayout cacheLayoutOf(KVCacheType type);

/// The base address and the number of tiles of a slot's share of a cache.
struct CacheShare {
  mlir::Value base, tiles;
};
CacheShare shareOfSlot(KernelWriter &w, mlir::Value state, mlir::Value slot);

/// Where a head's part of tile `tile` begins, its keys first; a ring's tiles repeat.
mlir::Value headTile(KernelWriter &w, const CacheLayout &layout, const CacheShare &share, mlir::Value head, mlir::Value tile);

/// `source`: f32 [head size]; `temporary`: 64-byte aligned scratch of at least head size + 64 bytes. What else lies in
/// the tile keeps its bits.
void emitKeyAppend(KernelWriter &w, const CacheLayout &layout, const CacheShare &share, mlir::Value head, mlir::Value position,
                   mlir::Value source, mlir::Value temporary);
void emitValueAppend(KernelWriter &w, const CacheLayout &layout, const CacheShare &share, mlir::Value head, mlir::Value position,
                     mlir::Value source, mlir::Value temporary);

} // namespace vspec
#endif
