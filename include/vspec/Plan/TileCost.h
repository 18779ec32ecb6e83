// What a launch costs one worker, and how many of its tiles are worth taking at once.
//
// A tile is as small as a kernel allows, so that many workers share a launch evenly. But work that passes to another processor
// costs the way of two cache lines, there and back: a launch of less than that is done sooner by one worker. So tiles are
// taken by the unit, decided for each step from bytes alone, which the runtime knows.
//
//   launch                         bytes    rows  alone      unit
//   64 x 64, int4                  2304     1     0.15 us    all 4 tiles
//   2048 x 2048, int4              2.4 MB   1     73 us      1 of 128
//   64 x 64, int4, in a prefill    2304     256   6.0 us     1
//
// The numbers are of one machine, and right within a factor of three there; test/bench/tile-cost.py compares them with what
// a model takes here.
#ifndef VSPEC_PLAN_TILECOST_H
#define VSPEC_PLAN_TILECOST_H
#include <algorithm>
#include <cstdint>

namespace vspec {

/// What a launch is priced by: one of these.
struct LaunchBytes {
  uint64_t weights = 0; // or recurrent state
  uint64_t token = 0;   // keys and values of a token: of attention only
  uint64_t row = 0;     // buffers for each row: of what has hardly any weights
};

/// Of all that a launch touches. What has more weights than a token has bytes only appends to a state; attention may have sinks, and
/// a merge of its splits, or a norm, a few weights beside longer rows.
inline LaunchBytes pricedBytes(const LaunchBytes &touched) {
  if (touched.token > touched.weights)
    return {0, touched.token, 0};
  if (touched.row > touched.weights)
    return {0, 0, touched.row};
  return {touched.weights, 0, 0};
}

/// Nanoseconds of one worker. Weights come from memory or a cache once and are multiplied once for each row, buffers are read for
/// each row; attention is bound by its arithmetic from the first row on.
inline double launchNanoseconds(const LaunchBytes &bytes, uint32_t tiles, double rows, double tokens) {
  constexpr double tile = 20, read = 0.03, multiplyRow = 0.01, attend = 0.1;
  return tile * tiles + double(bytes.weights) * (read + multiplyRow * (rows - 1)) + double(bytes.row) * read * rows +
         double(bytes.token) * attend * rows * tokens;
}

constexpr double sharingNanoseconds = 1000; // what it costs to share a launch

/// Tiles to take at once of a launch that takes one worker so long: 1 to all.
inline uint32_t tilesTogether(uint32_t tiles, double nanoseconds) {
  constexpr double take = 200; // what taking some tiles shall be worth
  if (nanoseconds < sharingNanoseconds)
    return tiles;
  return std::clamp(uint32_t(take * tiles / nanoseconds), 1u, tiles);
}

/// Nanoseconds of one worker for the rows that a prologue prepares, of so many bytes each.
inline double prepareNanoseconds(double bytesOfRow, uint32_t rows) {
  constexpr double prepare = 0.2; // 2048 int8 activations with what belongs to them: 2560 bytes, 500 ns
  return prepare * bytesOfRow * rows;
}

/// Whether rows are prepared by all workers together, in a launch of its own, or by each for itself.
inline bool sharesPanel(double bytesOfRow, uint32_t rows, unsigned workers) {
  return prepareNanoseconds(bytesOfRow, rows - (rows + workers - 1) / workers) > sharingNanoseconds;
}

} // namespace vspec
#endif
