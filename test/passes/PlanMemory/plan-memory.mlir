// RUN: vspec-opt %s --vspec-plan-memory="decode-rows=2 prefill-rows=8" --split-input-file | FileCheck %s
// RUN: vspec-opt %s --vspec-plan-memory="decode-rows=8 prefill-rows=8" --split-input-file | FileCheck %s --check-prefix=ONE

// One variant if both would be the same.
// ONE:     vexec.variant @decode rows 8
// ONE-NOT: vexec.variant @prefill

// Two layers: equal regions share a kernel, whose weights and caches are the launches' operands.
// CHECK-LABEL: module @two_layers
// CHECK-DAG:   vexec.kernel @embed_0
// CHECK-DAG:   vexec.kernel @linear_1
// CHECK-DAG:   vexec.kernel @attention_2
// CHECK-DAG:   vexec.kernel @linear_3
// CHECK-NOT:   vexec.kernel
// CHECK-LABEL: vexec.program @step
// CHECK:         vexec.variant @decode rows 2 arena 512 {
// CHECK:           %[[ROWS:.*]] = vexec.rows
// CHECK:           %[[EMBD:.*]] = vexec.weight_ref @embd
// CHECK:           %[[X:.*]] = vexec.slice "tokens"[{{[0-9]+}}, 256]
// CHECK-NEXT:      vexec.launch @embed_0 "tokens" grid <rows = 1>(%[[ROWS]], %[[EMBD]]) writes(%[[X]])
// CHECK:           %[[W0:.*]] = vexec.weight_ref @blk.0.qk
// CHECK:           %[[C0:.*]] = vexec.state_ref @cache.0
// CHECK:           %[[Q0:.*]] = vexec.slice "blk.0.rope"[{{[0-9]+}}, 256]
// A tile is two heads: 16 rows, so two tiles.
// CHECK-NEXT:      vexec.launch @linear_1 "blk.0.qk" grid <factor = 2, constant = 1>(%[[X]], %[[ROWS]], %[[W0]], %[[C0]]) writes(%[[Q0]])
// CHECK:           %[[A0:.*]] = vexec.slice "vspec.attention"[{{[0-9]+}}, 256]
// A launch without a name is called after its kernel.
// CHECK-NEXT:      vexec.launch @attention_2 "attention_2" grid <factor = 4, rows = 1>(%[[Q0]], %[[ROWS]], %[[C0]]) writes(%[[A0]])
// CHECK:           %[[W1:.*]] = vexec.weight_ref @blk.1.qk
// CHECK:           %[[C1:.*]] = vexec.state_ref @cache.1
// CHECK:           vexec.launch @linear_1 {{.*}}(%[[A0]], %[[ROWS]], %[[W1]], %[[C1]]) writes(%[[Q1:.*]])
// CHECK:           vexec.launch @attention_2 {{.*}}(%[[Q1]], %[[ROWS]], %[[C1]]) writes(%[[A1:.*]])
// CHECK:           %[[SELECTED:.*]] = vexec.slice "logits"
// CHECK-NEXT:      vexec.launch @linear_3 "logits" grid <factor = 2, selected = 1, divisor = 1073741824>(%[[A1]], %[[SELECT:.*]], %[[EMBD]]) writes(%[[SELECTED]])
// CHECK-NEXT:      vexec.logits %[[SELECTED]]
// CHECK:         vexec.variant @prefill rows 8 arena 2048 {
// CHECK:           vexec.slice "tokens"[{{[0-9]+}}, 1024]
// CHECK-NOT:   func.func @step
module @two_layers {
  vspec.weight @embd : !vspec.weight<32x32, "int8", rows16> {source = "embd"}
  vspec.weight @blk.0.qk : !vspec.weight<32x32, "int4", rows16> {source = "0.qk", transforms = [#vspec.unpermute_heads<4>]}
  vspec.kv_cache @cache.0 : !vspec.kv_cache<heads = 4, head_size = 8, k = "f16", v = "f16", capacity = 512>
  vspec.weight @blk.1.qk : !vspec.weight<32x32, "int4", rows16> {source = "1.qk"}
  vspec.kv_cache @cache.1 : !vspec.kv_cache<heads = 4, head_size = 8, k = "f16", v = "f16", capacity = 512>
  func.func @step(%rows: !vspec.rows, %select: tensor<?xi32>) -> tensor<?x32xf32> {
    %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %e = vspec.embed @embd, %r : tensor<?x32xf32> loc("tokens")
      vspec.yield %e : tensor<?x32xf32>
    } loc("tokens")
    %q0 = vspec.fused (%in = %x : tensor<?x32xf32>, %r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %k = vspec.linear %in, @blk.0.qk : tensor<?x32xf32> -> tensor<?x32xf32>
      vspec.kv_append %k, %k, %r, @cache.0 : tensor<?x32xf32>, tensor<?x32xf32>
      %q = vspec.rope %k, %r {heads = 4 : i64, frequencies = array<f32: 1.0, 0.5, 0.25, 0.125>} : tensor<?x32xf32> loc("blk.0.rope")
      vspec.yield %q : tensor<?x32xf32>
    } loc("blk.0.qk")
    %a0 = vspec.fused (%q = %q0 : tensor<?x32xf32>, %r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %a = vspec.attention %q, %r, @cache.0 {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
      vspec.yield %a : tensor<?x32xf32>
    }
    %q1 = vspec.fused (%in = %a0 : tensor<?x32xf32>, %r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %k = vspec.linear %in, @blk.1.qk : tensor<?x32xf32> -> tensor<?x32xf32>
      vspec.kv_append %k, %k, %r, @cache.1 : tensor<?x32xf32>, tensor<?x32xf32>
      %q = vspec.rope %k, %r {heads = 4 : i64, frequencies = array<f32: 1.0, 0.5, 0.25, 0.125>} : tensor<?x32xf32>
      vspec.yield %q : tensor<?x32xf32>
    }
    %a1 = vspec.fused (%q = %q1 : tensor<?x32xf32>, %r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %a = vspec.attention %q, %r, @cache.1 {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
      vspec.yield %a : tensor<?x32xf32>
    }
    %l = vspec.fused (%in = %a1 : tensor<?x32xf32>, %s = %select : tensor<?xi32>) -> tensor<?x32xf32> {
      %last = vspec.select_rows %in, %s : tensor<?x32xf32>
      %y = vspec.linear %last, @embd : tensor<?x32xf32> -> tensor<?x32xf32> loc("logits")
      vspec.yield %y : tensor<?x32xf32>
    } loc("logits")
    return %l : tensor<?x32xf32>
  }
}

// -----

// Epsilon, format and use of a weight make kernels differ.
// CHECK-LABEL: module @different_regions
// CHECK-COUNT-4: vexec.kernel @linear_
module @different_regions {
  vspec.weight @embd : !vspec.weight<32x32, "int8", rows16> {source = "embd"}
  vspec.weight @w : !vspec.weight<32x32, "int4", rows16> {source = "w"}
  vspec.weight @v : !vspec.weight<32x32, "int5", rows16> {source = "v"}
  vspec.weight @gain : !vspec.weight<1x32, "f32", plain> {source = "gain"}
  func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
    %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %e = vspec.embed @embd, %r : tensor<?x32xf32>
      vspec.yield %e : tensor<?x32xf32>
    }
    %a = vspec.fused (%in = %x : tensor<?x32xf32>) -> tensor<?x32xf32> {
      %n = vspec.rms_norm %in, @gain {epsilon = 1.0e-5 : f32} : tensor<?x32xf32>
      %y = vspec.linear %n, @w : tensor<?x32xf32> -> tensor<?x32xf32>
      vspec.yield %y : tensor<?x32xf32>
    }
    %b = vspec.fused (%in = %a : tensor<?x32xf32>) -> tensor<?x32xf32> {
      %n = vspec.rms_norm %in, @gain {epsilon = 1.0e-6 : f32} : tensor<?x32xf32>
      %y = vspec.linear %n, @w : tensor<?x32xf32> -> tensor<?x32xf32>
      vspec.yield %y : tensor<?x32xf32>
    }
    %c = vspec.fused (%in = %b : tensor<?x32xf32>) -> tensor<?x32xf32> {
      %n = vspec.rms_norm %in, @gain {epsilon = 1.0e-6 : f32} : tensor<?x32xf32>
      %y = vspec.linear %n, @v : tensor<?x32xf32> -> tensor<?x32xf32>
      vspec.yield %y : tensor<?x32xf32>
    }
    // Its two weights are one: another kernel than with two.
    %d = vspec.fused (%in = %c : tensor<?x32xf32>) -> tensor<?x32xf32> {
      %y = vspec.linear %in, @w : tensor<?x32xf32> -> tensor<?x32xf32>
      %z = vspec.linear %in, @w : tensor<?x32xf32> -> tensor<?x32xf32>
      %s = vspec.add %y, %z : tensor<?x32xf32>
      vspec.yield %s : tensor<?x32xf32>
    }
    return %d : tensor<?x32xf32>
  }
}

// -----

// The sum takes the place of the row that it adds to: its own launch is the last to read it.
// CHECK-LABEL: module @residual_in_place
// CHECK:         vexec.variant @decode rows 2 arena 512 {
// CHECK:           %[[X:.*]] = vexec.slice "vspec.embed"[[PLACE:\[.*\]]]
// CHECK:           %[[Y:.*]] = vexec.slice "vspec.embed"
// CHECK:           %[[S:.*]] = vexec.slice "vspec.add"[[PLACE]]
// CHECK-NEXT:      vexec.launch @linear_1 {{.*}}(%[[Y]], %[[X]], %{{.*}}) writes(%[[S]])
module @residual_in_place {
  vspec.weight @embd : !vspec.weight<32x32, "int8", rows16> {source = "embd"}
  vspec.weight @w : !vspec.weight<32x32, "int4", rows16> {source = "w"}
  func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
    %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %e = vspec.embed @embd, %r : tensor<?x32xf32>
      vspec.yield %e : tensor<?x32xf32>
    }
    %y = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %e = vspec.embed @embd, %r : tensor<?x32xf32>
      vspec.yield %e : tensor<?x32xf32>
    }
    %s = vspec.fused (%in = %y : tensor<?x32xf32>, %res = %x : tensor<?x32xf32>) -> tensor<?x32xf32> {
      %z = vspec.linear %in, @w : tensor<?x32xf32> -> tensor<?x32xf32>
      %t = vspec.add %z, %res : tensor<?x32xf32>
      vspec.yield %t : tensor<?x32xf32>
    }
    return %s : tensor<?x32xf32>
  }
}

