// What a model computes, from the rows of an embedding to launches. Attention, recurrence, experts, what takes whole rows and what
// skips zeros have files of their own.
#ifndef VSPEC_DIALECTS_VSPEC_VSPECOPS_TD
#define VSPEC_DIALECTS_VSPEC_VSPECOPS_TD
include "dialects/VSpec/VSpecAttentionOps.td"
include "dialects/VSpec/VSpecExpertOps.td"
include "dialects/VSpec/VSpecRecurrenceOps.td"
include "dialects/VSpec/VSpecRowOps.td"
include "dialects/VSpec/VSpecSparseOps.td"

//===-- symbols -----------------------------------------------------------------------------------------------------------===//

def VSpec_WeightOp : VSpec_Op<"weight", [Symbol]> {
  let summary = "a constant matrix: the recipe of its bytes";
  let description = [{
    The source names a tensor of the checkpoint (`random:SEED:NAME` draws one). `METHOD:MODULE@ROWS` is a matrix of a checkpoint
    that others have quantised, kept in several tensors; its columns are sorted by groups, in the order that
    `order:METHOD:MODULE@ROWS` has. The transforms apply to its values in order;
    then they are brought into the type's format and layout. Gains and biases are weights of one row in f32, or, of experts, stacks of
    such rows. The transforms of a stack are those of each of its matrices.

    ```mlir
    vspec.weight @token_embd : !vspec.weight<512x64, "f32"> {source = "token_embd.weight"}
    vspec.weight @blk.0.attn_q : !vspec.weight<64x64, "f32"> {source = "blk.0.attn_q.weight", transforms = [#vspec.unpermute_heads<8>]}
    vspec.weight @blk.0.ffn_up : !vspec.weight<172x64, "f32"> {source = "blk.0.ffn_up.weight", transforms = [#vspec.scale_by<"blk.0.ffn_up.scale">]}
    vspec.weight @blk.0.attn_norm : !vspec.weight<1x64, "f32"> {source = "input_layernorm.weight", transforms = [#vspec.plus_one]}
    vspec.weight @blk.0.attn_v : !vspec.weight<32x64, "f32"> {source = "h.0.attn.c_attn.weight",
        transforms = [#vspec.transpose, #vspec.take_rows<count = 32, first = 96, every = 128>]}
    vspec.weight @blk.1.ffn_up_exps : !vspec.weight<2x172x64, "f32"> {source = "model.layers.1.mlp.experts.0.up_proj.weight",
        transforms = [#vspec.stack<"model.layers.1.mlp.experts.1.up_proj.weight">]}
    vspec.weight @blk.0.ssm_a : !vspec.weight<1x4, "f32"> {source = "backbone.layers.0.mixer.A_log", transforms = [#vspec.negative_exp]}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<VSpec_WeightType>:$type, StrAttr:$source,
      OptionalAttr<VSpec_TransformArrayAttr>:$transforms);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
  let extraClassDeclaration = [{
    WeightType getWeightType() { return ::llvm::cast<WeightType>(getType()); }
  }];
  let hasVerifier = 1;
}

//===-- rows in, rows out -------------------------------------------------------------------------------------------------===//

def VSpec_EmbedOp : VSpec_UserOp<"embed", [Pure]> {
  let summary = "the weight's row of each row's token, and of its position if positions are learned";
  let description = [{
    `output[r][c] = scale * weight[rows[r].token][c] + positions[rows[r].position][c]`, decoded to f32; `scale` is 1 where it is
    left out, and without `positions` nothing is added. Tokens that the weight does not have take its row `stand_in`; without that
    they are undefined. So are positions that there are not; PlanKV keeps contexts within the positions, which are f32.

    ```mlir
    vspec.weight @token_embd : !vspec.weight<512x64, "f32"> {source = "token_embd.weight"}
    vspec.weight @position_embd : !vspec.weight<128x64, "f32"> {source = "position_embd.weight"}
    func.func @tokens_to_vectors(%rows: !vspec.rows) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
      %x = vspec.embed @token_embd, %rows : tensor<?x64xf32>
      %y = vspec.embed @token_embd, %rows positions @position_embd : tensor<?x64xf32>
      return %x, %y : tensor<?x64xf32>, tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$weight, VSpec_RowsType:$rows, OptionalAttr<FlatSymbolRefAttr>:$positions,
      OptionalAttr<F32Attr>:$scale, OptionalAttr<ConfinedAttr<I64Attr, [IntNonNegative]>>:$stand_in);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$weight `,` $rows (`positions` $positions^)? attr-dict `:` type($output)";
  let extraClassDeclaration = "bool isAnchor() { return true; }";
  let hasVerifier = 1;
}

def VSpec_SelectRowsOp : VSpec_ComputeOp<"select_rows", [Pure, AllTypesMatch<["input", "output"]>]> {
  let summary = "the listed rows, in the listed order";
  let description = [{
    `output[i] = input[select[i]]`. So logits are made only for the rows whose logits are wanted.

    ```mlir
    func.func @last_rows(%x: tensor<?x64xf32>, %select: tensor<?xi32>) -> tensor<?x64xf32> {
      %last = vspec.select_rows %x, %select : tensor<?x64xf32>
      return %last : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, VSpec_RowIndices:$select);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input `,` $select attr-dict `:` type($input)";
  let extraClassDeclaration = "bool isPrologue() { return true; }";
}

//===-- before a linear ---------------------------------------------------------------------------------------------------===//

def VSpec_RMSNormOp : VSpec_UserOp<"rms_norm", [Pure, SameOperandsAndResultType]> {
  let summary = "divides each row by its root mean square and multiplies by a gain";
  let description = [{
    `output[r][c] = input[r][c] / sqrt(mean over c of input[r][c]^2 + epsilon) * gain[0][c]`. With `heads = H` each of the H
    equal parts of a row is normed by itself; the gain is as long as a part, the same for all, or as long as a row. Without a gain
    nothing is multiplied.

    ```mlir
    vspec.weight @gain : !vspec.weight<1x64, "f32"> {source = "blk.0.attn_norm.weight"}
    vspec.weight @head_gain : !vspec.weight<1x8, "f32"> {source = "blk.0.attn_q_norm.weight"}
    func.func @norm(%x: tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
      %whole = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32} : tensor<?x64xf32>
      %by_head = vspec.rms_norm %x, @head_gain {epsilon = 1.0e-5 : f32, heads = 8 : i64} : tensor<?x64xf32>
      %without_gain = vspec.rms_norm %by_head {epsilon = 1.0e-5 : f32, heads = 8 : i64} : tensor<?x64xf32>
      return %whole, %without_gain : tensor<?x64xf32>, tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, OptionalAttr<FlatSymbolRefAttr>:$gain, F32Attr:$epsilon, OptionalAttr<VSpec_Count>:$heads);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input (`,` $gain^)? attr-dict `:` type($input)";
  let extraClassDeclaration = [{
    bool isPrologue() { return true; }
    bool isEpilogue() { return getHeads().has_value(); }
  }];
  let hasVerifier = 1;
}

def VSpec_LayerNormOp : VSpec_UserOp<"layer_norm", [Pure, SameOperandsAndResultType]> {
  let summary = "takes the mean off each row, divides by the standard deviation, multiplies by a gain and adds a bias";
  let description = [{
    `output[r][c] = (input[r][c] - mean) / sqrt(variance + epsilon) * gain[0][c] + bias[0][c]`, with the mean over c of
    `input[r][c]` and of `(input[r][c] - mean)^2`; without a bias nothing is added. With `heads = H` each of the H equal parts
    of a row has a mean and a variance of its own; gain and bias are as long as the row all the same.

    ```mlir
    vspec.weight @gain : !vspec.weight<1x64, "f32"> {source = "h.0.ln_1.weight"}
    vspec.weight @bias : !vspec.weight<1x64, "f32"> {source = "h.0.ln_1.bias"}
    func.func @norm(%x: tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
      %whole = vspec.layer_norm %x, @gain bias @bias {epsilon = 1.0e-5 : f32} : tensor<?x64xf32>
      %by_head = vspec.layer_norm %x, @gain {epsilon = 1.0e-5 : f32, heads = 8 : i64} : tensor<?x64xf32>
      return %whole, %by_head : tensor<?x64xf32>, tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, FlatSymbolRefAttr:$gain, OptionalAttr<FlatSymbolRefAttr>:$bias, F32Attr:$epsilon,
      OptionalAttr<VSpec_Count>:$heads);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input `,` $gain (`bias` $bias^)? attr-dict `:` type($input)";
  let extraClassDeclaration = [{
    bool isPrologue() { return true; }
    bool isEpilogue() { return getHeads().has_value(); }
  }];
  let hasVerifier = 1;
}

def VSpec_QuantizeOp : VSpec_ComputeOp<"quantize", [Pure, SameOperandsAndResultType]> {
  let summary = "rounds each block of a row to int8 with one scale";
  let description = [{
    For each `block` consecutive columns of a row (the last block may be short), with `max` the largest magnitude in it:
    `scale = max / 127`, `code = nearest even of x * (127 / max)` in -127..127, `output = code * scale`; all zero gives zero.
    With `parts = P` each of the P equal parts of a row is rounded by itself: one for each expert that the row has chosen.

    ```mlir
    func.func @round(%x: tensor<?x172xf32>) -> (tensor<?x172xf32>, tensor<?x172xf32>) {
      %rounded = vspec.quantize %x {block = 64 : i64} : tensor<?x172xf32>
      %by_expert = vspec.quantize %x {block = 64 : i64, parts = 2 : i64} : tensor<?x172xf32>
      return %rounded, %by_expert : tensor<?x172xf32>, tensor<?x172xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, VSpec_Count:$block, OptionalAttr<VSpec_Count>:$parts);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let extraClassDeclaration = "bool isPrologue() { return true; }";
  let hasVerifier = 1;
}

def VSpec_RoundBF16Op : VSpec_ComputeOp<"round_bf16", [Pure, SameOperandsAndResultType]> {
  let summary = "rounds each number to the nearest bf16, ties to even";
  let description = [{
    ```mlir
    func.func @round(%x: tensor<?x172xf32>) -> tensor<?x172xf32> {
      %rounded = vspec.round_bf16 %x : tensor<?x172xf32>
      return %rounded : tensor<?x172xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let extraClassDeclaration = "bool isPrologue() { return true; }";
}

def VSpec_PermuteColumnsOp : VSpec_UserOp<"permute_columns", [Pure, SameOperandsAndResultType]> {
  let summary = "puts the columns of each row in another order";
  let description = [{
    `output[r][c] = input[r][order[0][c]]`. The order is a weight of one row that holds numbers of columns; what is no such number
    counts as 0. It stands before a linear whose weight has its columns sorted by groups (act-order of GPTQ).

    ```mlir
    vspec.weight @order : !vspec.weight<1x64, "f32"> {source = "order:gptq:model.layers.0.self_attn.q_proj@64"}
    func.func @sort(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %sorted = vspec.permute_columns %x, @order : tensor<?x64xf32>
      return %sorted : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, FlatSymbolRefAttr:$order);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input `,` $order attr-dict `:` type($input)";
  let extraClassDeclaration = "bool isPrologue() { return true; }";
}

def VSpec_LinearOp : VSpec_UserOp<"linear", [Pure]> {
  let summary = "multiplies each row by a weight, or by those of its experts";
  let description = [{
    `output[r][n] = sum over k of input[r][k] * weight[n][k]`.

    With routes the weight is a stack of E matrices of N rows, and each row meets only the matrices that it has chosen. Its C
    results lie one behind the other, in the order of its choices: `output[r][c * N + n] = sum over k of x[k] *
    weight[e][n][k]` with `e = routes[r][c]`. The input x is the whole row, or part c of it if the rows are C times as long as
    the weight: results of experts for the same choices.

    ```mlir
    vspec.weight @up : !vspec.weight<172x64, "f32"> {source = "blk.0.ffn_up.weight"}
    vspec.weight @up_exps : !vspec.weight<8x32x64, "f32"> {source = "blk.1.ffn_up_exps.weight"}
    vspec.weight @down_exps : !vspec.weight<8x64x32, "f32"> {source = "blk.1.ffn_down_exps.weight"}
    func.func @project(%x: tensor<?x64xf32>) -> tensor<?x172xf32> {
      %y = vspec.linear %x, @up : tensor<?x64xf32> -> tensor<?x172xf32>
      return %y : tensor<?x172xf32>
    }
    func.func @of_experts(%x: tensor<?x64xf32>, %routes: !vspec.routes<experts = 8, chosen = 2>) -> tensor<?x128xf32> {
      %h = vspec.linear %x, @up_exps by %routes : tensor<?x64xf32>, !vspec.routes<experts = 8, chosen = 2> -> tensor<?x64xf32>
      %y = vspec.linear %h, @down_exps by %routes : tensor<?x64xf32>, !vspec.routes<experts = 8, chosen = 2> -> tensor<?x128xf32>
      return %y : tensor<?x128xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, FlatSymbolRefAttr:$weight, Optional<VSpec_RoutesType>:$routes);
  let results = (outs VSpec_Activations:$output);
  let builders = [OpBuilder<(ins "::mlir::Type":$output, "::mlir::Value":$input, "::mlir::FlatSymbolRefAttr":$weight), [{
    build($_builder, $_state, output, input, weight, ::mlir::Value());
  }]>];
  let assemblyFormat = "$input `,` $weight (`by` $routes^)? attr-dict `:` type($input) (`,` type($routes)^)? `->` type($output)";
  let extraClassDeclaration = "bool isAnchor() { return true; }";
}

//===-- after a linear ----------------------------------------------------------------------------------------------------===//

def VSpec_AddBiasOp : VSpec_UserOp<"add_bias", [Pure, AllTypesMatch<["input", "output"]>]> {
  let summary = "adds the same numbers to each row, or those of its experts";
  let description = [{
    `output[r][c] = input[r][c] + bias[0][c]`. With routes the bias has a row of N numbers for each expert: to part c of a row
    those of its choice c are added.

    ```mlir
    vspec.weight @bias : !vspec.weight<1x64, "f32"> {source = "model.layers.0.self_attn.q_proj.bias"}
    vspec.weight @biases : !vspec.weight<8x32, "f32"> {source = "blk.0.ffn_up_exps.bias"}
    func.func @shift(%x: tensor<?x64xf32>, %routes: !vspec.routes<experts = 8, chosen = 2>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
      %y = vspec.add_bias %x, @bias : tensor<?x64xf32>
      %z = vspec.add_bias %x, @biases by %routes : tensor<?x64xf32>, !vspec.routes<experts = 8, chosen = 2>
      return %y, %z : tensor<?x64xf32>, tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, FlatSymbolRefAttr:$bias, Optional<VSpec_RoutesType>:$routes);
  let results = (outs VSpec_Activations:$output);
  let builders = [OpBuilder<(ins "::mlir::Type":$output, "::mlir::Value":$input, "::mlir::FlatSymbolRefAttr":$bias), [{
    build($_builder, $_state, output, input, bias, ::mlir::Value());
  }]>];
  let assemblyFormat = "$input `,` $bias (`by` $routes^)? attr-dict `:` type($input) (`,` type($routes)^)?";
  let extraClassDeclaration = "bool isEpilogue() { return true; }";
}

def VSpec_AddOp : VSpec_ComputeOp<"add", [Pure, SameOperandsAndResultType]> {
  let summary = "adds rows element by element";
  let description = [{
    ```mlir
    func.func @residual(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %sum = vspec.add %x, %y : tensor<?x64xf32>
      return %sum : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$lhs, VSpec_Activations:$rhs);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs)";
  let extraClassDeclaration = "bool isEpilogue() { return true; }";
}

def VSpec_ScaleOp : VSpec_ComputeOp<"scale", [Pure, SameOperandsAndResultType]> {
  let summary = "multiplies by a constant";
  let description = [{
    ```mlir
    func.func @shrink(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %y = vspec.scale %x {factor = 0.22 : f32} : tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, F32Attr:$factor);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let extraClassDeclaration = "bool isEpilogue() { return true; }";
  let hasVerifier = 1;
}

def VSpec_SoftCapOp : VSpec_ComputeOp<"soft_cap", [Pure, SameOperandsAndResultType]> {
  let summary = "bends numbers so that none passes a bound";
  let description = [{
    `output = cap * tanh(input / cap)`, element by element.

    ```mlir
    func.func @bound_logits(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %y = vspec.soft_cap %x {cap = 30.0 : f32} : tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, F32Attr:$cap);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let extraClassDeclaration = "bool isEpilogue() { return true; }";
  let hasVerifier = 1;
}

def VSpec_ActivateOp : VSpec_ComputeOp<"activate", [Pure, SameOperandsAndResultType]> {
  let summary = "an activation function of each number";
  let description = [{
    ```mlir
    func.func @bend(%x: tensor<?x256xf32>) -> tensor<?x256xf32> {
      %h = vspec.activate %x {activation = #vspec.activation<gelu_tanh>} : tensor<?x256xf32>
      return %h : tensor<?x256xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, VSpec_ActivationAttr:$activation);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let extraClassDeclaration = "bool isEpilogue() { return true; }";
}

def VSpec_GateOp : VSpec_ComputeOp<"gate", [Pure, SameOperandsAndResultType]> {
  let summary = "an activation function of one input times the other input";
  let description = [{
    `output = activation(gate) * value`, element by element. (`clamped_swish` changes the value too.)

    ```mlir
    func.func @swiglu(%gate: tensor<?x172xf32>, %up: tensor<?x172xf32>) -> tensor<?x172xf32> {
      %h = vspec.gate %gate, %up {activation = #vspec.activation<silu>} : tensor<?x172xf32>
      return %h : tensor<?x172xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$gate, VSpec_Activations:$value, VSpec_ActivationAttr:$activation);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$gate `,` $value attr-dict `:` type($gate)";
  let extraClassDeclaration = "bool isEpilogue() { return true; }";
}

def VSpec_RopeOp : VSpec_ComputeOp<"rope", [Pure, AllTypesMatch<["input", "output"]>]> {
  let summary = "turns each head by angles that grow with the row's position";
  let description = [{
    In each head, for i < F, the number of frequencies, with the angle `a = rows[r].position * frequencies[i]`, `c = factor * cos a`
    and `s = factor * sin a`: `(x[i], x[i + F])` becomes `(x[i] c - x[i + F] s, x[i + F] c + x[i] s)`. What lies behind the first
    2 F columns of a head stays as it is. The frequencies are final: all scaling for long contexts is in them. `attention_factor`
    is 1 where it is left out.

    ```mlir
    func.func @turn(%q: tensor<?x8xf32>, %rows: !vspec.rows) -> tensor<?x8xf32> {
      %turned = vspec.rope %q, %rows {heads = 2 : i64, frequencies = array<f32: 1.0, 0.01>} : tensor<?x8xf32>
      %again = vspec.rope %turned, %rows {heads = 2 : i64, frequencies = array<f32: 1.0>, attention_factor = 1.2 : f32} : tensor<?x8xf32>
      return %again : tensor<?x8xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, VSpec_RowsType:$rows, VSpec_Count:$heads, DenseF32ArrayAttr:$frequencies,
      OptionalAttr<F32Attr>:$attention_factor);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input `,` $rows attr-dict `:` type($input)";
  let extraClassDeclaration = "bool isEpilogue() { return true; }";
  let hasVerifier = 1;
}

def VSpec_ScaleRowsOp : VSpec_ComputeOp<"scale_rows", [Pure, AllTypesMatch<["input", "output"]>]> {
  let summary = "multiplies each row by a number between 0 and 1";
  let description = [{
    `output[r][c] = input[r][c] / (1 + exp(-gate[r][0]))`: what a shared expert adds is weighted so.

    ```mlir
    func.func @weigh(%x: tensor<?x64xf32>, %gate: tensor<?x1xf32>) -> tensor<?x64xf32> {
      %y = vspec.scale_rows %x, %gate : tensor<?x64xf32>, tensor<?x1xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, VSpec_Activations:$gate);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input `,` $gate attr-dict `:` type($input) `,` type($gate)";
  let extraClassDeclaration = "bool isEpilogue() { return true; } ::mlir::Value rowNumbers() { return getGate(); }";
  let hasVerifier = 1;
}

def VSpec_ScaleColumnsOp : VSpec_UserOp<"scale_columns", [Pure, SameOperandsAndResultType]> {
  let summary = "multiplies each row by a gain, column by column";
  let description = [{
    `output[r][c] = input[r][c] * gain[0][c]`.

    ```mlir
    vspec.weight @gain : !vspec.weight<1x64, "f32"> {source = "blk.0.altup_correct_scale.weight"}
    func.func @weigh(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %y = vspec.scale_columns %x, @gain : tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, FlatSymbolRefAttr:$gain);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input `,` $gain attr-dict `:` type($input)";
  let extraClassDeclaration = "bool isEpilogue() { return true; }";
}

def VSpec_WeightedSumOp : VSpec_ComputeOp<"weighted_sum", [Pure, AttrSizedOperandSegments]> {
  let summary = "adds several rows, each times a factor";
  let description = [{
    `output[r][c] = sum over i of factor(r, i) * inputs[i][r][c]`, in ascending order of i. The factor is `factors[i]`; with weights
    each row has its own, `factors[i] + weights[r][first + i]`, and `first` is 0 where it is left out. So streams are mixed that
    stand beside each other, by numbers that a linear has made for each token.

    ```mlir
    func.func @mix(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %w: tensor<?x4xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>) {
      %difference = vspec.weighted_sum %x, %y {factors = array<f32: 1.0, -1.0>} : tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
      %mixed = vspec.weighted_sum %x, %y by %w {factors = array<f32: 0.0, 1.0>, first = 2 : i64}
          : tensor<?x64xf32>, tensor<?x64xf32> by tensor<?x4xf32> -> tensor<?x64xf32>
      return %difference, %mixed : tensor<?x64xf32>, tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<VSpec_Activations>:$inputs, Optional<VSpec_Activations>:$weights, DenseF32ArrayAttr:$factors,
      OptionalAttr<ConfinedAttr<I64Attr, [IntNonNegative]>>:$first);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$inputs (`by` $weights^)? attr-dict `:` type($inputs) (`by` type($weights)^)? `->` type($output)";
  let extraClassDeclaration = "bool isEpilogue() { return true; } ::mlir::Value rowNumbers() { return getWeights(); }";
  let hasVerifier = 1;
}

//===-- launches ----------------------------------------------------------------------------------------------------------===//

def VSpec_FusedOp : VSpec_Op<"fused", [IsolatedFromAbove, RecursiveMemoryEffects,
    SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "operations that become one launch";
  let description = [{
    Means what its body means. The operands become the block's arguments, what `vspec.yield` names the results; only
    operations that have a role in a launch may stand inside. Weights and caches are named as everywhere.

    ```mlir
    vspec.weight @gain : !vspec.weight<1x64, "f32"> {source = "blk.0.ffn_norm.weight"}
    vspec.weight @up : !vspec.weight<172x64, "f32"> {source = "blk.0.ffn_up.weight"}
    func.func @norm_and_project(%x: tensor<?x64xf32>) -> tensor<?x172xf32> {
      %y = vspec.fused (%row = %x : tensor<?x64xf32>) -> tensor<?x172xf32> {
        %n = vspec.rms_norm %row, @gain {epsilon = 1.0e-5 : f32} : tensor<?x64xf32>
        %z = vspec.linear %n, @up : tensor<?x64xf32> -> tensor<?x172xf32>
        vspec.yield %z : tensor<?x172xf32>
      }
      return %y : tensor<?x172xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$inputs);
  let results = (outs Variadic<AnyType>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasRegionVerifier = 1;
}

def VSpec_YieldOp : VSpec_Op<"yield", [Pure, Terminator, HasParent<"FusedOp">]> {
  let summary = "ends a fused region and names its results";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
}

#endif
