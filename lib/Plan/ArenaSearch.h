// The two searches for a small arena: greedy placement in several orders with improvement, and all orders of a few shapes.
#ifndef VSPEC_LIB_PLAN_ARENASEARCH_H
#define VSPEC_LIB_PLAN_ARENASEARCH_H
#include "ArenaShapes.h"

namespace vspec {

/// An offset for each shape.
struct ArenaPlacement {
  std::vector<uint64_t> offsets;
  uint64_t bytes = ~uint64_t(0); // of the arena
};

/// Places the shapes one by one in several orders and keeps the best; then moves shapes that reach the top forward in the
/// order until `enoughBytes` is reached or a fixed amount of work is done.
ArenaPlacement placeGreedily(const ArenaShapes &shapes, uint64_t enoughBytes);

/// The smallest placement, or one no larger than `enoughBytes`. Tries all orders, so the shapes must be few; gives up and
/// returns the best found so far, at most `start`, when `steps` placements have been tried.
ArenaPlacement placeExhaustively(const ArenaShapes &shapes, uint64_t enoughBytes, ArenaPlacement start, uint64_t &steps);

} // namespace vspec
#endif
