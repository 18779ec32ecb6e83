// What this processor can run. On x86-64 CPUID says what it has, XGETBV what the system saves on a context switch; on AArch64 the
// kernel says both.
#ifndef VSPEC_RUNTIME_PROCESSORFEATURES_H
#define VSPEC_RUNTIME_PROCESSORFEATURES_H
#include "vspec/ModelFormat.h"
#include <string>

namespace vspec {

/// The instruction set that this runtime was built for.
file::Target processorTarget();

/// The bits of file::Features that may be used here.
uint64_t processorFeatures();

/// What an x86-64 processor says of itself: the words of CPUID that matter, and XCR0. A word that is not there is 0.
struct X86Words {
  uint32_t c1, b7, c7, a7Sub1, cExtended; // register and leaf; Extended: 0x80000001
  uint64_t savedState;                    // XCR0
};
uint64_t featuresOf(const X86Words &words);

/// What Linux says of an AArch64 processor: AT_HWCAP and AT_HWCAP2.
struct ArmWords {
  uint64_t hwcap, hwcap2;
};
uint64_t featuresOf(const ArmWords &words);

/// "x86-64-v3, avx512vnni": the names of the bits, for messages. Unknown bits are told as a number.
std::string featureNames(uint64_t features);

/// Processors that this process may run on, at least 1.
unsigned availableProcessors();

} // namespace vspec
#endif
