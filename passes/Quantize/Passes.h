// The passes of the Quantize stage, documented in Passes.td.
#ifndef VSPEC_PASSES_QUANTIZE_PASSES_H
#define VSPEC_PASSES_QUANTIZE_PASSES_H
#include "dialects/VSpec/VSpec.h"
#include "mlir/Pass/Pass.h"

namespace vspec {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Quantize/Passes.h.inc"
} // namespace vspec
#endif
