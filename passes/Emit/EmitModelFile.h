// The last stage: one model file of everything that was decided.
#ifndef VSPEC_PASSES_EMIT_EMITMODELFILE_H
#define VSPEC_PASSES_EMIT_EMITMODELFILE_H
#include "mlir/IR/BuiltinOps.h"
#include "vspec/Checkpoint/Checkpoint.h"
#include "vspec/Target/CodeTarget.h"
#include <functional>

namespace vspec {

/// What the file says beside the module.
struct EmitOptions {
  std::string path;
  std::vector<const CodeTarget *> targets; // best first; of the cuda class beside one of the cpu class
  unsigned threads = 1;
  int64_t slots = 1;
  int64_t rowCapacity = 64; // of the largest variant
  bool dryRun = false;      // plan, lower and report, but write nothing
  std::string version;      // of the compiler
  std::string flags;        // the choices that made the file, for its provenance
  /// Called with bytes done and bytes in all while weights are written.
  std::function<void(uint64_t, uint64_t)> progress;
};

/// Bytes of the parts of a file, for the report at the end.
struct EmitReport {
  uint64_t fileBytes = 0, weightBytes = 0, codeBytes = 0, programBytes = 0, tokenizerBytes = 0;
  uint64_t weights = 0;          // numbers in them
  uint64_t arenaBytes = 0;       // of the largest variant
  uint64_t scratchBytes = 0;     // of a worker, its own panel included
  uint64_t panelBytes = 0;       // that all workers share
  uint64_t stateBytes = 0;       // of a session with the whole context
  struct FormatShare {
    std::string format;
    uint64_t tensors = 0, weights = 0, bytes = 0;
  };
  std::vector<FormatShare> formats;
};

/// Needs the module as PlanMemory leaves it. Without a checkpoint the weights must be random and the file has no tokenizer.
/// The file appears under its name only when it is whole. Emits one error that says what failed.
mlir::FailureOr<EmitReport> emitModelFile(mlir::ModuleOp module, const Checkpoint *checkpoint, const EmitOptions &options);

} // namespace vspec
#endif
