#include "runtime/ProcessorFeatures.h"
#include <cstdio>
#include <initializer_list>
#include <sched.h>
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace vspec {

file::Target processorTarget() {
#if defined(__x86_64__)
  return file::Target::X86_64;
#elif defined(__aarch64__)
  return file::Target::AArch64;
#else
  return file::Target::None;
#endif
}

uint64_t featuresOf(const X86Words &words) {
  auto all = [](uint32_t word, std::initializer_list<unsigned> bits) {
    for (unsigned bit : bits)
      if (!(word >> bit & 1))
        return false;
    return true;
  };
  constexpr uint64_t ymm = 0x06, zmm = 0xe6;
  // v2: SSE3 SSSE3 CX16 SSE4.1 SSE4.2 POPCNT LAHF; v3: FMA MOVBE AVX F16C, BMI1 AVX2 BMI2, LZCNT.
  if (!all(words.c1, {0, 9, 13, 19, 20, 23}) || !all(words.cExtended, {0}) || !all(words.c1, {12, 22, 28, 29}) ||
      !all(words.b7, {3, 5, 8}) || !all(words.cExtended, {5}) || (words.savedState & ymm) != ymm)
    return 0;
  uint64_t features = file::X86V3;
  if (all(words.c7, {8}))
    features |= file::GFNI;
  if (all(words.a7Sub1, {4}))
    features |= file::AVXVNNI;
  if (!all(words.b7, {16, 17, 28, 30, 31}) || (words.savedState & zmm) != zmm) // F DQ CD BW VL
    return features;
  features |= file::X86V4;
  if (all(words.c7, {11}))
    features |= file::AVX512VNNI;
  if (all(words.c7, {1}))
    features |= file::AVX512VBMI;
  return features;
}

uint64_t featuresOf(const ArmWords &words) {
  constexpr uint64_t asimdDP = 1 << 20, i8mm = 1 << 13; // HWCAP_ASIMDDP, HWCAP2_I8MM
  uint64_t features = 0;
  if (words.hwcap & asimdDP)
    features |= file::DotProd;
  if (words.hwcap2 & i8mm)
    features |= file::I8MM;
  return features;
}

#if defined(__x86_64__)
uint64_t processorFeatures() {
  struct Registers {
    unsigned a = 0, b = 0, c = 0, d = 0;
  } one, seven, sevenSub1, extended;
  __get_cpuid(1, &one.a, &one.b, &one.c, &one.d);
  __get_cpuid_count(7, 0, &seven.a, &seven.b, &seven.c, &seven.d);
  if (seven.a >= 1) // the last subleaf
    __get_cpuid_count(7, 1, &sevenSub1.a, &sevenSub1.b, &sevenSub1.c, &sevenSub1.d);
  __get_cpuid(0x80000001, &extended.a, &extended.b, &extended.c, &extended.d);
  uint64_t savedState = 0;
  if (one.c >> 27 & 1) { // OSXSAVE
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    savedState = low | uint64_t(high) << 32;
  }
  return featuresOf(X86Words{one.c, seven.b, seven.c, sevenSub1.a, extended.c, savedState});
}
#elif defined(__aarch64__)
uint64_t processorFeatures() { return featuresOf(ArmWords{getauxval(AT_HWCAP), getauxval(AT_HWCAP2)}); }
#else
uint64_t processorFeatures() { return 0; }
#endif

std::string featureNames(uint64_t features) {
  static constexpr struct {
    uint64_t bit;
    const char *name;
  } names[] = {{file::X86V3, "x86-64-v3"}, {file::X86V4, "x86-64-v4"}, {file::AVX512VNNI, "avx512vnni"}, {file::AVX512VBMI, "avx512vbmi"},
               {file::GFNI, "gfni"},       {file::AVXVNNI, "avxvnni"}, {file::DotProd, "dotprod"},       {file::I8MM, "i8mm"}};
  std::string text;
  auto add = [&](const std::string &name) { text += (text.empty() ? "" : ", ") + name; };
  for (auto [bit, name] : names)
    if (features & bit) {
      add(name);
      features &= ~bit;
    }
  if (features) {
    char number[20];
    std::snprintf(number, sizeof number, "0x%llx", static_cast<unsigned long long>(features));
    add(std::string("unknown features ") + number);
  }
  return text;
}

unsigned availableProcessors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set))
    return 1;
  int count = CPU_COUNT(&set);
  return count > 0 ? unsigned(count) : 1;
}

} // namespace vspec
