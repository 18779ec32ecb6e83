// Text and bytecode keep every operation, type and attribute.
// RUN: vspec-opt %s | vspec-opt | FileCheck %s
// RUN: vspec-opt %s --emit-bytecode | vspec-opt | FileCheck %s

// CHECK: vspec.weight @token_embd : !vspec.weight<512x64, "f32"> {source = "token_embd.weight"}
vspec.weight @token_embd : !vspec.weight<512x64, "f32"> {source = "token_embd.weight"}
// CHECK: vspec.weight @gain : !vspec.weight<1x64, "f32">
vspec.weight @gain : !vspec.weight<1x64, "f32"> {source = "blk.0.attn_norm.weight"}
// CHECK: vspec.weight @head_gain : !vspec.weight<1x8, "f32">
vspec.weight @head_gain : !vspec.weight<1x8, "f32"> {source = "blk.0.attn_q_norm.weight"}
// CHECK: transforms = [#vspec.unpermute_heads<8>, #vspec.scale_by<"q.scale">]
vspec.weight @blk.0.attn_q : !vspec.weight<64x64, "f16"> {source = "q", transforms = [#vspec.unpermute_heads<8>, #vspec.scale_by<"q.scale">]}
// CHECK: vspec.weight @blk.0.attn_q.bias : !vspec.weight<1x64, "f32">
vspec.weight @blk.0.attn_q.bias : !vspec.weight<1x64, "f32"> {source = "q.bias", transforms = [#vspec.unpermute_heads<8>]}
// CHECK: transforms = [#vspec.plus_one]
vspec.weight @less_one : !vspec.weight<1x64, "f32"> {source = "norm", transforms = [#vspec.plus_one]}
// CHECK: transforms = [#vspec.transpose, #vspec.take_rows<count = 8, first = 16, every = 24>]
vspec.weight @blk.0.attn_v : !vspec.weight<64x64, "f16"> {source = "qkv",
    transforms = [#vspec.transpose, #vspec.take_rows<count = 8, first = 16, every = 24>]}
// CHECK: vspec.weight @position_embd : !vspec.weight<128x64, "f32">
vspec.weight @position_embd : !vspec.weight<128x64, "f32"> {source = "position_embd.weight"}
// CHECK: !vspec.weight<32x64, "f32", rows16>
vspec.weight @packed : !vspec.weight<32x64, "f32", rows16> {source = "random:7:blk.0.attn_k"}
// The canonical text of the format.
// CHECK: !vspec.weight<32x64, "int{4} x 32:f16">
vspec.weight @low_bits : !vspec.weight<32x64, "int4"> {source = "k"}
// CHECK: !vspec.weight<32x64, "f32", plain>
vspec.weight @plain : !vspec.weight<32x64, "f32", plain> {source = "k"}

// CHECK: vspec.weight @stack : !vspec.weight<3x16x64, "f32"> {source = "e.0", transforms = [#vspec.stack<"e.1", "e.2">]}
vspec.weight @stack : !vspec.weight<3x16x64, "f32"> {source = "e.0", transforms = [#vspec.stack<"e.1", "e.2">]}
// CHECK: vspec.weight @packed_stack : !vspec.weight<3x64x16, "f32", rows16>
vspec.weight @packed_stack : !vspec.weight<3x64x16, "f32", rows16> {source = "f"}
// CHECK: vspec.weight @biases : !vspec.weight<3x16, "f32">
vspec.weight @biases : !vspec.weight<3x16, "f32"> {source = "g"}

// CHECK: vspec.kv_cache @as_imported : !vspec.kv_cache<heads = 4, head_size = 8>
vspec.kv_cache @as_imported : !vspec.kv_cache<heads = 4, head_size = 8>
// CHECK: vspec.recurrent_state @inputs : !vspec.recurrent_state<3x64>
vspec.recurrent_state @inputs : !vspec.recurrent_state<3x64>
vspec.recurrent_state @more_inputs : !vspec.recurrent_state<3x68>
vspec.weight @more_taps : !vspec.weight<68x4, "f32"> {source = "conv1d.weight"}
// CHECK: vspec.recurrent_state @heads : !vspec.recurrent_state<4x8x12>
vspec.recurrent_state @heads : !vspec.recurrent_state<4x8x12>
// CHECK: vspec.weight @decays : !vspec.weight<1x4, "f32"> {source = "A_log", transforms = [#vspec.negative_exp]}
vspec.weight @decays : !vspec.weight<1x4, "f32"> {source = "A_log", transforms = [#vspec.negative_exp]}
vspec.weight @taps : !vspec.weight<64x4, "f32"> {source = "conv1d.weight"}
vspec.weight @long_gain : !vspec.weight<1x64, "f32"> {source = "norm.weight"}
// CHECK: !vspec.kv_cache<heads = 4, head_size = 8, window = 16>
vspec.kv_cache @windowed : !vspec.kv_cache<heads = 4, head_size = 8, window = 16>
// CHECK: !vspec.kv_cache<heads = 4, head_size = 8, k = "int8", v = "int4", capacity = 512>
vspec.kv_cache @planned : !vspec.kv_cache<heads = 4, head_size = 8, k = "int8", v = "int4", capacity = 512>
// CHECK: !vspec.kv_cache<heads = 4, head_size = 8, window = 16, k = "f32", v = "f16", capacity = 32, ring>
vspec.kv_cache @ring : !vspec.kv_cache<heads = 4, head_size = 8, window = 16, k = "f32", v = "f16", capacity = 32, ring>

// CHECK-LABEL: @step(
// CHECK-SAME: %[[ROWS:.*]]: !vspec.rows, %[[SELECT:.*]]: tensor<?xi32>)
func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x512xf32> {
  // CHECK: %[[X:.*]] = vspec.embed @token_embd, %[[ROWS]] : tensor<?x64xf32>
  %x = vspec.embed @token_embd, %rows : tensor<?x64xf32>
  // CHECK: vspec.embed @token_embd, %[[ROWS]] positions @position_embd : tensor<?x64xf32>
  %learned = vspec.embed @token_embd, %rows positions @position_embd : tensor<?x64xf32>
  // CHECK: vspec.layer_norm %{{.*}}, @gain bias @gain {epsilon = 1.000000e-03 : f32} : tensor<?x64xf32>
  %ln = vspec.layer_norm %learned, @gain bias @gain {epsilon = 1.0e-3 : f32} : tensor<?x64xf32>
  // CHECK: vspec.layer_norm %{{.*}}, @gain {epsilon = 1.000000e-03 : f32, heads = 8 : i64} : tensor<?x64xf32>
  %lnh = vspec.layer_norm %ln, @gain {epsilon = 1.0e-3 : f32, heads = 8 : i64} : tensor<?x64xf32>
  // CHECK: vspec.activate %{{.*}} {activation = #vspec.activation<gelu>} : tensor<?x64xf32>
  %bent = vspec.activate %lnh {activation = #vspec.activation<gelu>} : tensor<?x64xf32>
  // CHECK: %[[N:.*]] = vspec.rms_norm %[[X]], @gain {epsilon = 1.000000e-03 : f32} : tensor<?x64xf32>
  %n = vspec.rms_norm %x, @gain {epsilon = 1.0e-3 : f32} : tensor<?x64xf32>
  // CHECK: %[[ROUND:.*]] = vspec.quantize %[[N]] {block = 64 : i64} : tensor<?x64xf32>
  %round = vspec.quantize %n {block = 64 : i64} : tensor<?x64xf32>
  // CHECK: vspec.round_bf16 %[[N]] : tensor<?x64xf32>
  %bf16 = vspec.round_bf16 %n : tensor<?x64xf32>
  // CHECK: vspec.permute_columns %[[N]], @gain : tensor<?x64xf32>
  %sorted = vspec.permute_columns %n, @gain : tensor<?x64xf32>
  // CHECK: %[[Q:.*]] = vspec.linear %[[ROUND]], @blk.0.attn_q : tensor<?x64xf32> -> tensor<?x64xf32>
  %q = vspec.linear %round, @blk.0.attn_q : tensor<?x64xf32> -> tensor<?x64xf32>
  // CHECK: %[[K:.*]] = vspec.linear %[[ROUND]], @packed
  %k = vspec.linear %round, @packed : tensor<?x64xf32> -> tensor<?x32xf32>
  // CHECK: vspec.rms_norm %[[Q]], @head_gain {epsilon = 1.000000e-03 : f32, heads = 8 : i64}
  %qn = vspec.rms_norm %q, @head_gain {epsilon = 1.0e-3 : f32, heads = 8 : i64} : tensor<?x64xf32>
  // CHECK: vspec.add_bias %{{.*}}, @gain : tensor<?x64xf32>
  %qb = vspec.add_bias %qn, @gain : tensor<?x64xf32>
  // CHECK: vspec.rope %{{.*}}, %[[ROWS]] {attention_factor = 1.250000e+00 : f32, frequencies = array<f32: 1.000000e+00, 5.000000e-01, 2.500000e-01, 1.250000e-01>, heads = 8 : i64} : tensor<?x64xf32>
  %qr = vspec.rope %qb, %rows {heads = 8 : i64, frequencies = array<f32: 1.0, 0.5, 0.25, 0.125>, attention_factor = 1.25 : f32} : tensor<?x64xf32>
  // CHECK: vspec.kv_append %[[K]], %[[K]], %[[ROWS]], @planned : tensor<?x32xf32>, tensor<?x32xf32>
  vspec.kv_append %k, %k, %rows, @planned : tensor<?x32xf32>, tensor<?x32xf32>
  // CHECK: %[[A:.*]] = vspec.attention %{{.*}}, %[[ROWS]], @planned {heads = 8 : i64, scale = 5.000000e-01 : f32} : tensor<?x64xf32>
  %a = vspec.attention %qr, %rows, @planned {heads = 8 : i64, scale = 0.5 : f32} : tensor<?x64xf32>
  // CHECK: %[[B:.*]], %[[PARTS:.*]] = vspec.attention %{{.*}}, %[[ROWS]], @planned {heads = 8 : i64, scale = 5.000000e-01 : f32, split = 64 : i64} : tensor<?x64xf32> parts tensor<?x640xf32>
  %b, %parts = vspec.attention %qr, %rows, @planned {heads = 8 : i64, scale = 0.5 : f32, split = 64 : i64} : tensor<?x64xf32> parts tensor<?x640xf32>
  // CHECK: vspec.merge_splits %[[B]], %[[PARTS]], %[[ROWS]] {heads = 8 : i64, split = 64 : i64} : tensor<?x64xf32>, tensor<?x640xf32>
  %merged = vspec.merge_splits %b, %parts, %rows {heads = 8 : i64, split = 64 : i64} : tensor<?x64xf32>, tensor<?x640xf32>
  // CHECK: vspec.attention %{{.*}}, %[[ROWS]], @planned sinks @head_gain {heads = 8 : i64, scale = 5.000000e-01 : f32} : tensor<?x64xf32>
  %sunk = vspec.attention %qr, %rows, @planned sinks @head_gain {heads = 8 : i64, scale = 0.5 : f32} : tensor<?x64xf32>
  // CHECK: vspec.merge_splits %[[B]], %[[PARTS]], %[[ROWS]] sinks @head_gain {heads = 8 : i64, split = 64 : i64} : tensor<?x64xf32>, tensor<?x640xf32>
  %with_sinks = vspec.merge_splits %b, %parts, %rows sinks @head_gain {heads = 8 : i64, split = 64 : i64} : tensor<?x64xf32>, tensor<?x640xf32>
  // CHECK: %[[S:.*]] = vspec.add %[[X]], %[[A]] : tensor<?x64xf32>
  %s = vspec.add %x, %a : tensor<?x64xf32>
  // CHECK: %[[H:.*]] = vspec.gate %[[S]], %[[A]] {activation = #vspec.activation<gelu_tanh>} : tensor<?x64xf32>
  %h = vspec.gate %s, %a {activation = #vspec.activation<gelu_tanh>} : tensor<?x64xf32>
  // CHECK: vspec.scale %[[H]] {factor = 5.000000e-01 : f32} : tensor<?x64xf32>
  %half = vspec.scale %h {factor = 0.5 : f32} : tensor<?x64xf32>
  // CHECK: vspec.soft_cap %[[H]] {cap = 3.000000e+01 : f32} : tensor<?x64xf32>
  %bounded = vspec.soft_cap %h {cap = 30.0 : f32} : tensor<?x64xf32>
  // CHECK: %[[Z:.*]] = vspec.select_rows %[[H]], %[[SELECT]] : tensor<?x64xf32>
  %z = vspec.select_rows %h, %select : tensor<?x64xf32>
  // CHECK: %[[LOGITS:.*]] = vspec.fused (%[[ROW:.*]] = %[[Z]] : tensor<?x64xf32>) -> tensor<?x512xf32> attributes {name = "head"} {
  %logits = vspec.fused (%row = %z : tensor<?x64xf32>) -> tensor<?x512xf32> attributes {name = "head"} {
    // CHECK: %[[L:.*]] = vspec.linear %[[ROW]], @token_embd
    %l = vspec.linear %row, @token_embd : tensor<?x64xf32> -> tensor<?x512xf32>
    // CHECK: vspec.yield %[[L]] : tensor<?x512xf32>
    vspec.yield %l : tensor<?x512xf32>
  }
  // CHECK: vspec.fused (%{{.*}} = %[[K]] : tensor<?x32xf32>, %{{.*}} = %[[ROWS]] : !vspec.rows) {
  vspec.fused (%k1 = %k : tensor<?x32xf32>, %rows1 = %rows : !vspec.rows) {
    vspec.kv_append %k1, %k1, %rows1, @planned : tensor<?x32xf32>, tensor<?x32xf32>
    // CHECK: vspec.yield
    vspec.yield
  }
  return %logits : tensor<?x512xf32>
}

// CHECK-LABEL: @experts(
func.func @experts(%x: tensor<?x64xf32>, %logits: tensor<?x3xf32>, %weight: tensor<?x1xf32>) -> tensor<?x64xf32> {
  // CHECK: %[[ROUTES:.*]] = vspec.route %{{.*}} {chosen = 2 : i64, scale = 2.500000e+00 : f32, scores = #vspec.scores<sigmoid>} : tensor<?x3xf32>
  %routes = vspec.route %logits {chosen = 2 : i64, scores = #vspec.scores<sigmoid>, scale = 2.5 : f32} : tensor<?x3xf32>
  // CHECK: vspec.linear %{{.*}}, @stack by %[[ROUTES]] : tensor<?x64xf32>, !vspec.routes<experts = 3, chosen = 2> -> tensor<?x32xf32>
  %h = vspec.linear %x, @stack by %routes : tensor<?x64xf32>, !vspec.routes<experts = 3, chosen = 2> -> tensor<?x32xf32>
  // CHECK: vspec.add_bias %{{.*}}, @biases by %[[ROUTES]] : tensor<?x32xf32>, !vspec.routes<experts = 3, chosen = 2>
  %b = vspec.add_bias %h, @biases by %routes : tensor<?x32xf32>, !vspec.routes<experts = 3, chosen = 2>
  // CHECK: vspec.gate %{{.*}} {activation = #vspec.activation<clamped_swish>} : tensor<?x32xf32>
  %g = vspec.gate %b, %h {activation = #vspec.activation<clamped_swish>} : tensor<?x32xf32>
  // CHECK: vspec.quantize %{{.*}} {block = 64 : i64, parts = 2 : i64} : tensor<?x32xf32>
  %q = vspec.quantize %g {block = 64 : i64, parts = 2 : i64} : tensor<?x32xf32>
  %d = vspec.linear %q, @packed_stack by %routes : tensor<?x32xf32>, !vspec.routes<experts = 3, chosen = 2> -> tensor<?x128xf32>
  // CHECK: vspec.combine %{{.*}}, %[[ROUTES]] : tensor<?x128xf32>, <experts = 3, chosen = 2> -> tensor<?x64xf32>
  %c = vspec.combine %d, %routes : tensor<?x128xf32>, <experts = 3, chosen = 2> -> tensor<?x64xf32>
  // CHECK: vspec.scale_rows %{{.*}}, %{{.*}} : tensor<?x64xf32>, tensor<?x1xf32>
  %s = vspec.scale_rows %c, %weight : tensor<?x64xf32>, tensor<?x1xf32>
  return %s : tensor<?x64xf32>
}

// CHECK-LABEL: func.func @recurrences(
// CHECK-SAME: %[[X:.*]]: tensor<?x64xf32>, %[[DT:.*]]: tensor<?x4xf32>, %[[ROWS:.*]]: !vspec.rows)
func.func @recurrences(%x: tensor<?x64xf32>, %dt: tensor<?x4xf32>, %rows: !vspec.rows) -> (tensor<?x64xf32>, tensor<?x48xf32>) {
  // CHECK: %[[Y:.*]] = vspec.causal_conv1d(%[[X]]), %[[ROWS]], @inputs, @taps bias @long_gain : tensor<?x64xf32> -> tensor<?x64xf32>
  %y = vspec.causal_conv1d(%x), %rows, @inputs, @taps bias @long_gain : tensor<?x64xf32> -> tensor<?x64xf32>
  // CHECK: vspec.causal_conv1d(%[[Y]]), %[[ROWS]], @inputs, @taps : tensor<?x64xf32> -> tensor<?x64xf32>
  %z = vspec.causal_conv1d(%y), %rows, @inputs, @taps : tensor<?x64xf32> -> tensor<?x64xf32>
  // CHECK: vspec.rms_norm %{{.*}}, @long_gain {epsilon = 9.99999974E-6 : f32, heads = 2 : i64} : tensor<?x64xf32>
  %n = vspec.rms_norm %z, @long_gain {epsilon = 1.0e-5 : f32, heads = 2 : i64} : tensor<?x64xf32>
  // CHECK: vspec.ssm_scan %{{.*}}, %[[DT]], %[[ROWS]], @heads decay @decays skip @decays dt_bias @decays {dt_least = 1.000000e-01 : f32, groups = 1 : i64} : tensor<?x64xf32>, tensor<?x4xf32> -> tensor<?x48xf32>
  %s = vspec.ssm_scan %n, %dt, %rows, @heads decay @decays skip @decays dt_bias @decays {groups = 1 : i64, dt_least = 0.1 : f32}
      : tensor<?x64xf32>, tensor<?x4xf32> -> tensor<?x48xf32>
  // CHECK: vspec.causal_conv1d(%[[X]], %[[DT]]), %[[ROWS]], @more_inputs, @more_taps : tensor<?x64xf32>, tensor<?x4xf32> -> tensor<?x68xf32>
  %m = vspec.causal_conv1d(%x, %dt), %rows, @more_inputs, @more_taps : tensor<?x64xf32>, tensor<?x4xf32> -> tensor<?x68xf32>
  // CHECK: vspec.gated_delta %{{.*}}, %[[DT]], %[[DT]], %[[ROWS]], @heads decay @decays dt_bias @decays {groups = 1 : i64} : tensor<?x64xf32>, tensor<?x4xf32> -> tensor<?x48xf32>
  %d = vspec.gated_delta %n, %dt, %dt, %rows, @heads decay @decays dt_bias @decays {groups = 1 : i64}
      : tensor<?x64xf32>, tensor<?x4xf32> -> tensor<?x48xf32>
  return %y, %s : tensor<?x64xf32>, tensor<?x48xf32>
}

// CHECK-LABEL: @streams(
func.func @streams(%x: tensor<?x64xf32>, %y: tensor<?x64xf32>, %w: tensor<?x4xf32>, %rows: !vspec.rows) -> tensor<?x16xf32> {
  // CHECK: vspec.embed @token_embd, %{{.*}} {stand_in = 0 : i64} : tensor<?x64xf32>
  %e = vspec.embed @token_embd, %rows {stand_in = 0 : i64} : tensor<?x64xf32>
  // CHECK: vspec.rms_norm %{{.*}} {epsilon = 1.000000e-03 : f32, heads = 8 : i64} : tensor<?x64xf32>
  %n = vspec.rms_norm %e {epsilon = 1.0e-3 : f32, heads = 8 : i64} : tensor<?x64xf32>
  // CHECK: vspec.scale_columns %{{.*}}, @gain : tensor<?x64xf32>
  %s = vspec.scale_columns %n, @gain : tensor<?x64xf32>
  // CHECK: vspec.weighted_sum %{{.*}}, %{{.*}} {factors = array<f32: 1.000000e+00, -1.000000e+00>} : tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  %d = vspec.weighted_sum %x, %s {factors = array<f32: 1.0, -1.0>} : tensor<?x64xf32>, tensor<?x64xf32> -> tensor<?x64xf32>
  // CHECK: vspec.weighted_sum %{{.*}}, %{{.*}} by %{{.*}} {factors = array<f32: 0.000000e+00, 1.000000e+00>, first = 2 : i64} : tensor<?x64xf32>, tensor<?x64xf32> by tensor<?x4xf32> -> tensor<?x64xf32>
  %m = vspec.weighted_sum %d, %y by %w {factors = array<f32: 0.0, 1.0>, first = 2 : i64} : tensor<?x64xf32>, tensor<?x64xf32> by tensor<?x4xf32> -> tensor<?x64xf32>
  // CHECK: vspec.match_magnitude %{{.*}}, %{{.*}} {epsilon = 9.99999974E-6 : f32} : tensor<?x64xf32>
  %a = vspec.match_magnitude %m, %y {epsilon = 1.0e-5 : f32} : tensor<?x64xf32>
  // CHECK: vspec.excess %{{.*}} {deviations = -5.000000e-01 : f32} : tensor<?x64xf32>
  %k = vspec.excess %a {deviations = -0.5 : f32} : tensor<?x64xf32>
  // CHECK: vspec.take_part %{{.*}} {part = 3 : i64, parts = 4 : i64} : tensor<?x64xf32> -> tensor<?x16xf32>
  %p = vspec.take_part %k {part = 3 : i64, parts = 4 : i64} : tensor<?x64xf32> -> tensor<?x16xf32>
  return %p : tensor<?x16xf32>
}

vspec.weight @gated : !vspec.weight<48x64, "f32"> {source = "gated"}
vspec.weight @sparse : !vspec.weight<48x64, "f32", row_parts> {source = "sparse", transforms = [#vspec.transpose]}
// CHECK-LABEL: @zeros
func.func @zeros(%g: tensor<?x48xf32>, %x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // CHECK: vspec.gated_linear %{{.*}}, %{{.*}}, @gated {activation = #vspec.activation<relu2>} : tensor<?x48xf32>, tensor<?x64xf32>
  %h = vspec.gated_linear %g, %x, @gated {activation = #vspec.activation<relu2>} : tensor<?x48xf32>, tensor<?x64xf32>
  // CHECK: vspec.sparse_linear %{{.*}}, @sparse {split = 32 : i64} : tensor<?x48xf32> -> tensor<?x128xf32>
  %p = vspec.sparse_linear %h, @sparse {split = 32 : i64} : tensor<?x48xf32> -> tensor<?x128xf32>
  // CHECK: vspec.sum_parts %{{.*}} {parts = 2 : i64} : tensor<?x128xf32> -> tensor<?x64xf32>
  %s = vspec.sum_parts %p {parts = 2 : i64} : tensor<?x128xf32> -> tensor<?x64xf32>
  // CHECK: vspec.sparse_linear %{{.*}}, @sparse : tensor<?x48xf32> -> tensor<?x64xf32>
  %y = vspec.sparse_linear %h, @sparse : tensor<?x48xf32> -> tensor<?x64xf32>
  %z = vspec.add %s, %y : tensor<?x64xf32>
  return %z : tensor<?x64xf32>
}
