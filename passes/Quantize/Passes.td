// The passes of the Quantize stage.
#ifndef VSPEC_PASSES_QUANTIZE_PASSES_TD
#define VSPEC_PASSES_QUANTIZE_PASSES_TD
include "mlir/Pass/PassBase.td"

def SelectFormats : Pass<"vspec-select-formats", "::mlir::ModuleOp"> {
  let summary = "gives each weight its format, and skips what meets zeros where that allows it";
  let description = [{
    Needs a module as Import leaves it. `weights` is a list of rules, `int4,lm_head=int6,*.down=int5`: the last one that fits
    a weight counts. A weight answers to its symbol (`blk.0.ffn_down`), its source (`model.layers.0.mlp.down_proj.weight`) and a
    short name (`blk.0.down`, `lm_head`, `embed`). The format `stored` is what the checkpoint has. Without a rule blocks that the
    checkpoint has quantised already are kept, a decoder's as the codes that say the same weights where it names such a format, and float weights become int4, but where they make the logits or the embedding int6, or int8 beside such blocks. In a
    Hugging Face checkpoint that others have quantised floats stay what they are. A remark names the exceptions. The small matrices
    that choose experts and weigh them stay as they are. Gains and biases stay f32. A rule that fits no weight is an error.

    A weight's recipe says how its bytes come about: here its type changes. Where `vspec.excess` leaves most numbers of a gate zero, the
    format decides too whether the linears around the gate can skip what meets zeros (`vspec.gated_linear`, `vspec.sparse_linear`): its
    groups must fit into parts of the rows that are read, which of `ffn_down` are its columns, so that it must come from plain floats. A
    remark names those that are read whole.
  }];
  let options = [Option<"weights", "weights", "std::string", "\"\"", "rules; none: the defaults">];
  let dependentDialects = ["::vspec::VSpecDialect"];
}

def QuantizeActivations : Pass<"vspec-quantize-activations", "::mlir::ModuleOp"> {
  let summary = "rounds the inputs of linears";
  let description = [{
    Needs formats as SelectFormats leaves them. `activations=int8` inserts one `vspec.quantize` for each value that linears read
    whose weights have an integer form; its block is the largest activation block of these weights, or with `block=token` the
    whole row, which is faster and less exact. `activations=bf16` rounds
    the inputs of all linears to bf16, `activations=f32` none; both leave everything on the float path.
  }];
  let options = [Option<"activations", "activations", "std::string", "\"int8\"", "int8, bf16 or f32">,
                 Option<"block", "block", "std::string", "\"group\"", "what shares a scale of int8: group or token">];
  let dependentDialects = ["::vspec::VSpecDialect"];
}
#endif
