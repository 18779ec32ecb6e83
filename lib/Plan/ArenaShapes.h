// What the search for an arena plan moves: shapes. A shape is one buffer, or several that share an offset because each
// overwrites the one before it in place.
#ifndef VSPEC_LIB_PLAN_ARENASHAPES_H
#define VSPEC_LIB_PLAN_ARENASHAPES_H
#include "vspec/Plan/ArenaPlanner.h"

namespace vspec {

struct ArenaShape {
  std::vector<uint32_t> members; // indices of buffers with bytes; no two are needed by the same launch but by reuse
  uint64_t alignment = 1;        // the largest of the members
  uint64_t area = 0;             // bytes times launches, summed over the members; saturates
  uint64_t bytes = 0;            // of the largest member
  uint32_t firstLaunch = 0, lastLaunch = 0;
};

/// Members of two shapes that are needed by a common launch.
struct ArenaConflict {
  uint32_t other;             // shape
  uint64_t bytes, otherBytes; // of the two members
};

struct ArenaShapes {
  std::vector<ArenaShape> shapes;
  std::vector<std::vector<ArenaConflict>> conflicts; // of each shape
};

/// Joins buffers whose entry in `tied` is set with the buffer that they may reuse. A tie that does not hold, because another
/// member is still needed, is left out.
ArenaShapes arenaShapes(const std::vector<ArenaBuffer> &buffers, const std::vector<bool> &tied);

/// The buffers that may be tied: those with a `mayReuse` and bytes.
std::vector<uint32_t> arenaTies(const std::vector<ArenaBuffer> &buffers);

/// Whether some launch needs both.
inline bool liveTogether(const ArenaBuffer &a, const ArenaBuffer &b) {
  return a.firstLaunch <= b.lastLaunch && b.firstLaunch <= a.lastLaunch;
}

/// The next multiple of a power of two.
inline uint64_t alignUp(uint64_t value, uint64_t alignment) { return (value + alignment - 1) & ~(alignment - 1); }

} // namespace vspec
#endif
