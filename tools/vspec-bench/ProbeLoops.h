// The loops that say what a processor can do at most: read memory, and multiply and add bytes or floats. They use the widest
// instructions that this processor has, whatever the code of a model was compiled for.
#ifndef VSPEC_TOOLS_VSPECBENCH_PROBELOOPS_H
#define VSPEC_TOOLS_VSPECBENCH_PROBELOOPS_H
#include <cstdint>

namespace vspec {

/// Reads `count` bytes once, ascending; both multiples of 1024. The result depends on all of them.
struct ReadLoop {
  const char *name; // "512-bit loads"
  uint64_t (*read)(const uint8_t *bytes, uint64_t count);
};
ReadLoop readLoop();

/// Sums products in registers, `rounds` times; independent chains hide the latency.
struct MultiplyLoop {
  const char *name; // "vpdpbusd, 512 bits"
  void (*run)(uint64_t rounds);
  uint64_t operations; // of a round: a multiplication and an addition count as two
};
MultiplyLoop int8Loop();
MultiplyLoop f32Loop();

} // namespace vspec
#endif