// -----

// Other workers read the whole row for the linear while a worker writes its sums: nothing is overwritten, here and below.
// CHECK-LABEL: module @row_is_also_prepared
// CHECK:         vexec.variant @decode rows 2 arena 512 {
module @row_is_also_prepared {
  vspec.weight @embd : !vspec.weight<32x32, "int8", rows16> {source = "embd"}
  vspec.weight @w : !vspec.weight<32x32, "int4", rows16> {source = "w"}
  func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
    %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %e = vspec.embed @embd, %r : tensor<?x32xf32>
      vspec.yield %e : tensor<?x32xf32>
    }
    %s = vspec.fused (%in = %x : tensor<?x32xf32>) -> tensor<?x32xf32> {
      %z = vspec.linear %in, @w : tensor<?x32xf32> -> tensor<?x32xf32>
      %t = vspec.add %z, %in : tensor<?x32xf32>
      vspec.yield %t : tensor<?x32xf32>
    }
    return %s : tensor<?x32xf32>
  }
}

// -----

// CHECK-LABEL: module @row_comes_in_twice
// CHECK:         vexec.variant @decode rows 2 arena 512 {
module @row_comes_in_twice {
  vspec.weight @embd : !vspec.weight<32x32, "int8", rows16> {source = "embd"}
  vspec.weight @w : !vspec.weight<32x32, "int4", rows16> {source = "w"}
  func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
    %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %e = vspec.embed @embd, %r : tensor<?x32xf32>
      vspec.yield %e : tensor<?x32xf32>
    }
    %s = vspec.fused (%in = %x : tensor<?x32xf32>, %res = %x : tensor<?x32xf32>) -> tensor<?x32xf32> {
      %z = vspec.linear %in, @w : tensor<?x32xf32> -> tensor<?x32xf32>
      %t = vspec.add %z, %res : tensor<?x32xf32>
      vspec.yield %t : tensor<?x32xf32>
    }
    return %s : tensor<?x32xf32>
  }
}

