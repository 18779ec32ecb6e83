// Zeroed, page-aligned memory that is allocated once and told by what it is for. A failure is a sentence, not an exception.
#ifndef VSPEC_RUNTIME_MEMORY_H
#define VSPEC_RUNTIME_MEMORY_H
#include "vspec/Support/Result.h"
#include <cstdint>

namespace vspec {

class Memory {
public:
  Memory() = default;
  /// `what` is for the message: "the arena".
  static Result<Memory> allocate(uint64_t bytes, const char *what);
  /// The same, aligned to 2 MiB, and in huge pages where the system gives them: a page's end stops the hardware's prefetcher.
  static Result<Memory> allocateHuge(uint64_t bytes, const char *what);
  Memory(Memory &&other) noexcept : base(std::exchange(other.base, nullptr)), count(std::exchange(other.count, 0)) {}
  Memory &operator=(Memory &&other) noexcept;
  ~Memory();

  uint8_t *data() const { return base; }
  uint64_t bytes() const { return count; }

private:
  uint8_t *base = nullptr;
  uint64_t count = 0;
};

/// To the next multiple of 64: a cache line, and the alignment that kernels rely on.
constexpr uint64_t roundToLine(uint64_t bytes) { return (bytes + 63) & ~uint64_t(63); }

} // namespace vspec
#endif
