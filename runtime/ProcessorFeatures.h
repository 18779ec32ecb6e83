// What this processor can run: CPUID says what it has, XGETBV what the system saves on a context switch.
#ifndef VSPEC_RUNTIME_PROCESSORFEATURES_H
#define VSPEC_RUNTIME_PROCESSORFEATURES_H
#include "vspec/ModelFormat.h"
#include <string>

namespace vspec {

/// The instruction set that this runtime was built for.
file::Target processorTarget();

/// The bits of file::Features that may be used here.
uint64_t processorFeatures();

/// "x86-64-v3, avx512vnni": the names of the bits, for messages. Unknown bits are told as a number.
std::string featureNames(uint64_t features);

/// Processors that this process may run on, at least 1.
unsigned availableProcessors();

} // namespace vspec
#endif
