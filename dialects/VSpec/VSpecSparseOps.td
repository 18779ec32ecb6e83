// Linears that read no more of their weights than they need, because most of a row's numbers are zero.
#ifndef VSPEC_DIALECTS_VSPEC_VSPECSPARSEOPS_TD
#define VSPEC_DIALECTS_VSPEC_VSPECSPARSEOPS_TD
include "dialects/VSpec/VSpecOpBase.td"

// Inputs that are summed apart. The default belongs to the numerics contract.
def VSpec_InputSplit : DefaultValuedAttr<VSpec_Count, "1024">;

def VSpec_GatedLinearOp : VSpec_UserOp<"gated_linear", [Pure, AllTypesMatch<["gate", "output"]>]> {
  let summary = "an activation function of each number of a gate times a linear, which is computed only where the gate is not zero";
  let description = [{
    `output[r][n] = activation(gate[r][n]) * sum over k of input[r][k] * weight[n][k]` where `gate[r][n]` is not 0, else 0. It is
    `vspec.gate` of the gate and a `vspec.linear`, for activations of which 0 makes 0; but rows of the weight that meet only zeros
    are not read.

    ```mlir
    vspec.weight @up : !vspec.weight<172x64, "f32"> {source = "blk.0.ffn_up.weight"}
    func.func @sparse_glu(%gate: tensor<?x172xf32>, %x: tensor<?x64xf32>) -> tensor<?x172xf32> {
      %h = vspec.gated_linear %gate, %x, @up {activation = #vspec.activation<gelu_tanh>} : tensor<?x172xf32>, tensor<?x64xf32>
      return %h : tensor<?x172xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$gate, VSpec_Activations:$input, FlatSymbolRefAttr:$weight, VSpec_ActivationAttr:$activation);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$gate `,` $input `,` $weight attr-dict `:` type($gate) `,` type($input)";
  let extraClassDeclaration = [{
    bool isAnchor() { return true; }
    /// Whether it can be computed so: of 0 comes 0, whatever the other number is.
    static bool zeroMakesZero(Activation activation) {
      return activation != Activation::Sigmoid && activation != Activation::ClampedSwish;
    }
  }];
  let hasVerifier = 1;
}

def VSpec_SparseLinearOp : VSpec_UserOp<"sparse_linear", [Pure]> {
  let summary = "multiplies each row by a weight that stands transposed, and reads only what meets no zero";
  let description = [{
    `output[r][s * N + n] = sum over k of input[r][k] * weight[k][n]` for the inputs k of split s, those from `s * split` to before
    `(s + 1) * split`, of which `input[r][k]` is not 0. The weight has a row of N outputs for each input; rows that meet only zeros
    are not read, whatever they hold. The splits of a row lie one behind the other; `vspec.sum_parts` adds them.

    ```mlir
    vspec.weight @down : !vspec.weight<172x64, "f32"> {source = "blk.0.ffn_down.weight", transforms = [#vspec.transpose]}
    func.func @sparse_down(%h: tensor<?x172xf32>) -> tensor<?x64xf32> {
      %parts = vspec.sparse_linear %h, @down {split = 128 : i64} : tensor<?x172xf32> -> tensor<?x128xf32>
      %y = vspec.sum_parts %parts {parts = 2 : i64} : tensor<?x128xf32> -> tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, FlatSymbolRefAttr:$weight, VSpec_InputSplit:$split);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input `,` $weight attr-dict `:` type($input) `->` type($output)";
  let extraClassDeclaration = [{
    bool isAnchor() { return true; }
    /// Of so many inputs.
    static int64_t splitsOf(int64_t inputs, int64_t split) { return (inputs - 1) / split + 1; }
  }];
}

#endif
