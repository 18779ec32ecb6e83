// What the machine can do at a number of threads, now: bytes read from memory and operations in a second.
#ifndef VSPEC_TOOLS_VSPECBENCH_MACHINEPROBE_H
#define VSPEC_TOOLS_VSPECBENCH_MACHINEPROBE_H
#include "ProbeLoops.h"
#include "vspec/Support/Result.h"
#include <memory>

namespace vspec {

/// Per second, of all threads together.
struct MachineRates {
  double bytes, int8, f32;
};

class MachineProbe {
public:
  /// Takes a buffer far larger than the last level cache.
  static Result<MachineProbe> create(uint64_t cacheBytes);

  /// Takes about a sixth of a second.
  MachineRates measure(unsigned threads) const;

  const char *readName() const { return reading.name; }
  const char *int8Name() const { return int8.name; }
  const char *f32Name() const { return f32.name; }
  uint64_t bufferBytes() const { return buffer.get_deleter().bytes; }

private:
  struct Unmap {
    uint64_t bytes;
    void operator()(uint8_t *memory) const;
  };
  explicit MachineProbe(std::unique_ptr<uint8_t[], Unmap> buffer)
      : buffer(std::move(buffer)), reading(readLoop()), int8(int8Loop()), f32(f32Loop()) {}

  std::unique_ptr<uint8_t[], Unmap> buffer;
  ReadLoop reading;
  MultiplyLoop int8, f32;
};

} // namespace vspec
#endif
