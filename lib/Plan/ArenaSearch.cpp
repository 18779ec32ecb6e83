#include "ArenaSearch.h"
#include <algorithm>
#include <numeric>

namespace vspec {
namespace {

constexpr uint64_t notPlaced = ~uint64_t(0);
constexpr uint64_t improvementWork = 1500000; // conflicts looked at; about 20 ms

enum class Fit { Lowest, Tightest };

uint64_t topOf(const ArenaShapes &shapes, uint32_t shape, uint64_t offset) { return offset + shapes.shapes[shape].bytes; }

// The offsets that one shape may not have: it would overlap a placed shape that is needed at the same time.
struct Forbidden {
  uint64_t begin, end; // half open
};

// Walks the free offsets of one shape upwards. Lowest takes the first; Tightest the one with the least room above it, but
// nothing above the arena's present top if there is room below.
uint64_t fit(const ArenaShapes &shapes, uint32_t shape, const std::vector<uint64_t> &offsets, Fit rule, std::vector<Forbidden> &forbidden) {
  forbidden.clear();
  for (const ArenaConflict &conflict : shapes.conflicts[shape]) {
    uint64_t other = offsets[conflict.other];
    if (other != notPlaced)
      forbidden.push_back({other >= conflict.bytes ? other - conflict.bytes + 1 : 0, other + conflict.otherBytes});
  }
  std::sort(forbidden.begin(), forbidden.end(), [](const Forbidden &a, const Forbidden &b) { return a.begin < b.begin; });
  uint64_t offset = 0, best = notPlaced, leastRoom = notPlaced;
  for (const Forbidden &range : forbidden) {
    if (range.begin > offset) {
      if (rule == Fit::Lowest)
        return offset;
      if (range.begin - offset < leastRoom) {
        best = offset;
        leastRoom = range.begin - offset;
      }
    }
    if (range.end > offset)
      offset = alignUp(range.end, shapes.shapes[shape].alignment);
  }
  return best != notPlaced ? best : offset;
}

ArenaPlacement placeInOrder(const ArenaShapes &shapes, const std::vector<uint32_t> &order, Fit rule) {
  ArenaPlacement placement{std::vector<uint64_t>(order.size(), notPlaced), 0};
  std::vector<Forbidden> forbidden;
  for (uint32_t shape : order) {
    uint64_t offset = fit(shapes, shape, placement.offsets, rule, forbidden);
    placement.offsets[shape] = offset;
    placement.bytes = std::max(placement.bytes, topOf(shapes, shape, offset));
  }
  return placement;
}

// Orders that do well on different inputs: large first, long first, large areas first, and in the order of the launches.
std::vector<std::vector<uint32_t>> greedyOrders(const ArenaShapes &shapes) {
  std::vector<uint32_t> inTime(shapes.shapes.size());
  std::iota(inTime.begin(), inTime.end(), 0);
  auto sorted = [&](auto key) {
    std::vector<uint32_t> order = inTime;
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      auto first = key(shapes.shapes[a]), second = key(shapes.shapes[b]);
      return first != second ? first > second : a < b;
    });
    return order;
  };
  auto launches = [](const ArenaShape &shape) { return shape.lastLaunch - shape.firstLaunch; };
  return {sorted([](const ArenaShape &shape) { return shape.bytes; }),
          sorted([](const ArenaShape &shape) { return shape.area; }),
          sorted(launches),
          sorted([&](const ArenaShape &shape) { return std::make_pair(launches(shape), shape.bytes); }),
          sorted([](const ArenaShape &shape) { return ~shape.firstLaunch; }),
          sorted([](const ArenaShape &shape) { return shape.lastLaunch; })};
}

// Random numbers that are the same everywhere (Steele and Vigna's SplitMix64).
struct Dice {
  uint64_t state;
  uint32_t below(size_t count) {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) % count;
  }
};

