// The passes of the PlanKV stage, documented in Passes.td.
#ifndef VSPEC_PASSES_PLANKV_PASSES_H
#define VSPEC_PASSES_PLANKV_PASSES_H
#include "dialects/VSpec/VSpec.h"
#include "mlir/Pass/Pass.h"

namespace vspec {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/PlanKV/Passes.h.inc"
} // namespace vspec
#endif
