// The passes of the PlanMemory stage, documented in Passes.td.
#ifndef VSPEC_PASSES_PLANMEMORY_PASSES_H
#define VSPEC_PASSES_PLANMEMORY_PASSES_H
#include "dialects/VExec/VExec.h"
#include "dialects/VSpec/VSpec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace vspec {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/PlanMemory/Passes.h.inc"
} // namespace vspec
#endif
