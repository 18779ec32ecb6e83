// Where keys and values lie in a KV cache. Kernels, planner and tests share it.
//
// A cache is a list of tiles of 16 tokens, so that what a session has used so far is one piece. In a tile come the keys of
// each head, then the values of each head:
//   keys    a tile of the packed layout "rows16" (PackedLayout.h): tokens are its rows, the head size its columns
//   values  [16 tokens][scales f16, then codes], or f32, f16 as they are; padded to whole lines. int4: byte i holds value i
//           in its low half and value i + head size / 2 in its high half
#ifndef VSPEC_PLAN_CACHELAYOUT_H
#define VSPEC_PLAN_CACHELAYOUT_H
#include "vspec/Quant/PackedLayout.h"
#include "vspec/Support/Result.h"
#include <string_view>

namespace vspec {

/// f32, f16: elements as they are. int8, int4: biased codes with one f16 scale for each group of the largest of 32, 16, 8
/// and 4 values that divides the head size.
Result<NormalForm> cacheForm(std::string_view format, int64_t headSize);

struct CacheLayout {
  int64_t heads, headSize;
  NormalForm keyForm, valueForm;
  int64_t keyTileBytes, valueTokenBytes, valueTileBytes;
  static constexpr int64_t tokensPerTile = 16;

  static Result<CacheLayout> create(int64_t heads, int64_t headSize, std::string_view keyFormat, std::string_view valueFormat);
  int64_t bytesPerTile() const { return heads * (keyTileBytes + valueTileBytes); }
};

} // namespace vspec
#endif
