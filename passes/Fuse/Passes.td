// The passes of the Fuse stage.
#ifndef VSPEC_PASSES_FUSE_PASSES_TD
#define VSPEC_PASSES_FUSE_PASSES_TD
include "mlir/Pass/PassBase.td"

def FuseLaunches : Pass<"vspec-fuse-launches", "::mlir::ModuleOp"> {
  let summary = "gathers operations by role into regions that become launches";
  let description = [{
    Leaves only `vspec.fused` operations in each function, each with one kind of anchor: an embedding, an attention, or linears
    that read the same prepared row (Q, K and V; gate and up). Prologues (norms, rounding, row selection) are copied into every
    launch that needs them, since each worker prepares rows for itself anyway; epilogues join the launch that makes their input,
    if all their other inputs are there before it. What finds no place is an error: no kernel would compute it. A remark
    says why an epilogue could not join.
  }];
  let dependentDialects = ["::vspec::VSpecDialect"];
}
#endif
