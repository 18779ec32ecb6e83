// Layers that keep a state of fixed size instead of a cache.
#ifndef VSPEC_DIALECTS_VSPEC_VSPECRECURRENCEOPS_TD
#define VSPEC_DIALECTS_VSPEC_VSPECRECURRENCEOPS_TD
include "dialects/VSpec/VSpecOpBase.td"

def VSpec_RecurrentStateOp : VSpec_Op<"recurrent_state", [Symbol]> {
  let summary = "what one recurrent layer keeps of all tokens before, for each session";
  let description = [{
    State: zero when a session opens or is reset, changed by each row. It cannot go back to an earlier position.

    ```mlir
    vspec.recurrent_state @ssm_state.0 : !vspec.recurrent_state<4x16x8>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<VSpec_RecurrentStateType>:$type);
  let assemblyFormat = "$sym_name `:` $type attr-dict";
  let extraClassDeclaration = [{
    RecurrentStateType getStateType() { return ::llvm::cast<RecurrentStateType>(getType()); }
  }];
}

def VSpec_CausalConv1dOp : VSpec_UserOp<"causal_conv1d"> {
  let summary = "each channel's weighted sum of its last inputs, then silu";
  let description = [{
    The channels are the columns of all inputs, one input behind the other. With K columns of the weight, a row for each channel,
    and the row at position p of its slot:
    `output[c] = silu(bias[0][c] + sum over k < K of weight[c][k] * input at position p - K + 1 + k [c])`. Positions below 0 count
    as zero, and so does a missing bias. The state has the shape K - 1 by channels: the last inputs of each session, oldest first.
    A slot's rows are taken in ascending position.

    ```mlir
    vspec.weight @kernel : !vspec.weight<96x4, "f32"> {source = "blk.0.ssm_conv1d.weight"}
    vspec.weight @bias : !vspec.weight<1x96, "f32"> {source = "blk.0.ssm_conv1d.bias"}
    vspec.recurrent_state @conv_state.0 : !vspec.recurrent_state<3x96>
    func.func @mix(%x: tensor<?x64xf32>, %b: tensor<?x32xf32>, %rows: !vspec.rows) -> tensor<?x96xf32> {
      %y = vspec.causal_conv1d(%x, %b), %rows, @conv_state.0, @kernel bias @bias : tensor<?x64xf32>, tensor<?x32xf32> -> tensor<?x96xf32>
      return %y : tensor<?x96xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<VSpec_Activations>:$inputs, VSpec_RowsType:$rows,
      Arg<FlatSymbolRefAttr, "", [MemRead<VSpec_StateResource>, MemWrite<VSpec_StateResource>]>:$state, FlatSymbolRefAttr:$weight,
      OptionalAttr<FlatSymbolRefAttr>:$bias);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = [{`` `(` $inputs `)` `,` $rows `,` $state `,` $weight (`bias` $bias^)? attr-dict
      `:` type($inputs) `->` type($output)}];
  let extraClassDeclaration = "bool isAnchor() { return true; }";
}

def VSpec_SSMScanOp : VSpec_UserOp<"ssm_scan"> {
  let summary = "the recurrence of Mamba-2 (SSD: Dao and Gu, arXiv:2405.21060)";
  let description = [{
    The state has the shape H heads by N by P. A row of the input is x, H heads of P columns, then B and C, each G groups of N
    columns; head h reads group `h / (H / G)`. For each row of a slot, in ascending position, and each head, with
    `t = softplus(dt[h] + dt_bias[0][h])` brought into `dt_least` to `dt_most` where these are given:
    `state[n][p] = state[n][p] * exp(t * a[0][h]) + t * x[p] * B[n]` and
    `output[h * P + p] = sum over n of state[n][p] * C[n] + d[0][h] * x[p]`. The state is zero before position 0.

    ```mlir
    vspec.weight @a : !vspec.weight<1x4, "f32"> {source = "blk.0.ssm_a"}
    vspec.weight @d : !vspec.weight<1x4, "f32"> {source = "blk.0.ssm_d"}
    vspec.weight @dt_bias : !vspec.weight<1x4, "f32"> {source = "blk.0.ssm_dt.bias"}
    vspec.recurrent_state @ssm_state.0 : !vspec.recurrent_state<4x16x8>
    func.func @scan(%xbc: tensor<?x96xf32>, %dt: tensor<?x4xf32>, %rows: !vspec.rows) -> tensor<?x32xf32> {
      %y = vspec.ssm_scan %xbc, %dt, %rows, @ssm_state.0 decay @a skip @d dt_bias @dt_bias {groups = 2 : i64}
          : tensor<?x96xf32>, tensor<?x4xf32> -> tensor<?x32xf32>
      return %y : tensor<?x32xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, VSpec_Activations:$dt, VSpec_RowsType:$rows,
      Arg<FlatSymbolRefAttr, "", [MemRead<VSpec_StateResource>, MemWrite<VSpec_StateResource>]>:$state, FlatSymbolRefAttr:$decay,
      FlatSymbolRefAttr:$skip, FlatSymbolRefAttr:$dt_bias, VSpec_Count:$groups, OptionalAttr<F32Attr>:$dt_least,
      OptionalAttr<F32Attr>:$dt_most);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = [{$input `,` $dt `,` $rows `,` $state `decay` $decay `skip` $skip `dt_bias` $dt_bias attr-dict
      `:` type($input) `,` type($dt) `->` type($output)}];
  let extraClassDeclaration = "bool isAnchor() { return true; }";
}

def VSpec_GatedDeltaOp : VSpec_UserOp<"gated_delta", [AllTypesMatch<["dt", "beta"]>]> {
  let summary = "the gated delta rule (Yang, Kautz and Hatamizadeh, arXiv:2412.06464)";
  let description = [{
    The state has the shape H heads by N by P. A row of the input is G queries of N columns, G keys of N columns, and H values of P
    columns; head h reads query and key `h / (H / G)`, each divided by `sqrt(sum of its squares + 1e-6)`, the query by sqrt(N) too.
    For each row of a slot, in ascending position, and each head, with `kept = exp(a[0][h] * softplus(dt[h] + dt_bias[0][h]))`:
    `change[p] = sigmoid(beta[h]) * (value[p] - kept * sum over n of state[n][p] * key[n])`, then
    `state[n][p] = kept * state[n][p] + key[n] * change[p]` and `output[h * P + p] = sum over n of state[n][p] * query[n]`. The
    state is zero before position 0.

    ```mlir
    vspec.weight @a : !vspec.weight<1x4, "f32"> {source = "blk.0.ssm_a"}
    vspec.weight @dt_bias : !vspec.weight<1x4, "f32"> {source = "blk.0.ssm_dt.bias"}
    vspec.recurrent_state @delta_state.0 : !vspec.recurrent_state<4x16x8>
    func.func @remember(%qkv: tensor<?x96xf32>, %dt: tensor<?x4xf32>, %beta: tensor<?x4xf32>, %rows: !vspec.rows) -> tensor<?x32xf32> {
      %y = vspec.gated_delta %qkv, %dt, %beta, %rows, @delta_state.0 decay @a dt_bias @dt_bias {groups = 2 : i64}
          : tensor<?x96xf32>, tensor<?x4xf32> -> tensor<?x32xf32>
      return %y : tensor<?x32xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, VSpec_Activations:$dt, VSpec_Activations:$beta, VSpec_RowsType:$rows,
      Arg<FlatSymbolRefAttr, "", [MemRead<VSpec_StateResource>, MemWrite<VSpec_StateResource>]>:$state, FlatSymbolRefAttr:$decay,
      FlatSymbolRefAttr:$dt_bias, VSpec_Count:$groups);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = [{$input `,` $dt `,` $beta `,` $rows `,` $state `decay` $decay `dt_bias` $dt_bias attr-dict
      `:` type($input) `,` type($dt) `->` type($output)}];
  let extraClassDeclaration = "bool isAnchor() { return true; }";
}

#endif
