// Where keys and values lie in a KV cache. Kernels, planner and tests share it.
//
// A cache is a list of tiles of 64 tokens, so that what a session has used so far is one piece. In a tile comes one head after
// the other, the keys of its 64 tokens before their values:
//   keys           4 tiles of the packed layout "rows16" (PackedLayout.h): 16 tokens are the rows, the head size the columns
//   values, float  [64 tokens][head size], as they are, padded to whole lines
//   values, codes  [groups][64 tokens] scales in f16, then tiles of "rows16" that lie the other way: 16 columns of the head are
//                  the rows, the 64 tokens their k. So a sum over tokens is the integer product of a weight and a row of
//                  activations, once the scales are in the row
#ifndef VSPEC_PLAN_CACHELAYOUT_H
#define VSPEC_PLAN_CACHELAYOUT_H
#include "vspec/Quant/PackedLayout.h"
#include "vspec/Support/Result.h"
#include <string_view>

namespace vspec {

/// f32, f16: elements as they are. int8, int4: biased codes with one f16 scale for each group of a token: of keys the largest
/// of 32, 16, 8 and 4 that divides the head size, of values 32 where it divides it, else 16, and the last group may be short.
Result<NormalForm> keyCacheForm(std::string_view format, int64_t headSize);
Result<NormalForm> valueCacheForm(std::string_view format, int64_t headSize);

struct CacheLayout {
  int64_t heads, headSize;
  NormalForm keyForm, valueForm; // of a token
  NormalForm valueCodes;         // values as a weight over tokens: their codes without scales
  int64_t keyTileBytes;          // of 16 tokens of a head
  int64_t valueGroups;           // scales of a token; 0 if values are floats
  int64_t valueTileBytes;        // of 64 tokens of a head, scales included
  int64_t columnTileBytes;       // of 16 columns and 64 tokens; 0 if values are floats
  static constexpr int64_t tokensPerTile = 64;
  static constexpr int64_t keyTiles = tokensPerTile / tileRows;

  static Result<CacheLayout> create(int64_t heads, int64_t headSize, std::string_view keyFormat, std::string_view valueFormat);
  int64_t valueScaleBytes() const { return valueGroups * tokensPerTile * 2; }
  int64_t columnTiles() const { return (headSize + tileRows - 1) / tileRows; }
  int64_t headBytes() const { return keyTiles * keyTileBytes + valueTileBytes; }
  int64_t bytesPerTile() const { return heads * headBytes(); }
};

} // namespace vspec
#endif
