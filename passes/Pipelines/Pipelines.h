// The order of the passes, and nothing else: what each does stands in its stage.
#ifndef VSPEC_PASSES_PIPELINES_PIPELINES_H
#define VSPEC_PASSES_PIPELINES_PIPELINES_H
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Pass/PassManager.h"
#include <string>

namespace vspec {

/// The stages behind Import and before Lower, as `--stop-after` names them, in order.
enum class Stage { Import, Quantize, PlanKV, Fuse, Pack, PlanMemory, Lower, Emit };
constexpr const char *stageNames[] = {"import", "quantize", "plan-kv", "fuse", "pack", "plan-memory", "lower", "emit"};

struct PipelineOptions {
  std::string weights;              // rules; empty: the defaults
  std::string activations = "int8"; // int8, bf16 or f32
  std::string activationBlock = "group"; // or token
  std::string keys = "f16", values = "f16";
  int64_t context = 0; // 0: the checkpoint's own
  int64_t decodeRows = 1, prefillRows = 64;
};

/// All passes up to and with `last`, each stage followed by its check.
void addStages(mlir::OpPassManager &passes, const PipelineOptions &options, Stage last);

/// Our dialects and those that we lower to.
void registerDialects(mlir::DialectRegistry &registry);
/// Our passes, and the upstream ones that we use.
void registerPasses();

} // namespace vspec
#endif
