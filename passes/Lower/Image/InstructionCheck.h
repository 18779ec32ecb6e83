// What has no relocation and is still not pure code.
#ifndef VSPEC_PASSES_LOWER_IMAGE_INSTRUCTIONCHECK_H
#define VSPEC_PASSES_LOWER_IMAGE_INSTRUCTIONCHECK_H
#include "passes/Lower/Image/FlatLink.h"
#include "vspec/Target/CodeTarget.h"

namespace vspec {

/// Reads every instruction of every function. The problems name function and instruction: thread and segment registers, system
/// calls, changes of the rounding mode, questions about the machine, and AVX-512 where the target has none.
std::vector<std::string> checkInstructions(const FlatCode &code, const CodeTarget &target);

} // namespace vspec
#endif
