// What the machine can do at a number of threads, now: bytes read from memory and integer operations in a second.
#ifndef VSPEC_TOOLS_VSPECBENCH_MACHINEPROBE_H
#define VSPEC_TOOLS_VSPECBENCH_MACHINEPROBE_H
#include "ProbeLoops.h"
#include "vspec/Support/Result.h"
#include <memory>

namespace vspec {

/// Per second, of all threads together.
struct MachineRates {
  double bytes, operations;
};

class MachineProbe {
public:
  /// Takes a buffer far larger than the last level cache.
  static Result<MachineProbe> create(uint64_t cacheBytes);

  /// Takes about a seventh of a second.
  MachineRates measure(unsigned threads) const;

  const char *readName() const { return reading.name; }
  const char *integerName() const { return integers.name; }
  uint64_t bufferBytes() const { return buffer.get_deleter().bytes; }

private:
  struct Unmap {
    uint64_t bytes;
    void operator()(uint8_t *memory) const;
  };
  explicit MachineProbe(std::unique_ptr<uint8_t[], Unmap> buffer)
      : buffer(std::move(buffer)), reading(readLoop()), integers(integerLoop()) {}

  std::unique_ptr<uint8_t[], Unmap> buffer;
  ReadLoop reading;
  IntegerLoop integers;
};

} // namespace vspec
#endif
