// Where every intermediate buffer of a launch list lies in one arena, decided before the model runs.
//
// A buffer is needed from the launch that writes it to the last launch that reads it. Buffers needed by the same launch
// must not overlap; the arena shall be as small as possible. That is the strip packing problem "dynamic storage
// allocation" (Garey and Johnson SR2): no fast exact method is known, so up to a dozen buffers are searched exhaustively,
// and more are placed greedily in several orders, the best of which is improved by moving what reaches the top.
//
// Worked example, sizes in bytes:
//
//   buffer  bytes  launches   plan        offset   launch 0  1  2    with mayReuse(b) = x
//   x         256     0..1    x at   0       256          a  b  b        256      a  .  .
//   a         128     0..0    a at 256         0          x  x  .          0      x  b  b
//   b         256     1..2    b at 256
//
// x and b are both needed by launch 1: 512 bytes. If that launch may write b over x in place, b takes the offset of x, and the
// 384 bytes of launch 0 do.
#ifndef VSPEC_PLAN_ARENAPLANNER_H
#define VSPEC_PLAN_ARENAPLANNER_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <optional>
#include <vector>

namespace vspec {

struct ArenaBuffer {
  uint64_t bytes = 0;
  uint32_t firstLaunch = 0, lastLaunch = 0; // inclusive
  uint64_t alignment = 64;                  // a power of two
  /// Index of a buffer whose last launch is this one's first, and which that launch may overwrite in place: the two may then
  /// have the same offset. Not more bytes than that buffer.
  std::optional<uint32_t> mayReuse = std::nullopt;
};

struct ArenaPlan {
  std::vector<uint64_t> offsets; // of each buffer, in the order given
  uint64_t bytes = 0;            // of the whole arena
  uint64_t lowerBound = 0;       // no plan can be smaller, but the smallest may be larger
};

/// Gives each buffer an offset. The same buffers always give the same plan. Refuses launches that run backwards,
/// alignments that are not powers of two, a `mayReuse` that does not hold, and sizes that do not fit 63 bits together.
Result<ArenaPlan> planArena(const std::vector<ArenaBuffer> &buffers);

/// The most bytes that any one launch needs, with every `mayReuse` taken.
uint64_t arenaLowerBound(const std::vector<ArenaBuffer> &buffers);

} // namespace vspec
#endif
