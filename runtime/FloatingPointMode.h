// Rounding and denormals as the numerics contract wants them, whatever the host program has set; put back at the end of the
// scope. A host built with -ffast-math flushes denormals in all its threads.
#ifndef VSPEC_RUNTIME_FLOATINGPOINTMODE_H
#define VSPEC_RUNTIME_FLOATINGPOINTMODE_H
#include <cstdint>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace vspec {

class FloatingPointMode {
public:
  FloatingPointMode() : before(get()) { set(standard); }
  ~FloatingPointMode() { set(before); }
  FloatingPointMode(const FloatingPointMode &) = delete;
  FloatingPointMode &operator=(const FloatingPointMode &) = delete;

private:
#if defined(__x86_64__)
  static constexpr uint64_t standard = 0x1f80; // nearest even, denormals, all exceptions masked
  static uint64_t get() { return _mm_getcsr(); }
  static void set(uint64_t value) { _mm_setcsr(uint32_t(value)); }
#elif defined(__aarch64__)
  static constexpr uint64_t standard = 0;
  static uint64_t get() {
    uint64_t value;
    __asm__ volatile("mrs %0, fpcr" : "=r"(value));
    return value;
  }
  static void set(uint64_t value) { __asm__ volatile("msr fpcr, %0" ::"r"(value)); }
#endif
  uint64_t before;
};

} // namespace vspec
#endif
