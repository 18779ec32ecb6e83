// The arena over time as text: a rough picture for a terminal.
#ifndef VSPEC_TOOLS_VSPECINSPECT_ARENASKETCH_H
#define VSPEC_TOOLS_VSPECINSPECT_ARENASKETCH_H
#include "vspec/Plan/ArenaPicture.h"

namespace vspec {

/// At most 16 lines of at most 96 columns, the highest offset first, launches from left to right. A cell shows the letter of
/// a slice that lies there at some time ('a' for the first, 'b', ..., again 'a' after 'z'), or a point.
std::string arenaSketch(const std::vector<ArenaPictureSlice> &slices, uint64_t arenaBytes, uint32_t launches);

} // namespace vspec
#endif
