// The passes of the Fuse stage.
#ifndef VSPEC_PASSES_FUSE_PASSES_TD
#define VSPEC_PASSES_FUSE_PASSES_TD
include "mlir/Pass/PassBase.td"

def FuseLaunches : Pass<"vspec-fuse-launches", "::mlir::ModuleOp"> {
  let summary = "gathers operations by role into regions that become launches";
  let description = [{
    Leaves only `vspec.fused` operations in each function, each with one kind of anchor: an embedding, an attention, or linears
    that read the same prepared row (Q, K and V; gate and up). Prologues (norms, rounding, row selection) are copied into every
    launch that needs them, since each worker prepares rows for itself anyway; an epilogue joins the last launch that makes one
    of its inputs. What nothing reads is dropped. What finds no place is an error: no kernel would compute it.
  }];
  let dependentDialects = ["::vspec::VSpecDialect"];
}
#endif