// -----

// A later launch reads the row.
// CHECK-LABEL: module @row_is_read_later
// CHECK:         vexec.variant @decode rows 2 arena 768 {
module @row_is_read_later {
  vspec.weight @embd : !vspec.weight<32x32, "int8", rows16> {source = "embd"}
  vspec.weight @w : !vspec.weight<32x32, "int4", rows16> {source = "w"}
  func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
    %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %e = vspec.embed @embd, %r : tensor<?x32xf32>
      vspec.yield %e : tensor<?x32xf32>
    }
    %y = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %e = vspec.embed @embd, %r : tensor<?x32xf32>
      vspec.yield %e : tensor<?x32xf32>
    }
    %s = vspec.fused (%in = %y : tensor<?x32xf32>, %res = %x : tensor<?x32xf32>) -> tensor<?x32xf32> {
      %z = vspec.linear %in, @w : tensor<?x32xf32> -> tensor<?x32xf32>
      %t = vspec.add %z, %res : tensor<?x32xf32>
      vspec.yield %t : tensor<?x32xf32>
    }
    %u = vspec.fused (%in = %s : tensor<?x32xf32>, %res = %x : tensor<?x32xf32>) -> tensor<?x32xf32> {
      %z = vspec.linear %in, @w : tensor<?x32xf32> -> tensor<?x32xf32>
      %t = vspec.add %z, %res : tensor<?x32xf32>
      vspec.yield %t : tensor<?x32xf32>
    }
    return %u : tensor<?x32xf32>
  }
}

