// Chooses formats and context so that a model runs in so much memory: what --fit does.
#ifndef VSPEC_PASSES_PIPELINES_FITMEMORY_H
#define VSPEC_PASSES_PIPELINES_FITMEMORY_H
#include "mlir/IR/BuiltinOps.h"
#include "passes/Pipelines/Pipelines.h"
#include "vspec/Target/CodeTarget.h"

namespace vspec {

struct FitRequest {
  uint64_t limit = 0; // bytes of weights, sessions, arena and scratch together
  int64_t sessions = 1;
  unsigned threads = 1; // whose scratch counts
  const CodeTarget *target = nullptr;
  bool weightsGiven = false, cacheGiven = false, contextGiven = false; // by the user: these stay as they are
};

struct FitChoice {
  PipelineOptions options;
  std::string description; // "--weights=int6 --kv=int8 --context=4096"
};

/// The best that fits:
/// - the longest context down to 4096 tokens that fits with at least 4 bits, halved step by step from the checkpoint's own;
///   for it the widest weights (int8, int6, int5, int4), for these the cache f16, int8, or keys in int8 with values in int4;
/// - else 4096 tokens with int3 or int2, then contexts down to 512.
/// Weights that the checkpoint has in blocks stay. `module` is as imported, and is not changed. Emits an error that tells
/// the least that is needed, and what for.
mlir::FailureOr<FitChoice> fitMemory(mlir::ModuleOp module, const PipelineOptions &options, const FitRequest &request);

} // namespace vspec
#endif
