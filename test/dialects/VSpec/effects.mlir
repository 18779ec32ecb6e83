// State keeps its order: what reads or writes a cache is neither merged nor dropped nor moved over a write.
// RUN: vspec-opt %s --cse --canonicalize | FileCheck %s

vspec.kv_cache @cache : !vspec.kv_cache<heads = 1, head_size = 4>
vspec.recurrent_state @inputs : !vspec.recurrent_state<1x4>
vspec.weight @taps : !vspec.weight<4x2, "f32"> {source = "taps"}
vspec.weight @gain : !vspec.weight<1x4, "f32"> {source = "gain"}

// CHECK-LABEL: @keeps_reads_around_a_write
func.func @keeps_reads_around_a_write(%x: tensor<?x4xf32>, %rows: !vspec.rows) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK: kv_append
  // CHECK-NEXT: %[[BEFORE:.*]] = vspec.attention
  // CHECK-NEXT: kv_append
  // CHECK-NEXT: %[[AFTER:.*]] = vspec.attention
  // CHECK-NEXT: return %[[BEFORE]], %[[AFTER]]
  vspec.kv_append %x, %x, %rows, @cache : tensor<?x4xf32>, tensor<?x4xf32>
  %before = vspec.attention %x, %rows, @cache {heads = 1 : i64, scale = 0.5 : f32} : tensor<?x4xf32>
  vspec.kv_append %x, %before, %rows, @cache : tensor<?x4xf32>, tensor<?x4xf32>
  %after = vspec.attention %x, %rows, @cache {heads = 1 : i64, scale = 0.5 : f32} : tensor<?x4xf32>
  return %before, %after : tensor<?x4xf32>, tensor<?x4xf32>
}

// CHECK-LABEL: @keeps_a_write_in_a_region
func.func @keeps_a_write_in_a_region(%x: tensor<?x4xf32>, %rows: !vspec.rows) {
  // CHECK: vspec.fused
  // CHECK: vspec.kv_append
  vspec.fused (%k = %x : tensor<?x4xf32>, %r = %rows : !vspec.rows) {
    vspec.kv_append %k, %k, %r, @cache : tensor<?x4xf32>, tensor<?x4xf32>
    vspec.yield
  }
  return
}

// CHECK-LABEL: @keeps_both_steps_of_a_recurrence
func.func @keeps_both_steps_of_a_recurrence(%x: tensor<?x4xf32>, %rows: !vspec.rows) -> tensor<?x4xf32> {
  // CHECK-COUNT-2: vspec.causal_conv1d
  %unused = vspec.causal_conv1d(%x), %rows, @inputs, @taps : tensor<?x4xf32> -> tensor<?x4xf32>
  %y = vspec.causal_conv1d(%x), %rows, @inputs, @taps : tensor<?x4xf32> -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: @merges_and_drops_what_is_pure
func.func @merges_and_drops_what_is_pure(%x: tensor<?x4xf32>) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK-NEXT: %[[NORM:.*]] = vspec.rms_norm
  // CHECK-NEXT: return %[[NORM]], %[[NORM]]
  %a = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32} : tensor<?x4xf32>
  %b = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32} : tensor<?x4xf32>
  %unused = vspec.add %a, %b : tensor<?x4xf32>
  return %a, %b : tensor<?x4xf32>, tensor<?x4xf32>
}