// -----

// The logits live past the last launch, so it cannot write over them.
// CHECK-LABEL: module @row_is_the_logits
// CHECK:         vexec.variant @decode rows 2 arena 768 {
// CHECK:           %[[X:.*]] = vexec.slice "vspec.embed"
// CHECK:           vexec.logits %[[X]]
module @row_is_the_logits {
  vspec.weight @embd : !vspec.weight<32x32, "int8", rows16> {source = "embd"}
  vspec.weight @w : !vspec.weight<32x32, "int4", rows16> {source = "w"}
  func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
    %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %e = vspec.embed @embd, %r : tensor<?x32xf32>
      vspec.yield %e : tensor<?x32xf32>
    }
    %y = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %e = vspec.embed @embd, %r : tensor<?x32xf32>
      vspec.yield %e : tensor<?x32xf32>
    }
    %s = vspec.fused (%in = %y : tensor<?x32xf32>, %res = %x : tensor<?x32xf32>) -> tensor<?x32xf32> {
      %z = vspec.linear %in, @w : tensor<?x32xf32> -> tensor<?x32xf32>
      %t = vspec.add %z, %res : tensor<?x32xf32>
      vspec.yield %t : tensor<?x32xf32>
    }
    return %x : tensor<?x32xf32>
  }
}

// -----

// A tile holds whole heads of 24 and whole tiles of 16: 48 columns, so that 120 of them need three.
// CHECK-LABEL: module @heads_that_fill_no_tile
// CHECK:         vexec.launch @linear_1 {{.*}} grid <factor = 3, constant = 1>
module @heads_that_fill_no_tile {
  vspec.weight @embd : !vspec.weight<32x32, "int8", rows16> {source = "embd"}
  vspec.weight @w : !vspec.weight<120x32, "int4", rows16> {source = "w"}
  vspec.weight @gain : !vspec.weight<1x24, "f32", plain> {source = "gain"}
  func.func @step(%rows: !vspec.rows) -> tensor<?x120xf32> {
    %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %e = vspec.embed @embd, %r : tensor<?x32xf32>
      vspec.yield %e : tensor<?x32xf32>
    }
    %s = vspec.fused (%in = %x : tensor<?x32xf32>) -> tensor<?x120xf32> {
      %z = vspec.linear %in, @w : tensor<?x32xf32> -> tensor<?x120xf32>
      %n = vspec.rms_norm %z, @gain {epsilon = 1.0e-5 : f32, heads = 5 : i64} : tensor<?x120xf32>
      vspec.yield %n : tensor<?x120xf32>
    }
    return %s : tensor<?x120xf32>
  }
}

// -----

