// The passes of the PlanMemory stage.
#ifndef VSPEC_PASSES_PLANMEMORY_PASSES_TD
#define VSPEC_PASSES_PLANMEMORY_PASSES_TD
include "mlir/Pass/PassBase.td"

def PlanMemory : Pass<"vspec-plan-memory", "::mlir::ModuleOp"> {
  let summary = "turns the fused step into a program: kernels, launches, and a place for every buffer";
  let description = [{
    Needs `func.func @step` of `vspec.fused` operations, packed weights and planned caches. Leaves a `vexec.kernel` for each
    different region and a `vexec.program @step` with two variants, `decode` and `prefill`, for their row capacities (one, if
    they are equal). Every value that passes from launch to launch has a slice of the arena, found by lib/Plan's ArenaPlanner; a
    residual sum overwrites its input where nothing reads that any more.
  }];
  let options = [
    Option<"decodeRows", "decode-rows", "int64_t", "1", "row capacity of the decode variant">,
    Option<"prefillRows", "prefill-rows", "int64_t", "64", "row capacity of the prefill variant">];
  let dependentDialects = ["::vspec::VSpecDialect", "::vspec::vexec::VExecDialect", "::mlir::func::FuncDialect"];
}
#endif
