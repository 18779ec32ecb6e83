// RUN: vspec-opt %s --vspec-fuse-launches | FileCheck %s
// RUN: vspec-opt %s --vspec-fuse-launches --vspec-fuse-launches | FileCheck %s

vspec.weight @embd : !vspec.weight<64x32, "f32"> {source = "embd"}
vspec.weight @gain : !vspec.weight<1x32, "f32"> {source = "gain"}
vspec.weight @head_gain : !vspec.weight<1x8, "f32"> {source = "head_gain"}
vspec.weight @bias : !vspec.weight<1x32, "f32"> {source = "bias"}
vspec.weight @a : !vspec.weight<32x32, "int4"> {source = "a"}
vspec.weight @b : !vspec.weight<32x32, "f16"> {source = "b"}
vspec.weight @c : !vspec.weight<32x32, "int8"> {source = "c"}
vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8>
vspec.kv_cache @other : !vspec.kv_cache<heads = 4, head_size = 8>

// CHECK-LABEL: func.func @embedding_alone
// CHECK-SAME:    %[[ROWS:.*]]: !vspec.rows
// CHECK-NEXT:    %[[X:.*]] = vspec.fused (%[[R:.*]] = %[[ROWS]] : !vspec.rows) -> tensor<?x32xf32> {
// CHECK-NEXT:      %[[E:.*]] = vspec.embed @embd, %[[R]]
// CHECK-NEXT:      vspec.yield %[[E]]
// CHECK-NEXT:    }
// CHECK-NEXT:    return %[[X]]
func.func @embedding_alone(%rows: !vspec.rows) -> tensor<?x32xf32> {
  %x = vspec.embed @embd, %rows : tensor<?x32xf32>
  return %x : tensor<?x32xf32>
}

// Each launch gets a copy of the norm; the sum joins the linear.
// CHECK-LABEL: func.func @copies_norm_into_both_launches
// CHECK-SAME:    %[[X:.*]]: tensor<?x32xf32>
// CHECK-NEXT:    %[[Y:.*]] = vspec.fused (%[[ROW:.*]] = %[[X]] : tensor<?x32xf32>) -> tensor<?x32xf32> {
// CHECK-NEXT:      %[[N:.*]] = vspec.rms_norm %[[ROW]], @gain
// CHECK-NEXT:      %[[A:.*]] = vspec.linear %[[N]], @a
// CHECK-NEXT:      %[[S:.*]] = vspec.add %[[A]], %[[ROW]]
// CHECK-NEXT:      vspec.yield %[[S]]
// CHECK-NEXT:    }
// CHECK-NEXT:    %[[Z:.*]] = vspec.fused (%[[ROW2:.*]] = %[[Y]] : tensor<?x32xf32>) -> tensor<?x32xf32> {
// CHECK-NEXT:      %[[B:.*]] = vspec.linear %[[ROW2]], @b
// CHECK-NEXT:      vspec.yield %[[B]]
// CHECK-NEXT:    }
// CHECK-NEXT:    %[[W:.*]] = vspec.fused (%[[ROW3:.*]] = %[[X]] : tensor<?x32xf32>, %[[Z3:.*]] = %[[Z]] : tensor<?x32xf32>) -> tensor<?x32xf32> {
// CHECK-NEXT:      %[[N3:.*]] = vspec.rms_norm %[[ROW3]], @gain
// CHECK-NEXT:      %[[C:.*]] = vspec.linear %[[N3]], @c
// CHECK-NEXT:      %[[S3:.*]] = vspec.add %[[C]], %[[Z3]]
// CHECK-NEXT:      vspec.yield %[[S3]]
// CHECK-NEXT:    }
// CHECK-NEXT:    return %[[W]]
func.func @copies_norm_into_both_launches(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %n = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %a = vspec.linear %n, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %s = vspec.add %a, %x : tensor<?x32xf32>
  %b = vspec.linear %s, @b : tensor<?x32xf32> -> tensor<?x32xf32>
  %c = vspec.linear %n, @c : tensor<?x32xf32> -> tensor<?x32xf32>
  %t = vspec.add %c, %b : tensor<?x32xf32>
  return %t : tensor<?x32xf32>
}

