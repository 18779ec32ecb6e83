// What a planned module takes at run time, before any code is made.
#ifndef VSPEC_PASSES_EMIT_MEMORYPLAN_H
#define VSPEC_PASSES_EMIT_MEMORYPLAN_H
#include "mlir/IR/BuiltinOps.h"

namespace vspec {

/// Bytes of all weights as packed. Needs the module as Pack leaves it; the error names the weight.
mlir::FailureOr<uint64_t> packedWeightBytes(mlir::ModuleOp module);
/// Bytes of one session with the whole context. Needs the module as PlanKV leaves it.
uint64_t sessionBytes(mlir::ModuleOp module);
/// Bytes of the arena of the largest variant. Needs the module as PlanMemory leaves it.
uint64_t arenaBytes(mlir::ModuleOp module);

} // namespace vspec
#endif
