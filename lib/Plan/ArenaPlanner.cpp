#include "vspec/Plan/ArenaPlanner.h"
#include "ArenaSearch.h"
#include "ArenaShapes.h"
#include <algorithm>
#include <map>

namespace vspec {

constexpr size_t exhaustiveShapes = 12;
constexpr uint64_t exhaustiveSteps = 2000000; // about 100 ms

static Error refuse(size_t index, const std::string &what) { return Error{"arena buffer " + std::to_string(index) + ": " + what}; }

static Result<void> checkReuse(const std::vector<ArenaBuffer> &buffers, size_t i) {
  const ArenaBuffer &buffer = buffers[i];
  size_t reused = *buffer.mayReuse;
  if (reused >= buffers.size())
    return refuse(i, "reuses buffer " + std::to_string(reused) + ", but there are only " + std::to_string(buffers.size()));
  if (reused == i)
    return refuse(i, "reuses itself");
  const ArenaBuffer &other = buffers[reused];
  if (other.lastLaunch != buffer.firstLaunch)
    return refuse(i, "is first written by launch " + std::to_string(buffer.firstLaunch) + ", but the buffer it reuses, " +
                         std::to_string(reused) + ", is last read by launch " + std::to_string(other.lastLaunch));
  if (buffer.bytes > other.bytes)
    return refuse(i, "has " + std::to_string(buffer.bytes) + " bytes, but the buffer it reuses, " + std::to_string(reused) + ", only " +
                         std::to_string(other.bytes));
  return {};
}

static Result<void> checkBuffers(const std::vector<ArenaBuffer> &buffers) {
  uint64_t most = uint64_t(1) << 63, total = 0;
  if (buffers.size() > ~0u / 2)
    return Error{"an arena of " + std::to_string(buffers.size()) + " buffers, expected less than 2^31"};
  for (size_t i = 0; i < buffers.size(); ++i) {
    const ArenaBuffer &buffer = buffers[i];
    if (buffer.firstLaunch > buffer.lastLaunch)
      return refuse(i, "is needed from launch " + std::to_string(buffer.firstLaunch) + " to the earlier launch " +
                           std::to_string(buffer.lastLaunch));
    if (!buffer.alignment || buffer.alignment & (buffer.alignment - 1))
      return refuse(i, "has alignment " + std::to_string(buffer.alignment) + ", expected a power of two");
    // With the padding in front of each buffer: then no sum below can overflow.
    if (__builtin_add_overflow(total, buffer.bytes, &total) || __builtin_add_overflow(total, buffer.alignment, &total) || total >= most)
      return refuse(i, "all buffers up to this one have 2^63 bytes or more together");
    if (!buffer.mayReuse)
      continue;
    if (Result<void> reuse = checkReuse(buffers, i); !reuse)
      return reuse;
  }
  return {};
}

uint64_t arenaLowerBound(const std::vector<ArenaBuffer> &buffers) {
  // Of those that may overwrite one buffer, only one can: the largest saves the most.
  std::map<uint32_t, uint64_t> saved;
  for (const ArenaBuffer &buffer : buffers)
    if (buffer.mayReuse)
      saved[*buffer.mayReuse] = std::max(saved[*buffer.mayReuse], buffer.bytes);
  struct Change {
    uint64_t born = 0, dead = 0; // bytes, before and after the launch
    uint64_t reused = 0;         // bytes counted twice during it
  };
  std::map<uint64_t, Change> launches;
  for (uint32_t i = 0; i < buffers.size(); ++i) {
    launches[buffers[i].firstLaunch].born += buffers[i].bytes;
    launches[buffers[i].lastLaunch].dead += buffers[i].bytes;
    if (auto found = saved.find(i); found != saved.end())
      launches[buffers[i].lastLaunch].reused += found->second;
  }
  uint64_t live = 0, most = 0;
  for (const auto &[launch, change] : launches) {
    live += change.born;
    most = std::max(most, live - change.reused);
    live -= change.dead;
  }
  return most;
}

// Calls `visit` with the choices of ties worth trying: all, none, and every other one if there are few.
template <typename Visit> static void forEachTying(const std::vector<ArenaBuffer> &buffers, Visit visit) {
  std::vector<uint32_t> ties = arenaTies(buffers);
  auto choose = [&](uint64_t bits) {
    std::vector<bool> tied(buffers.size());
    for (size_t i = 0; i < ties.size(); ++i)
      tied[ties[i]] = i >= 64 ? bits != 0 : bits >> i & 1;
    visit(tied);
  };
  choose(~uint64_t(0));
  if (ties.empty())
    return;
  choose(0);
  if (ties.size() <= 6)
    for (uint64_t bits = (uint64_t(1) << ties.size()) - 2; bits; --bits)
      choose(bits);
}

static ArenaPlacement place(const ArenaShapes &shapes, uint64_t lowerBound, uint64_t &steps) {
  if (shapes.shapes.size() <= exhaustiveShapes && steps) {
    constexpr uint64_t anything = ~uint64_t(0); // the search needs a start, not a good one
    ArenaPlacement placement = placeExhaustively(shapes, lowerBound, placeGreedily(shapes, anything), steps);
    if (steps)
      return placement;
  }
  return placeGreedily(shapes, lowerBound);
}

Result<ArenaPlan> planArena(const std::vector<ArenaBuffer> &buffers) {
  if (Result<void> checked = checkBuffers(buffers); !checked)
    return checked.error();
  ArenaPlan plan;
  plan.lowerBound = arenaLowerBound(buffers);
  plan.offsets.assign(buffers.size(), 0);
  plan.bytes = ~uint64_t(0);
  uint64_t steps = exhaustiveSteps;
  forEachTying(buffers, [&](const std::vector<bool> &tied) {
    if (plan.bytes <= plan.lowerBound)
      return;
    ArenaShapes shapes = arenaShapes(buffers, tied);
    ArenaPlacement placement = place(shapes, plan.lowerBound, steps);
    if (placement.bytes >= plan.bytes)
      return;
    plan.bytes = placement.bytes;
    for (size_t shape = 0; shape < shapes.shapes.size(); ++shape)
      for (uint32_t member : shapes.shapes[shape].members)
        plan.offsets[member] = placement.offsets[shape];
  });
  return plan;
}

} // namespace vspec