// A context of several splits: in decode each is a tile, and their parts pass to a launch that merges them over the output, none
// of which runs up to position 511. A prefill keeps whole rows, and so does a cache with a window, whose work is bounded.
// CHECK-LABEL: module @several_splits
// CHECK:         vexec.variant @decode rows 2 arena 1472 {
// CHECK:           %[[SINKS:.*]] = vexec.weight_ref @sinks
// CHECK:           %[[A:.*]] = vexec.slice "a"[{{[0-9]+}}, 256]
// CHECK:           %[[PARTS:.*]] = vexec.slice "a"[{{[0-9]+}}, 960]
// CHECK-NEXT:      vexec.launch @attention_[[PART:[0-9]+]] {{.*}} grid <factor = 8, constant = 1, position = 1, divisor = 512>({{.*}}) writes(%[[A]], %[[PARTS]])
// CHECK:           vexec.launch @merge_splits_{{.*}} grid <factor = 8, constant = -511, position = 1, divisor = 1073741824>(%[[A]], %[[PARTS]], %{{.*}}, %[[SINKS]]) writes(%[[A]])
// CHECK:           vexec.launch @attention_[[WHOLE:[0-9]+]] {{.*}} grid <factor = 4, rows = 1>(%[[A]], {{.*}}) writes(%[[B:.*]])
// CHECK:           vexec.logits %[[B]]
// CHECK:         vexec.variant @prefill rows 8
// CHECK-NOT:       merge_splits
// CHECK:           vexec.launch @attention_{{.*}} grid <factor = 4, rows = 1>
// CHECK:           vexec.launch @attention_[[WHOLE]] {{.*}} grid <factor = 4, rows = 1>
module @several_splits {
  vspec.weight @embd : !vspec.weight<32x32, "int8", rows16> {source = "embd"}
  vspec.weight @sinks : !vspec.weight<1x4, "f32", plain> {source = "sinks"}
  vspec.kv_cache @cache.0 : !vspec.kv_cache<heads = 4, head_size = 8, k = "f16", v = "f16", capacity = 1100>
  vspec.kv_cache @cache.1 : !vspec.kv_cache<heads = 4, head_size = 8, window = 1024, k = "f16", v = "f16", capacity = 1100>
  func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
    %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %e = vspec.embed @embd, %r : tensor<?x32xf32>
      vspec.yield %e : tensor<?x32xf32>
    }
    %a = vspec.fused (%q = %x : tensor<?x32xf32>, %r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %y = vspec.attention %q, %r, @cache.0 sinks @sinks {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32> loc("a")
      vspec.yield %y : tensor<?x32xf32>
    } loc("a")
    %b = vspec.fused (%q = %a : tensor<?x32xf32>, %r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %y = vspec.attention %q, %r, @cache.1 {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
      vspec.yield %y : tensor<?x32xf32>
    }
    return %b : tensor<?x32xf32>
  }
}

// -----

