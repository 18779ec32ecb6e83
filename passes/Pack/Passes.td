// The passes of the Pack stage.
#ifndef VSPEC_PASSES_PACK_PASSES_TD
#define VSPEC_PASSES_PACK_PASSES_TD
include "mlir/Pass/PassBase.td"

def PackWeights : Pass<"vspec-pack-weights", "::mlir::ModuleOp"> {
  let summary = "gives each weight the packed layout of the device class";
  let description = [{
    Needs formats as SelectFormats leaves them. Weights that are multiplied or looked up lie in `rows16` (PackedLayout.h), gains,
    biases and what recurrences read as they are. A weight that nothing reads is dropped.
  }];
  let dependentDialects = ["::vspec::VSpecDialect"];
}
#endif