// Gate and up share a launch and its rounding; one that reads unrounded rows does too.
// CHECK-LABEL: func.func @same_row_shares_a_launch
// CHECK:         vspec.fused
// CHECK-NEXT:      %[[N:.*]] = vspec.rms_norm
// CHECK-NEXT:      %[[Q:.*]] = vspec.quantize %[[N]]
// CHECK-NEXT:      %[[A:.*]] = vspec.linear %[[Q]], @a
// CHECK-NEXT:      %[[B:.*]] = vspec.linear %[[N]], @b
// CHECK-NEXT:      %[[C:.*]] = vspec.linear %[[Q]], @c
// CHECK-NEXT:      %[[G:.*]] = vspec.gate %[[A]], %[[C]]
// CHECK-NEXT:      vspec.yield %[[B]], %[[G]]
// CHECK-NOT:     vspec.fused
func.func @same_row_shares_a_launch(%x: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %n = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %q = vspec.quantize %n {block = 32 : i64} : tensor<?x32xf32>
  %a = vspec.linear %q, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %b = vspec.linear %n, @b : tensor<?x32xf32> -> tensor<?x32xf32>
  %c = vspec.linear %q, @c : tensor<?x32xf32> -> tensor<?x32xf32>
  %g = vspec.gate %a, %c {activation = #vspec.activation<silu>} : tensor<?x32xf32>
  return %b, %g : tensor<?x32xf32>, tensor<?x32xf32>
}

// CHECK-LABEL: func.func @keeps_linears_of_other_rows_apart
// CHECK-COUNT-3: vspec.fused
// CHECK-NOT:     vspec.fused
func.func @keeps_linears_of_other_rows_apart(%x: tensor<?x32xf32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %n = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %a = vspec.linear %n, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %b = vspec.linear %y, @b : tensor<?x32xf32> -> tensor<?x32xf32>
  %s = vspec.add %a, %b : tensor<?x32xf32>
  %c = vspec.linear %y, @c : tensor<?x32xf32> -> tensor<?x32xf32>
  %t = vspec.add %s, %c : tensor<?x32xf32>
  %u = vspec.linear %x, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %v = vspec.add %t, %u : tensor<?x32xf32>
  return %v : tensor<?x32xf32>
}

// CHECK-LABEL: func.func @keeps_other_norms_of_a_row_apart
// CHECK-COUNT-2: vspec.fused
// CHECK-NOT:     vspec.fused
func.func @keeps_other_norms_of_a_row_apart(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %n = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %m = vspec.rms_norm %x, @gain {epsilon = 1.0e-6 : f32} : tensor<?x32xf32>
  %a = vspec.linear %n, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %c = vspec.linear %m, @c : tensor<?x32xf32> -> tensor<?x32xf32>
  %s = vspec.add %a, %c : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// One launch has one panel of rounded rows.
// CHECK-LABEL: func.func @keeps_other_blocks_apart
// CHECK-COUNT-2: vspec.fused
func.func @keeps_other_blocks_apart(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %p = vspec.quantize %x {block = 32 : i64} : tensor<?x32xf32>
  %q = vspec.quantize %x {block = 16 : i64} : tensor<?x32xf32>
  %a = vspec.linear %p, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %c = vspec.linear %q, @c : tensor<?x32xf32> -> tensor<?x32xf32>
  %s = vspec.add %a, %c : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// Its other input is made by a later launch.
// CHECK-LABEL: func.func @sum_joins_the_last_launch
// CHECK:         %[[Y:.*]] = vspec.fused
// CHECK-NEXT:      %[[A:.*]] = vspec.linear %{{.*}}, @a
// CHECK-NEXT:      vspec.yield %[[A]]
// CHECK:         vspec.fused (%{{.*}} = %{{.*}}, %[[IN:.*]] = %[[Y]] : tensor<?x32xf32>)
// CHECK-NEXT:      %[[B:.*]] = vspec.linear %{{.*}}, @b
// CHECK-NEXT:      %{{.*}} = vspec.add %[[IN]], %[[B]]
func.func @sum_joins_the_last_launch(%x: tensor<?x32xf32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %a = vspec.linear %x, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %b = vspec.linear %y, @b : tensor<?x32xf32> -> tensor<?x32xf32>
  %s = vspec.add %a, %b : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// The bias stands behind a reader of the linear, but goes into its launch.
// CHECK-LABEL: func.func @epilogue_behind_another_launch
// CHECK:         %[[Y:.*]]:2 = vspec.fused
// CHECK-NEXT:      %[[A:.*]] = vspec.linear %{{.*}}, @a
// CHECK-NEXT:      %[[BIASED:.*]] = vspec.add_bias %[[A]], @bias
// CHECK-NEXT:      vspec.yield %[[A]], %[[BIASED]]
// CHECK:         %[[Z:.*]] = vspec.fused (%{{.*}} = %[[Y]]#0 : tensor<?x32xf32>)
// CHECK:         return %[[Z]], %[[Y]]#1
func.func @epilogue_behind_another_launch(%x: tensor<?x32xf32>) -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %a = vspec.linear %x, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %b = vspec.linear %a, @b : tensor<?x32xf32> -> tensor<?x32xf32>
  %biased = vspec.add_bias %a, @bias : tensor<?x32xf32>
  return %b, %biased : tensor<?x32xf32>, tensor<?x32xf32>
}

// CHECK-LABEL: func.func @attention_reads_after_the_append
// CHECK:         %[[Q:.*]] = vspec.fused
// CHECK-NEXT:      %[[QL:.*]] = vspec.linear %{{.*}}, @a
// CHECK-NEXT:      %[[KL:.*]] = vspec.linear %{{.*}}, @b
// CHECK-NEXT:      %[[VL:.*]] = vspec.linear %{{.*}}, @c
// CHECK-NEXT:      %[[QN:.*]] = vspec.rms_norm %[[QL]], @head_gain
// CHECK-NEXT:      %[[QR:.*]] = vspec.rope %[[QN]]
// CHECK-NEXT:      vspec.kv_append %[[KL]], %[[VL]], %{{.*}}, @cache
// CHECK-NEXT:      vspec.yield %[[QR]]
// CHECK:         vspec.fused (%[[IN:.*]] = %[[Q]] : tensor<?x32xf32>, %[[ROWS:.*]] = %{{.*}} : !vspec.rows)
// CHECK-NEXT:      %{{.*}} = vspec.attention %[[IN]], %[[ROWS]], @cache
func.func @attention_reads_after_the_append(%x: tensor<?x32xf32>, %rows: !vspec.rows) -> tensor<?x32xf32> {
  %q = vspec.linear %x, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %k = vspec.linear %x, @b : tensor<?x32xf32> -> tensor<?x32xf32>
  %v = vspec.linear %x, @c : tensor<?x32xf32> -> tensor<?x32xf32>
  %qn = vspec.rms_norm %q, @head_gain {epsilon = 1.0e-5 : f32, heads = 4 : i64} : tensor<?x32xf32>
  %qr = vspec.rope %qn, %rows {heads = 4 : i64, frequencies = array<f32: 1.0, 0.5, 0.25, 0.125>} : tensor<?x32xf32>
  vspec.kv_append %k, %v, %rows, @cache : tensor<?x32xf32>, tensor<?x32xf32>
  %o = vspec.attention %qr, %rows, @cache {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
  return %o : tensor<?x32xf32>
}

// Passing the use of another cache is fine.
// CHECK-LABEL: func.func @appends_pass_other_caches
// CHECK:         vspec.kv_append %{{.*}}, @cache
// CHECK:         vspec.attention %{{.*}}, @other
func.func @appends_pass_other_caches(%x: tensor<?x32xf32>, %rows: !vspec.rows) -> tensor<?x32xf32> {
  %q = vspec.linear %x, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %k = vspec.linear %x, @b : tensor<?x32xf32> -> tensor<?x32xf32>
  %o = vspec.attention %q, %rows, @other {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
  vspec.kv_append %k, %k, %rows, @cache : tensor<?x32xf32>, tensor<?x32xf32>
  return %o : tensor<?x32xf32>
}

// After a linear a norm by head is an epilogue, elsewhere a prologue.
// CHECK-LABEL: func.func @norm_by_head_before_a_linear
// CHECK:         vspec.attention
// CHECK:         vspec.fused
// CHECK-NEXT:      %[[N:.*]] = vspec.rms_norm %{{.*}}, @head_gain {epsilon = {{.*}}, heads = 4 : i64}
// CHECK-NEXT:      %{{.*}} = vspec.linear %[[N]], @a
func.func @norm_by_head_before_a_linear(%x: tensor<?x32xf32>, %rows: !vspec.rows) -> tensor<?x32xf32> {
  %o = vspec.attention %x, %rows, @cache {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
  %n = vspec.rms_norm %o, @head_gain {epsilon = 1.0e-5 : f32, heads = 4 : i64} : tensor<?x32xf32>
  %a = vspec.linear %n, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  return %a : tensor<?x32xf32>
}

// A norm that a sum reads needs whole rows of its input: a launch of rows, which the sum joins.
// CHECK-LABEL: func.func @norm_behind_a_linear
// CHECK-SAME:    %[[X:.*]]: tensor<?x32xf32>
// CHECK-NEXT:    %[[A:.*]] = vspec.fused
// CHECK-NEXT:      vspec.linear
// CHECK-NEXT:      vspec.yield
// CHECK-NEXT:    }
// CHECK-NEXT:    %[[S:.*]] = vspec.fused (%[[ROW:.*]] = %[[A]] : tensor<?x32xf32>, %[[RES:.*]] = %[[X]] : tensor<?x32xf32>)
// CHECK-NEXT:      %[[N:.*]] = vspec.rms_norm %[[ROW]], @gain
// CHECK-NEXT:      %[[SUM:.*]] = vspec.add %[[RES]], %[[N]]
// CHECK-NEXT:      vspec.yield %[[SUM]]
// CHECK-NEXT:    }
// CHECK-NEXT:    return %[[S]]
func.func @norm_behind_a_linear(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %a = vspec.linear %x, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %n = vspec.rms_norm %a, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %s = vspec.add %x, %n : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// The norms of Q and K share a launch, with all that follows them. V is made before.
// CHECK-LABEL: func.func @norms_of_queries_and_keys
// CHECK:         %[[QKV:.*]]:3 = vspec.fused
// CHECK:         %[[T:.*]] = vspec.fused (%[[Q:.*]] = %[[QKV]]#0 : {{.*}}, %[[K:.*]] = %[[QKV]]#1 : {{.*}}, %{{.*}}, %[[V:.*]] = %[[QKV]]#2
// CHECK-NEXT:      %[[QN:.*]] = vspec.rms_norm %[[Q]], @gain
// CHECK-NEXT:      %[[KN:.*]] = vspec.rms_norm %[[K]], @gain
// CHECK-NEXT:      %[[QT:.*]] = vspec.rope %[[QN]]
// CHECK-NEXT:      vspec.kv_append %[[KN]], %[[V]]
// CHECK-NEXT:      vspec.yield %[[QT]]
// CHECK:         vspec.fused
// CHECK-NEXT:      vspec.attention
func.func @norms_of_queries_and_keys(%x: tensor<?x32xf32>, %rows: !vspec.rows) -> tensor<?x32xf32> {
  %q = vspec.linear %x, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %k = vspec.linear %x, @b : tensor<?x32xf32> -> tensor<?x32xf32>
  %v = vspec.linear %x, @c : tensor<?x32xf32> -> tensor<?x32xf32>
  %qn = vspec.rms_norm %q, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %kn = vspec.rms_norm %k, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %qt = vspec.rope %qn, %rows {heads = 4 : i64, frequencies = array<f32: 1.0, 0.5>} : tensor<?x32xf32>
  vspec.kv_append %kn, %v, %rows, @cache : tensor<?x32xf32>, tensor<?x32xf32>
  %o = vspec.attention %qt, %rows, @cache {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
  return %o : tensor<?x32xf32>
}

// A linear reads the norm too, but it is made once.
// CHECK-LABEL: func.func @norm_with_a_linear_and_a_sum
// CHECK-NEXT:    %[[N:.*]] = vspec.fused
// CHECK-NEXT:      vspec.rms_norm
// CHECK:         vspec.fused (%[[ROW:.*]] = %[[N]] : tensor<?x32xf32>)
// CHECK-NEXT:      %[[A:.*]] = vspec.linear %[[ROW]], @a
// CHECK-NEXT:      vspec.add %[[ROW]], %[[A]]
func.func @norm_with_a_linear_and_a_sum(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %n = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %a = vspec.linear %n, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %s = vspec.add %n, %a : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// Behind attention there is no tile that a sum or a norm by head could follow.
// CHECK-LABEL: func.func @rows_behind_attention
// CHECK:         vspec.attention
// CHECK:         vspec.fused
// CHECK-NEXT:      %[[N:.*]] = vspec.rms_norm %{{.*}}, @head_gain
// CHECK-NEXT:      vspec.add %[[N]], %{{.*}}
func.func @rows_behind_attention(%x: tensor<?x32xf32>, %rows: !vspec.rows) -> tensor<?x32xf32> {
  %q = vspec.linear %x, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %o = vspec.attention %q, %rows, @cache {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
  %n = vspec.rms_norm %o, @head_gain {epsilon = 1.0e-5 : f32, heads = 4 : i64} : tensor<?x32xf32>
  %s = vspec.add %n, %q : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// CHECK-LABEL: func.func @logits_of_selected_rows
// CHECK-SAME:    %[[X:.*]]: tensor<?x32xf32>, %[[SELECT:.*]]: tensor<?xi32>
// CHECK-NEXT:    %{{.*}} = vspec.fused (%[[ROW:.*]] = %[[X]] : tensor<?x32xf32>, %[[S:.*]] = %[[SELECT]] : tensor<?xi32>)
// CHECK-NEXT:      %[[LAST:.*]] = vspec.select_rows %[[ROW]], %[[S]]
// CHECK-NEXT:      %[[N:.*]] = vspec.rms_norm %[[LAST]], @gain
// CHECK-NEXT:      %[[Q:.*]] = vspec.quantize %[[N]]
// CHECK-NEXT:      %{{.*}} = vspec.linear %[[Q]], @a
func.func @logits_of_selected_rows(%x: tensor<?x32xf32>, %select: tensor<?xi32>) -> tensor<?x32xf32> {
  %last = vspec.select_rows %x, %select : tensor<?x32xf32>
  %n = vspec.rms_norm %last, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %q = vspec.quantize %n {block = 32 : i64} : tensor<?x32xf32>
  %y = vspec.linear %q, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// CHECK-LABEL: func.func @drops_what_nothing_reads
// CHECK-COUNT-1: vspec.fused
// CHECK-NOT:     @b
// CHECK:         return
func.func @drops_what_nothing_reads(%x: tensor<?x32xf32>, %rows: !vspec.rows) -> tensor<?x32xf32> {
  %n = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %b = vspec.linear %n, @b : tensor<?x32xf32> -> tensor<?x32xf32>
  %o = vspec.attention %b, %rows, @cache {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
  %a = vspec.linear %x, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  return %a : tensor<?x32xf32>
}

// CHECK-LABEL: func.func @keeps_other_functions
// CHECK-NEXT:    %{{.*}} = arith.constant
// CHECK-NEXT:    return
func.func @keeps_other_functions() -> i32 {
  %c = arith.constant 1 : i32
  return %c : i32
}

// Each step of a recurrence is a launch; a gate behind it is one of rows, which takes the norm of its groups along.
// CHECK-LABEL: func.func @recurrences
// CHECK:         vspec.fused
// CHECK-NEXT:      vspec.causal_conv1d
// CHECK-NEXT:      vspec.yield
// CHECK:         vspec.fused
// CHECK-NEXT:      vspec.ssm_scan
// CHECK-NEXT:      vspec.yield
// CHECK:         vspec.fused
// CHECK-NEXT:      vspec.gate
// CHECK-NEXT:      vspec.rms_norm
// CHECK-NEXT:      vspec.yield
// CHECK:         vspec.fused
// CHECK-NEXT:      vspec.linear
vspec.weight @taps : !vspec.weight<40x4, "f32"> {source = "taps"}
vspec.weight @of_heads : !vspec.weight<1x4, "f32"> {source = "of_heads"}
vspec.recurrent_state @inputs : !vspec.recurrent_state<3x40>
vspec.recurrent_state @heads : !vspec.recurrent_state<4x4x8>
func.func @recurrences(%x: tensor<?x40xf32>, %dt: tensor<?x4xf32>, %z: tensor<?x32xf32>, %rows: !vspec.rows) -> tensor<?x32xf32> {
  %c = vspec.causal_conv1d(%x), %rows, @inputs, @taps : tensor<?x40xf32> -> tensor<?x40xf32>
  %s = vspec.ssm_scan %c, %dt, %rows, @heads decay @of_heads skip @of_heads dt_bias @of_heads {groups = 1 : i64}
      : tensor<?x40xf32>, tensor<?x4xf32> -> tensor<?x32xf32>
  %g = vspec.gate %z, %s {activation = #vspec.activation<silu>} : tensor<?x32xf32>
  %n = vspec.rms_norm %g, @gain {epsilon = 1.0e-5 : f32, heads = 2 : i64} : tensor<?x32xf32>
  %y = vspec.linear %n, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// CHECK: func.func private @keeps_declarations(tensor<?x32xf32>)
func.func private @keeps_declarations(%x: tensor<?x32xf32>)

// Linears share a launch if their columns are in the same order.
// CHECK-LABEL: func.func @keeps_other_orders_apart
// CHECK:         vspec.fused
// CHECK-NEXT:      %[[N:.*]] = vspec.rms_norm
// CHECK-NEXT:      %[[P:.*]] = vspec.permute_columns %[[N]], @bias
// CHECK-NEXT:      vspec.linear %[[P]], @a
// CHECK-NEXT:      vspec.linear %[[P]], @b
// CHECK:         vspec.fused
// CHECK-NEXT:      %[[N2:.*]] = vspec.rms_norm
// CHECK-NEXT:      %[[P2:.*]] = vspec.permute_columns %[[N2]], @gain
// CHECK-NEXT:      vspec.linear %[[P2]], @c
func.func @keeps_other_orders_apart(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %n = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %p = vspec.permute_columns %n, @bias : tensor<?x32xf32>
  %q = vspec.permute_columns %n, @gain : tensor<?x32xf32>
  %a = vspec.linear %p, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %b = vspec.linear %p, @b : tensor<?x32xf32> -> tensor<?x32xf32>
  %c = vspec.linear %q, @c : tensor<?x32xf32> -> tensor<?x32xf32>
  %s = vspec.add %a, %b : tensor<?x32xf32>
  %t = vspec.add %s, %c : tensor<?x32xf32>
  return %t : tensor<?x32xf32>
}

// Gate and up share a launch, down and the sum of the experts have their own; the sum of all follows that.
// CHECK-LABEL: func.func @experts
// CHECK:         vspec.fused {{.*}} -> tensor<?x4xf32> {
// CHECK:           vspec.linear %{{.*}}, @router
// CHECK:         %[[ROUTES:.*]] = vspec.fused {{.*}} -> !vspec.routes<experts = 4, chosen = 2> {
// CHECK-NEXT:      vspec.route
// CHECK-NEXT:      vspec.yield
// CHECK:         vspec.fused ({{.*}} = %[[ROUTES]] : {{.*}}) -> tensor<?x32xf32> {
// CHECK:           vspec.rms_norm
// CHECK:           vspec.linear %{{.*}}, @gate_exps by
// CHECK:           vspec.linear %{{.*}}, @up_exps by
// CHECK:           vspec.gate
// CHECK:         vspec.fused {{.*}} -> tensor<?x64xf32> {
// CHECK-NEXT:      vspec.linear %{{.*}}, @down_exps by
// CHECK:         vspec.fused {{.*}} -> tensor<?x32xf32> {
// CHECK-NEXT:      vspec.combine
// CHECK-NEXT:      vspec.add
vspec.weight @router : !vspec.weight<4x32, "f32"> {source = "router"}
vspec.weight @gate_exps : !vspec.weight<4x16x32, "f32"> {source = "gate_exps"}
vspec.weight @up_exps : !vspec.weight<4x16x32, "f32"> {source = "up_exps"}
vspec.weight @down_exps : !vspec.weight<4x32x16, "f32"> {source = "down_exps"}
func.func @experts(%x: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %n = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %logits = vspec.linear %n, @router : tensor<?x32xf32> -> tensor<?x4xf32>
  %r = vspec.route %logits {chosen = 2 : i64, scores = #vspec.scores<softmax>} : tensor<?x4xf32>
  %g = vspec.linear %n, @gate_exps by %r : tensor<?x32xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x32xf32>
  %u = vspec.linear %n, @up_exps by %r : tensor<?x32xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x32xf32>
  %h = vspec.gate %g, %u {activation = #vspec.activation<silu>} : tensor<?x32xf32>
  %d = vspec.linear %h, @down_exps by %r : tensor<?x32xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x64xf32>
  %c = vspec.combine %d, %r : tensor<?x64xf32>, <experts = 4, chosen = 2> -> tensor<?x32xf32>
  %s = vspec.add %x, %c : tensor<?x32xf32>
  return %s : tensor<?x32xf32>
}

// CHECK-LABEL: func.func @apart_with_other_routes
// CHECK-COUNT-2: vspec.fused
// CHECK:         return
func.func @apart_with_other_routes(%x: tensor<?x32xf32>, %r: !vspec.routes<experts = 4, chosen = 2>, %s: !vspec.routes<experts = 4, chosen = 2>)
    -> (tensor<?x32xf32>, tensor<?x32xf32>) {
  %g = vspec.linear %x, @gate_exps by %r : tensor<?x32xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x32xf32>
  %u = vspec.linear %x, @up_exps by %s : tensor<?x32xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x32xf32>
  return %g, %u : tensor<?x32xf32>, tensor<?x32xf32>
}

// Sums weighted by what a linear makes of a row, and what takes whole rows, follow in a launch of rows; what is fixed or by columns
// joins the linear. A gate of which only the largest numbers stay meets the other linear there too.
// CHECK-LABEL: func.func @streams
// CHECK:         %[[W:.*]] = vspec.fused {{.*}} -> tensor<?x4xf32> {
// CHECK-NEXT:      vspec.linear %{{.*}}, @router
// CHECK-NEXT:      vspec.soft_cap
// CHECK-NEXT:      vspec.yield
// CHECK:         %[[M:.*]] = vspec.fused {{.*}}= %[[W]] : {{.*}} -> tensor<?x32xf32> {
// CHECK-NEXT:      vspec.weighted_sum %{{.*}}, %{{.*}} by
// CHECK-NEXT:      vspec.yield
// CHECK:         vspec.fused (%{{.*}} = %[[M]] : {{.*}} -> (tensor<?x32xf32>, tensor<?x32xf32>) {
// CHECK-NEXT:      vspec.linear %{{.*}}, @a
// CHECK-NEXT:      vspec.linear %{{.*}}, @b
// CHECK-NEXT:      vspec.yield
// CHECK:         vspec.fused {{.*}} -> tensor<?x32xf32> {
// CHECK-NEXT:      vspec.excess
// CHECK-NEXT:      vspec.gate
// CHECK-NEXT:      vspec.match_magnitude
// CHECK-NEXT:      vspec.yield
// CHECK:         vspec.fused {{.*}} -> tensor<?x32xf32> {
// CHECK-NEXT:      vspec.linear %{{.*}}, @c
// CHECK-NEXT:      vspec.scale_columns
// CHECK-NEXT:      vspec.weighted_sum %{{.*}}, %{{.*}} by
// CHECK-NEXT:      vspec.yield
func.func @streams(%x: tensor<?x32xf32>, %y: tensor<?x32xf32>) -> tensor<?x32xf32> {
  %l = vspec.linear %x, @router : tensor<?x32xf32> -> tensor<?x4xf32>
  %w = vspec.soft_cap %l {cap = 1.0 : f32} : tensor<?x4xf32>
  %m = vspec.weighted_sum %x, %y by %w {factors = array<f32: 1.0, 0.0>} : tensor<?x32xf32>, tensor<?x32xf32> by tensor<?x4xf32> -> tensor<?x32xf32>
  %a = vspec.linear %m, @a : tensor<?x32xf32> -> tensor<?x32xf32>
  %b = vspec.linear %m, @b : tensor<?x32xf32> -> tensor<?x32xf32>
  %e = vspec.excess %a {deviations = 1.5 : f32} : tensor<?x32xf32>
  %g = vspec.gate %e, %b {activation = #vspec.activation<silu>} : tensor<?x32xf32>
  %k = vspec.match_magnitude %g, %x {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
  %c = vspec.linear %k, @c : tensor<?x32xf32> -> tensor<?x32xf32>
  %s = vspec.scale_columns %c, @gain : tensor<?x32xf32>
  %t = vspec.weighted_sum %s, %m by %w {factors = array<f32: 1.0, 1.0>, first = 2 : i64} : tensor<?x32xf32>, tensor<?x32xf32> by tensor<?x4xf32> -> tensor<?x32xf32>
  return %t : tensor<?x32xf32>
}

vspec.weight @wide_gain : !vspec.weight<1x64, "f32"> {source = "gain"}
vspec.weight @wide_gate : !vspec.weight<96x64, "f32"> {source = "gate"}
vspec.weight @wide_up : !vspec.weight<96x64, "f32"> {source = "up"}
vspec.weight @wide_down : !vspec.weight<96x64, "f32"> {source = "down"}
// A norm that not only linears read has a launch; sums of splits meet in that of the rows behind.
// CHECK-LABEL: @zeros
// CHECK:         %[[N:.*]] = vspec.fused {{.*}} -> tensor<?x64xf32> {
// CHECK-NEXT:      vspec.rms_norm
// CHECK-NEXT:      vspec.yield
// CHECK:         vspec.fused {{.*}}= %[[N]] : {{.*}} -> tensor<?x96xf32> {
// CHECK-NEXT:      vspec.linear %{{.*}}, @wide_gate
// CHECK-NEXT:      vspec.yield
// CHECK:         vspec.fused {{.*}} -> tensor<?x96xf32> {
// CHECK-NEXT:      vspec.excess
// CHECK-NEXT:      vspec.yield
// CHECK:         vspec.fused {{.*}} -> tensor<?x96xf32> {
// CHECK-NEXT:      vspec.gated_linear %{{.*}}, %{{.*}}, @wide_up
// CHECK-NEXT:      vspec.yield
// CHECK:         vspec.fused {{.*}} -> tensor<?x192xf32> {
// CHECK-NEXT:      vspec.sparse_linear %{{.*}}, @wide_down
// CHECK-NEXT:      vspec.yield
// CHECK:         vspec.fused {{.*}} -> tensor<?x64xf32> {
// CHECK-NEXT:      vspec.sum_parts
// CHECK-NEXT:      vspec.rms_norm
// CHECK-NEXT:      vspec.add
// CHECK-NEXT:      vspec.yield
func.func @zeros(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %n = vspec.rms_norm %x, @wide_gain {epsilon = 1.0e-5 : f32} : tensor<?x64xf32>
  %g = vspec.linear %n, @wide_gate : tensor<?x64xf32> -> tensor<?x96xf32>
  %e = vspec.excess %g {deviations = 1.5 : f32} : tensor<?x96xf32>
  %h = vspec.gated_linear %e, %n, @wide_up {activation = #vspec.activation<silu>} : tensor<?x96xf32>, tensor<?x64xf32>
  %p = vspec.sparse_linear %h, @wide_down {split = 32 : i64} : tensor<?x96xf32> -> tensor<?x192xf32>
  %s = vspec.sum_parts %p {parts = 3 : i64} : tensor<?x192xf32> -> tensor<?x64xf32>
  %m = vspec.rms_norm %s, @wide_gain {epsilon = 1.0e-5 : f32} : tensor<?x64xf32>
  %y = vspec.add %x, %m : tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
