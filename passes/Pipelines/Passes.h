// The passes of the Pipelines folder, documented in Passes.td.
#ifndef VSPEC_PASSES_PIPELINES_PASSES_H
#define VSPEC_PASSES_PIPELINES_PASSES_H
#include "dialects/VSpec/VSpec.h"
#include "mlir/Pass/Pass.h"

namespace vspec {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Pipelines/Passes.h.inc"
} // namespace vspec
#endif
