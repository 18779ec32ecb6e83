// A picture of an arena: launches from left to right, offsets from bottom to top, one box for each slice.
#ifndef VSPEC_PLAN_ARENAPICTURE_H
#define VSPEC_PLAN_ARENAPICTURE_H
#include <cstdint>
#include <string>
#include <vector>

namespace vspec {

struct ArenaPictureSlice {
  std::string name;                         // any UTF-8
  uint32_t firstLaunch = 0, lastLaunch = 0; // inclusive
  uint64_t offset = 0, bytes = 0;
};

/// An SVG document, 1200 units wide whatever the number of launches. A box carries its name where it fits, and name, launches,
/// offset and bytes as a tooltip. Slices that reach beyond `arenaBytes` or run backwards are drawn in red, so that a broken
/// plan can be looked at.
std::string arenaPicture(const std::vector<ArenaPictureSlice> &slices, uint64_t arenaBytes);

} // namespace vspec
#endif
