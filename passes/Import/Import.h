// The first stage: a checkpoint becomes a vspec module. Weights become recipes; their bytes stay where they are.
#ifndef VSPEC_PASSES_IMPORT_IMPORT_H
#define VSPEC_PASSES_IMPORT_IMPORT_H
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "vspec/Checkpoint/Checkpoint.h"
#include "vspec/Support/Json.h"

namespace vspec {

/// Loads the dialects that it needs. Emits one error that names file and key or tensor: an unknown model (and the known
/// ones), a number out of range, a tensor that is missing, left over, or of another shape. `tokens`: the most of a session, on
/// which the frequencies of some models depend; 0: what the checkpoint was made for.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> importModel(mlir::MLIRContext &context, const Checkpoint &checkpoint,
                                                               int64_t tokens = 0);

/// A model of these sizes with random weights: each one's source is "random:SEED:NAME". `config` is a Hugging Face
/// config.json; its dtype is the weights' format.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> importConfig(mlir::MLIRContext &context, const Json &config, uint64_t seed,
                                                                int64_t tokens = 0);

} // namespace vspec
#endif
