#include "ArenaShapes.h"
#include <algorithm>
#include <tuple>

namespace vspec {

// Which shape each buffer belongs to: that of the buffer it overwrites, if nothing else in that shape is needed with it.
static std::vector<std::vector<uint32_t>> joinTied(const std::vector<ArenaBuffer> &buffers, const std::vector<bool> &tied) {
  std::vector<std::vector<uint32_t>> groups;
  std::vector<uint32_t> groupOf(buffers.size(), ~0u);
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < buffers.size(); ++i)
    if (buffers[i].bytes)
      order.push_back(i);
  // Whoever is overwritten comes before who overwrites it; of buffers that live in one launch alone, the index decides.
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const ArenaBuffer &x = buffers[a], &y = buffers[b];
    return std::tie(x.firstLaunch, x.lastLaunch, a) < std::tie(y.firstLaunch, y.lastLaunch, b);
  });
  for (uint32_t i : order) {
    uint32_t target = tied[i] && buffers[i].mayReuse ? groupOf[*buffers[i].mayReuse] : ~0u;
    bool holds = target != ~0u && std::all_of(groups[target].begin(), groups[target].end(), [&](uint32_t member) {
                   return member == *buffers[i].mayReuse || !liveTogether(buffers[member], buffers[i]);
                 });
    if (!holds) {
      target = groups.size();
      groups.emplace_back();
    }
    groupOf[i] = target;
    groups[target].push_back(i);
  }
  return groups;
}

static ArenaShape describe(const std::vector<ArenaBuffer> &buffers, std::vector<uint32_t> members) {
  ArenaShape shape;
  shape.firstLaunch = ~0u;
  for (uint32_t i : members) {
    const ArenaBuffer &buffer = buffers[i];
    uint64_t launches = uint64_t(buffer.lastLaunch) - buffer.firstLaunch + 1, area;
    if (__builtin_mul_overflow(buffer.bytes, launches, &area) || __builtin_add_overflow(shape.area, area, &shape.area))
      shape.area = ~uint64_t(0);
    shape.alignment = std::max(shape.alignment, buffer.alignment);
    shape.bytes = std::max(shape.bytes, buffer.bytes);
    shape.firstLaunch = std::min(shape.firstLaunch, buffer.firstLaunch);
    shape.lastLaunch = std::max(shape.lastLaunch, buffer.lastLaunch);
  }
  shape.members = std::move(members);
  return shape;
}

ArenaShapes arenaShapes(const std::vector<ArenaBuffer> &buffers, const std::vector<bool> &tied) {
  ArenaShapes result;
  for (std::vector<uint32_t> &members : joinTied(buffers, tied))
    result.shapes.push_back(describe(buffers, std::move(members)));
  result.conflicts.resize(result.shapes.size());
  for (uint32_t a = 0; a < result.shapes.size(); ++a)
    for (uint32_t b = a + 1; b < result.shapes.size(); ++b) {
      if (result.shapes[a].lastLaunch < result.shapes[b].firstLaunch || result.shapes[b].lastLaunch < result.shapes[a].firstLaunch)
        continue;
      for (uint32_t x : result.shapes[a].members)
        for (uint32_t y : result.shapes[b].members)
          if (liveTogether(buffers[x], buffers[y])) {
            result.conflicts[a].push_back({b, buffers[x].bytes, buffers[y].bytes});
            result.conflicts[b].push_back({a, buffers[y].bytes, buffers[x].bytes});
          }
    }
  return result;
}

std::vector<uint32_t> arenaTies(const std::vector<ArenaBuffer> &buffers) {
  std::vector<uint32_t> ties;
  for (uint32_t i = 0; i < buffers.size(); ++i)
    if (buffers[i].mayReuse && buffers[i].bytes)
      ties.push_back(i);
  return ties;
}

} // namespace vspec
