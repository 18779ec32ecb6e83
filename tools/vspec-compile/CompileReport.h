// The table at the end of a compilation.
#ifndef VSPEC_TOOLS_VSPEC_COMPILE_COMPILEREPORT_H
#define VSPEC_TOOLS_VSPEC_COMPILE_COMPILEREPORT_H
#include "passes/Pipelines/Compiler.h"
#include <string>

namespace vspec {

/// Bytes of each part, bits per weight by format, and the planned peak of memory, as lines of text.
std::string reportText(const CompileReport &report);

} // namespace vspec
#endif
