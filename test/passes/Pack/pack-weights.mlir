// RUN: vspec-opt %s --vspec-pack-weights | FileCheck %s
// RUN: vspec-opt %s --vspec-pack-weights --vspec-pack-weights | FileCheck %s

// Multiplied or looked up, also both: rows of 16.
// CHECK: vspec.weight @token_embd : !vspec.weight<64x64, "int{6} x 32:f16", rows16> {source = "embd"}
vspec.weight @token_embd : !vspec.weight<64x64, "int6"> {source = "embd"}
// CHECK: vspec.weight @inside_a_launch : !vspec.weight<64x64, "int{4} x 32:f16", rows16> {source = "up", transforms = [#vspec.unpermute_heads<8>]}
vspec.weight @inside_a_launch : !vspec.weight<64x64, "int4"> {source = "up", transforms = [#vspec.unpermute_heads<8>]}
// CHECK: vspec.weight @gain : !vspec.weight<1x64, "f32", plain>
vspec.weight @gain : !vspec.weight<1x64, "f32"> {source = "gain"}
// CHECK: vspec.weight @bias : !vspec.weight<1x64, "f32", plain>
vspec.weight @bias : !vspec.weight<1x64, "f32"> {source = "bias"}
// CHECK: vspec.weight @sinks : !vspec.weight<1x8, "f32", plain>
vspec.weight @sinks : !vspec.weight<1x8, "f32"> {source = "sinks"}
// CHECK-NOT: @unread
vspec.weight @unread : !vspec.weight<64x64, "int4"> {source = "unread"}

// CHECK-LABEL: @step
vspec.kv_cache @cache : !vspec.kv_cache<heads = 8, head_size = 8>
func.func @step(%rows: !vspec.rows) -> tensor<?x64xf32> {
  %x = vspec.embed @token_embd, %rows : tensor<?x64xf32>
  %y = vspec.fused (%row = %x : tensor<?x64xf32>) -> tensor<?x64xf32> {
    %n = vspec.rms_norm %row, @gain {epsilon = 1.0e-5 : f32} : tensor<?x64xf32>
    %z = vspec.linear %n, @inside_a_launch : tensor<?x64xf32> -> tensor<?x64xf32>
    %b = vspec.add_bias %z, @bias : tensor<?x64xf32>
    vspec.yield %b : tensor<?x64xf32>
  }
  %a = vspec.attention %y, %rows, @cache sinks @sinks {heads = 8 : i64, scale = 1.0 : f32} : tensor<?x64xf32>
  %l = vspec.linear %a, @token_embd : tensor<?x64xf32> -> tensor<?x64xf32>
  return %l : tensor<?x64xf32>
}

// What recurrences read lies as it is, a small matrix too.
// CHECK: vspec.weight @taps : !vspec.weight<16x4, "f32", plain>
vspec.weight @taps : !vspec.weight<16x4, "f32"> {source = "taps"}
// CHECK: vspec.weight @taps_bias : !vspec.weight<1x16, "f32", plain>
vspec.weight @taps_bias : !vspec.weight<1x16, "f32"> {source = "taps_bias"}
// CHECK: vspec.weight @decays : !vspec.weight<1x2, "f32", plain>
vspec.weight @decays : !vspec.weight<1x2, "f32"> {source = "decays"}
vspec.recurrent_state @inputs : !vspec.recurrent_state<3x16>
vspec.recurrent_state @heads : !vspec.recurrent_state<2x4x4>
func.func @recurrences(%x: tensor<?x16xf32>, %dt: tensor<?x2xf32>, %rows: !vspec.rows) -> tensor<?x8xf32> {
  %c = vspec.causal_conv1d(%x), %rows, @inputs, @taps bias @taps_bias : tensor<?x16xf32> -> tensor<?x16xf32>
  %y = vspec.ssm_scan %c, %dt, %rows, @heads decay @decays skip @decays dt_bias @decays {groups = 1 : i64}
      : tensor<?x16xf32>, tensor<?x2xf32> -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// Where most numbers are zero rows are read one by one.
// CHECK: vspec.weight @up : !vspec.weight<96x64, "int{4} x 32:f16", row_parts>
vspec.weight @up : !vspec.weight<96x64, "int4"> {source = "up"}
// CHECK: vspec.weight @down : !vspec.weight<96x64, "bf16", row_parts> {source = "down", transforms = [#vspec.transpose]}
vspec.weight @down : !vspec.weight<96x64, "bf16"> {source = "down", transforms = [#vspec.transpose]}
func.func @zeros(%g: tensor<?x96xf32>, %x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %h = vspec.gated_linear %g, %x, @up {activation = #vspec.activation<silu>} : tensor<?x96xf32>, tensor<?x64xf32>
  %y = vspec.sparse_linear %h, @down : tensor<?x96xf32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