// Room for a table of routes, a tile that makes it, and no more expert tiles than there are experts or choices.
// CHECK-LABEL: module @experts
// CHECK:         vexec.variant @decode rows 2
// CHECK:           vexec.slice "vspec.route"[{{[0-9]+}}, 160]
// CHECK:           vexec.launch @route_{{.*}} grid <constant = 1>
// CHECK:           vexec.launch @linear_{{.*}} grid <factor = 3, rows = 2, maximum = 4>
// CHECK:           vexec.launch @{{.*}} grid <rows = 1>(%{{.*}}, %{{.*}}) writes
module @experts {
  vspec.weight @embd : !vspec.weight<32x32, "f32", rows16> {source = "embd"}
  vspec.weight @router : !vspec.weight<4x32, "f32", rows16> {source = "router"}
  vspec.weight @exps : !vspec.weight<4x40x32, "f32", rows16> {source = "exps"}
  func.func @step(%rows: !vspec.rows) -> tensor<?x40xf32> {
    %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x32xf32> {
      %e = vspec.embed @embd, %r : tensor<?x32xf32>
      vspec.yield %e : tensor<?x32xf32>
    }
    %l = vspec.fused (%in = %x : tensor<?x32xf32>) -> tensor<?x4xf32> {
      %z = vspec.linear %in, @router : tensor<?x32xf32> -> tensor<?x4xf32>
      vspec.yield %z : tensor<?x4xf32>
    }
    %routes = vspec.fused (%in = %l : tensor<?x4xf32>) -> !vspec.routes<experts = 4, chosen = 2> {
      %z = vspec.route %in {chosen = 2 : i64, scores = #vspec.scores<softmax>} : tensor<?x4xf32>
      vspec.yield %z : !vspec.routes<experts = 4, chosen = 2>
    }
    %y = vspec.fused (%in = %x : tensor<?x32xf32>, %by = %routes : !vspec.routes<experts = 4, chosen = 2>) -> tensor<?x80xf32> {
      %z = vspec.linear %in, @exps by %by : tensor<?x32xf32>, !vspec.routes<experts = 4, chosen = 2> -> tensor<?x80xf32>
      vspec.yield %z : tensor<?x80xf32>
    }
    %s = vspec.fused (%in = %y : tensor<?x80xf32>, %by = %routes : !vspec.routes<experts = 4, chosen = 2>) -> tensor<?x40xf32> {
      %z = vspec.combine %in, %by : tensor<?x80xf32>, <experts = 4, chosen = 2> -> tensor<?x40xf32>
      vspec.yield %z : tensor<?x40xf32>
    }
    return %s : tensor<?x40xf32>
  }
}

// -----

// Tiles of a recurrence are slots by heads, of a convolution slots by 64 channels.
// CHECK-LABEL: module @recurrences
// CHECK:         vexec.kernel @ssm_scan_3
// CHECK:           vspec.recurrent_state @c{{[0-9]}} : !vspec.recurrent_state<5x4x8>
// CHECK:         %[[INPUTS:.*]] = vexec.state_ref @inputs
// CHECK:         vexec.launch @causal_conv1d_1 {{.*}} grid <factor = 2, slots = 1>({{.*}}, {{.*}}, %[[INPUTS]], {{.*}}) writes
// CHECK:         vexec.launch @ssm_scan_3 {{.*}} grid <factor = 5, slots = 1>
module @recurrences {
  vspec.weight @embd : !vspec.weight<32x80, "int8", rows16> {source = "embd"}
  vspec.weight @taps : !vspec.weight<80x4, "f32", plain> {source = "taps"}
  vspec.weight @of_heads : !vspec.weight<1x5, "f32", plain> {source = "of_heads"}
  vspec.recurrent_state @inputs : !vspec.recurrent_state<3x80>
  vspec.recurrent_state @heads : !vspec.recurrent_state<5x4x8>
  vspec.weight @w : !vspec.weight<5x80, "int8", rows16> {source = "w"}
  func.func @step(%rows: !vspec.rows) -> tensor<?x40xf32> {
    %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x80xf32> {
      %e = vspec.embed @embd, %r : tensor<?x80xf32>
      vspec.yield %e : tensor<?x80xf32>
    }
    %c = vspec.fused (%in = %x : tensor<?x80xf32>, %r = %rows : !vspec.rows) -> tensor<?x80xf32> {
      %y = vspec.causal_conv1d(%in), %r, @inputs, @taps : tensor<?x80xf32> -> tensor<?x80xf32>
      vspec.yield %y : tensor<?x80xf32>
    }
    %dt = vspec.fused (%in = %x : tensor<?x80xf32>) -> tensor<?x5xf32> {
      %y = vspec.linear %in, @w : tensor<?x80xf32> -> tensor<?x5xf32>
      vspec.yield %y : tensor<?x5xf32>
    }
    %s = vspec.fused (%in = %c : tensor<?x80xf32>, %t = %dt : tensor<?x5xf32>, %r = %rows : !vspec.rows) -> tensor<?x40xf32> {
      %y = vspec.ssm_scan %in, %t, %r, @heads decay @of_heads skip @of_heads dt_bias @of_heads {groups = 5 : i64}
          : tensor<?x80xf32>, tensor<?x5xf32> -> tensor<?x40xf32>
      vspec.yield %y : tensor<?x40xf32>
    }
    return %s : tensor<?x40xf32>
  }
}

// -----

// Tiles of what skips zeros are 64 gates, or a split of the inputs.
// CHECK-LABEL: module @zeros
// CHECK:         vexec.launch @gated_linear_1 {{.*}} grid <factor = 3, constant = 1>
// CHECK:         vexec.launch @sparse_linear_2 {{.*}} grid <factor = 2, constant = 1>
module @zeros {
  vspec.weight @embd : !vspec.weight<32x130, "int8", rows16> {source = "embd"}
  vspec.weight @up : !vspec.weight<130x130, "int8", row_parts> {source = "up"}
  vspec.weight @down : !vspec.weight<130x64, "f32", row_parts> {source = "down"}
  func.func @step(%rows: !vspec.rows) -> tensor<?x128xf32> {
    %x = vspec.fused (%r = %rows : !vspec.rows) -> tensor<?x130xf32> {
      %e = vspec.embed @embd, %r : tensor<?x130xf32>
      vspec.yield %e : tensor<?x130xf32>
    }
    %h = vspec.fused (%in = %x : tensor<?x130xf32>) -> tensor<?x130xf32> {
      %y = vspec.gated_linear %in, %in, @up {activation = #vspec.activation<silu>} : tensor<?x130xf32>, tensor<?x130xf32>
      vspec.yield %y : tensor<?x130xf32>
    }
    %y = vspec.fused (%in = %h : tensor<?x130xf32>) -> tensor<?x128xf32> {
      %z = vspec.sparse_linear %in, @down {split = 128 : i64} : tensor<?x130xf32> -> tensor<?x128xf32>
      vspec.yield %z : tensor<?x128xf32>
    }
    return %y : tensor<?x128xf32>
  }
}
