// The passes of the PlanKV stage, documented in Passes.td.
#ifndef VSPEC_PASSES_PLANKV_PASSES_H
#define VSPEC_PASSES_PLANKV_PASSES_H
#include "dialects/VSpec/VSpec.h"
#include "mlir/Pass/Pass.h"

namespace vspec {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/PlanKV/Passes.h.inc"

/// The tokens of a session of a model that is planned without a context: the checkpoint's own, at least 512, but no more than
/// there are learned positions.
int64_t defaultContext(mlir::ModuleOp module);
} // namespace vspec
#endif
