// Checks between the stages.
#ifndef VSPEC_PASSES_PIPELINES_PASSES_TD
#define VSPEC_PASSES_PIPELINES_PASSES_TD
include "mlir/Pass/PassBase.td"

def VerifyStage : Pass<"vspec-verify-stage", "::mlir::ModuleOp"> {
  let summary = "checks what a stage must leave behind";
  let description = [{
    The seams between the stages, as one list: what later stages rely on. The pipelines run it after each stage.

    - import: `func.func @step`, and a source for each weight;
    - quantize: a kernel for each weight's format, and no rounded input for a weight without an integer form;
    - plan-kv: formats and a capacity for each cache;
    - fuse: only `vspec.fused` in @step;
    - pack: a layout for each weight;
    - plan-memory: `vexec.program @step` instead of the function, and launches that read and write as many operands as their kernel.
  }];
  let options = [Option<"after", "after", "std::string", "\"\"", "the stage: import, quantize, plan-kv, fuse, pack or plan-memory">];
}
#endif