// Places a shape that reaches the top earlier, and again: what is placed early lies low.
void improve(const ArenaShapes &shapes, uint64_t enoughBytes, std::vector<uint32_t> order, ArenaPlacement &best) {
  uint64_t conflicts = order.size();
  for (const auto &list : shapes.conflicts)
    conflicts += list.size();
  Dice dice{1};
  ArenaPlacement current = best;
  for (uint64_t work = 0; work < improvementWork && best.bytes > enoughBytes; work += conflicts) {
    std::vector<uint32_t> atTop, changed = order;
    for (uint32_t at = 1; at < order.size(); ++at)
      if (topOf(shapes, order[at], current.offsets[order[at]]) == current.bytes)
        atTop.push_back(at);
    if (atTop.empty())
      atTop.push_back(dice.below(order.size()));
    uint32_t from = atTop[dice.below(atTop.size())], to = dice.below(from + 1);
    std::rotate(changed.begin() + to, changed.begin() + from, changed.begin() + from + 1);
    if (dice.below(2)) // leaves orders that no single move improves
      std::swap(changed[dice.below(changed.size())], changed[dice.below(changed.size())]);
    ArenaPlacement placement = placeInOrder(shapes, changed, Fit::Lowest);
    if (placement.bytes > current.bytes)
      continue;
    order = std::move(changed);
    current = std::move(placement);
    if (current.bytes < best.bytes)
      best = current;
  }
}

// All placements in which every shape lies on one below it or at the bottom, built upwards: some smallest one is among them,
// since pushing shapes down never raises the top.
struct ExhaustiveSearch {
  const ArenaShapes &shapes;
  uint64_t enoughBytes;
  uint64_t &steps;
  ArenaPlacement best;
  ArenaPlacement current;

  void placeNext(uint32_t placed, uint64_t lowest, uint32_t last) {
    if (placed == shapes.shapes.size()) {
      if (current.bytes < best.bytes)
        best = current;
      return;
    }
    for (uint32_t shape = 0; shape < shapes.shapes.size() && steps && best.bytes > enoughBytes; ++shape) {
      if (current.offsets[shape] != notPlaced)
        continue;
      --steps;
      uint64_t offset = restingOffset(shape);
      uint64_t top = std::max(current.bytes, topOf(shapes, shape, offset));
      if (offset < lowest || (offset == lowest && placed && shape < last) || top >= best.bytes)
        continue;
      uint64_t before = current.bytes;
      current.offsets[shape] = offset;
      current.bytes = top;
      placeNext(placed + 1, offset, shape);
      current.offsets[shape] = notPlaced;
      current.bytes = before;
    }
  }

  uint64_t restingOffset(uint32_t shape) const {
    uint64_t offset = 0;
    for (const ArenaConflict &conflict : shapes.conflicts[shape])
      if (current.offsets[conflict.other] != notPlaced)
        offset = std::max(offset, current.offsets[conflict.other] + conflict.otherBytes);
    return alignUp(offset, shapes.shapes[shape].alignment);
  }
};

} // namespace

ArenaPlacement placeGreedily(const ArenaShapes &shapes, uint64_t enoughBytes) {
  ArenaPlacement best;
  std::vector<uint32_t> bestOrder;
  for (const std::vector<uint32_t> &order : greedyOrders(shapes))
    for (Fit rule : {Fit::Lowest, Fit::Tightest}) {
      ArenaPlacement placement = placeInOrder(shapes, order, rule);
      if (placement.bytes >= best.bytes)
        continue;
      best = std::move(placement);
      bestOrder = order;
    }
  if (best.bytes > enoughBytes && shapes.shapes.size() > 1)
    improve(shapes, enoughBytes, bestOrder, best);
  return best;
}

ArenaPlacement placeExhaustively(const ArenaShapes &shapes, uint64_t enoughBytes, ArenaPlacement start, uint64_t &steps) {
  ArenaPlacement none{std::vector<uint64_t>(shapes.shapes.size(), notPlaced), 0};
  ExhaustiveSearch search{shapes, enoughBytes, steps, std::move(start), std::move(none)};
  search.placeNext(0, 0, 0);
  return std::move(search.best);
}

} // namespace vspec
