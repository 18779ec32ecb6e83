// The passes of the PlanKV stage.
#ifndef VSPEC_PASSES_PLANKV_PASSES_TD
#define VSPEC_PASSES_PLANKV_PASSES_TD
include "mlir/Pass/PassBase.td"

def PlanKV : Pass<"vspec-plan-kv", "::mlir::ModuleOp"> {
  let summary = "decides formats, layout and capacity of each KV cache";
  let description = [{
    Needs caches as Import leaves them. `context` is the most tokens of a session; 0 takes the checkpoint's own
    (`vspec.trained_context`), at least 512, or 2^20 where all state is recurrent, as that does not grow. A cache without
    a window holds all of them. One with a window keeps a ring: the window and the longest chunk of rows less one, in whole tiles
    of 64 tokens, unless the context is shorter. A context above the checkpoint's own is a warning. Leaves `vspec.context` on the module.
  }];
  let options = [
    Option<"keys", "k", "std::string", "\"f16\"", "format of the keys: f32, f16, int8 or int4">,
    Option<"values", "v", "std::string", "\"f16\"", "format of the values: f32, f16, int8 or int4">,
    Option<"context", "context", "int64_t", "0", "most tokens of a session">,
    Option<"chunk", "chunk", "int64_t", "64", "most rows of a step">];
  let dependentDialects = ["::vspec::VSpecDialect"];
}
#endif
