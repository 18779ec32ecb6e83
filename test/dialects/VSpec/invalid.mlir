// RUN: vspec-opt %s -split-input-file -verify-diagnostics

// expected-error @below {{weight is 0x64, but both sizes must be at least 1}}
vspec.weight @empty : !vspec.weight<0x64, "f32"> {source = "x"}

// -----

// expected-error @below {{expected rows x columns, or matrices before them, found 4 sizes}}
vspec.weight @cube : !vspec.weight<2x2x2x2, "f32"> {source = "x"}

// -----

// expected-error @below {{stack of 4611686018427387904 matrices has more rows than a number can tell}}
vspec.weight @endless : !vspec.weight<4611686018427387904x4x2, "f32"> {source = "x"}

// -----

// expected-error @below {{'vspec.weight' op stacks 2 tensors, but has 3 matrices}}
vspec.weight @gap : !vspec.weight<3x2x2, "f32"> {source = "x", transforms = [#vspec.stack<"y">]}

// -----

// expected-error @below {{'vspec.weight' op has 5 columns, which 2 tensors do not divide}}
vspec.weight @uneven : !vspec.weight<1x5, "f32"> {source = "x", transforms = [#vspec.stack<"y">]}

// -----

// expected-error @below {{routes choose 9 of 8 experts, but must choose at least one and at most all of 65536}}
func.func private @too_many_chosen(!vspec.routes<experts = 8, chosen = 9>)

// -----

func.func @too_many_chosen(%x: tensor<?x8xf32>) {
  // expected-error @below {{routes choose 9 of 8 experts, but must choose at least one and at most all of 65536}}
  %r = vspec.route %x {chosen = 9 : i64, scores = #vspec.scores<softmax>} : tensor<?x8xf32>
  return
}

// -----

// expected-note @below {{the weight is here}}
vspec.weight @stack : !vspec.weight<8x16x32, "f32"> {source = "x"}
func.func @stack_without_routes(%x: tensor<?x32xf32>) {
  // expected-error @below {{'vspec.linear' op chooses among 1 matrices, but the weight has 8}}
  %y = vspec.linear %x, @stack : tensor<?x32xf32> -> tensor<?x128xf32>
  return
}

// -----

// expected-note @below {{the weight is here}}
vspec.weight @stack : !vspec.weight<8x16x32, "f32"> {source = "x"}
func.func @expert_results(%x: tensor<?x64xf32>, %r: !vspec.routes<experts = 8, chosen = 2>) {
  // expected-error @below {{'vspec.linear' op result has 16 columns, but the weight has 16 rows for each of 2 choices}}
  %y = vspec.linear %x, @stack by %r : tensor<?x64xf32>, !vspec.routes<experts = 8, chosen = 2> -> tensor<?x16xf32>
  return
}

// -----

vspec.weight @biases : !vspec.weight<8x16, "f32"> {source = "x"}
func.func @expert_bias_parts(%x: tensor<?x33xf32>, %r: !vspec.routes<experts = 8, chosen = 2>) {
  // expected-error @below {{'vspec.add_bias' op input has 33 columns, which are not those of 2 experts}}
  %y = vspec.add_bias %x, @biases by %r : tensor<?x33xf32>, !vspec.routes<experts = 8, chosen = 2>
  return
}

// -----

// expected-note @below {{the weight is here}}
vspec.weight @biases : !vspec.weight<8x16, "f32"> {source = "x"}
func.func @expert_bias(%x: tensor<?x64xf32>, %r: !vspec.routes<experts = 8, chosen = 2>) {
  // expected-error @below {{'vspec.add_bias' op needs a bias of experts of type !vspec.weight<8x32, "f32">, but @biases is '!vspec.weight<8x16, "f32">'}}
  %y = vspec.add_bias %x, @biases by %r : tensor<?x64xf32>, !vspec.routes<experts = 8, chosen = 2>
  return
}

// -----

func.func @combine(%x: tensor<?x64xf32>, %r: !vspec.routes<experts = 8, chosen = 2>) {
  // expected-error @below {{'vspec.combine' op input has 64 columns, but 2 results of 16 need 32}}
  %y = vspec.combine %x, %r : tensor<?x64xf32>, <experts = 8, chosen = 2> -> tensor<?x16xf32>
  return
}

// -----

func.func @scale_rows(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.scale_rows' op gate has 64 columns, expected one number for each row}}
  %y = vspec.scale_rows %x, %x : tensor<?x64xf32>, tensor<?x64xf32>
  return
}

// -----

func.func @parts(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.quantize' op input has 64 columns, which are not 3 equal parts}}
  %y = vspec.quantize %x {block = 64 : i64, parts = 3 : i64} : tensor<?x64xf32>
  return
}

// -----

// expected-error @below {{format 'int9': unknown name; nearest: int8, int7, int6}}
vspec.weight @no_format : !vspec.weight<2x2, "int9"> {source = "x"}

// -----

// expected-error @below {{'vspec.weight' op permutes 6 numbers, which are not 2 heads of an even size}}
vspec.weight @odd_heads : !vspec.weight<6x64, "f32"> {source = "x", transforms = [#vspec.unpermute_heads<2>]}

// -----

// expected-error @below {{'vspec.weight' op takes #vspec.take_rows<count = 4, first = 0, every = 12> for its 6 numbers; expected a divisor of them as count, which from first on lies within every}}
vspec.weight @no_divisor : !vspec.weight<6x64, "f32"> {source = "x", transforms = [#vspec.take_rows<count = 4, first = 0, every = 12>]}

// -----

// expected-error @below {{'vspec.weight' op takes #vspec.take_rows<count = 3, first = 7, every = 9> for its 6 numbers; expected a divisor of them as count, which from first on lies within every}}
vspec.weight @behind_the_end : !vspec.weight<6x64, "f32"> {source = "x", transforms = [#vspec.take_rows<count = 3, first = 7, every = 9>]}

// -----

// expected-error @below {{kv cache has no field 'size', only heads, head_size, window, k, v, capacity and ring}}
vspec.kv_cache @unknown_field : !vspec.kv_cache<heads = 1, size = 8>

// -----

// expected-error @below {{kv cache has 4 heads of 7 values, but needs at least one head of an even number of values}}
vspec.kv_cache @odd_head : !vspec.kv_cache<heads = 4, head_size = 7>

// -----

// expected-error @below {{kv cache has window -1 and capacity 0, but neither may be negative}}
vspec.kv_cache @negative_window : !vspec.kv_cache<heads = 4, head_size = 8, window = -1>

// -----

// expected-error @below {{kv cache is half planned: k is "f16", v is "" and capacity is 512, but PlanKV sets all three}}
vspec.kv_cache @half_planned : !vspec.kv_cache<heads = 4, head_size = 8, k = "f16", capacity = 512>

// -----

// expected-error @below {{kv cache has format "int3", but can be f32, f16, int8 or int4}}
vspec.kv_cache @unknown_format : !vspec.kv_cache<heads = 4, head_size = 8, k = "int3", v = "f16", capacity = 512>

// -----

// expected-error @below {{kv cache has heads of 6 values, but integer formats need a multiple of 4}}
vspec.kv_cache @no_group : !vspec.kv_cache<heads = 4, head_size = 6, k = "int8", v = "f16", capacity = 512>

// -----

// expected-error @below {{kv cache is a ring of 8 tokens, but its window is 16}}
vspec.kv_cache @short_ring : !vspec.kv_cache<heads = 4, head_size = 8, window = 16, k = "f16", v = "f16", capacity = 8, ring>

// -----

// expected-error @below {{kv cache is a ring without a window: it would forget tokens that a query may see}}
vspec.kv_cache @forgetful_ring : !vspec.kv_cache<heads = 4, head_size = 8, k = "f16", v = "f16", capacity = 8, ring>

// -----

// expected-note @below {{the weight is here}}
vspec.weight @w : !vspec.weight<512x64, "f32"> {source = "x"}
func.func @embed_width(%rows: !vspec.rows) {
  // expected-error @below {{'vspec.embed' op result has 32 columns, but the weight has 64}}
  %x = vspec.embed @w, %rows : tensor<?x32xf32>
  return
}

// -----

func.func @unknown_symbol(%rows: !vspec.rows) {
  // expected-error @below {{'vspec.embed' op names @w, which is not defined; expected a 'vspec.weight'}}
  %x = vspec.embed @w, %rows : tensor<?x32xf32>
  return
}

// -----

// expected-note @below {{defined here}}
vspec.kv_cache @w : !vspec.kv_cache<heads = 4, head_size = 8>
func.func @wrong_symbol(%rows: !vspec.rows) {
  // expected-error @below {{'vspec.embed' op names @w, but that is a 'vspec.kv_cache', not a 'vspec.weight'}}
  %x = vspec.embed @w, %rows : tensor<?x32xf32>
  return
}

// -----

// expected-note @below {{the weight is here}}
vspec.weight @w : !vspec.weight<32x64, "f32"> {source = "x"}
func.func @linear_columns(%x: tensor<?x16xf32>) {
  // expected-error @below {{'vspec.linear' op input has 16 columns, but the weight has 64}}
  %y = vspec.linear %x, @w : tensor<?x16xf32> -> tensor<?x32xf32>
  return
}

// -----

// expected-note @below {{the weight is here}}
vspec.weight @w : !vspec.weight<32x64, "f32"> {source = "x"}
func.func @linear_rows(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.linear' op result has 64 columns, but the weight has 32 rows}}
  %y = vspec.linear %x, @w : tensor<?x64xf32> -> tensor<?x64xf32>
  return
}

// -----

vspec.weight @w : !vspec.weight<32x64, "f32"> {source = "x"}
func.func @not_activations(%x: tensor<2x64xf32>) {
  // expected-error @below {{'vspec.linear' op operand #0 must be tensor<?xNxf32>, a row for each row of the step, but got 'tensor<2x64xf32>'}}
  %y = "vspec.linear"(%x) {weight = @w} : (tensor<2x64xf32>) -> tensor<?x32xf32>
  return
}

// -----

// expected-note @below {{the weight is here}}
vspec.weight @order : !vspec.weight<1x32, "f32"> {source = "x"}
func.func @order_of_half_a_row(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.permute_columns' op needs a column order of type !vspec.weight<1x64, "f32">, but @order is '!vspec.weight<1x32, "f32">'}}
  %y = vspec.permute_columns %x, @order : tensor<?x64xf32>
  return
}

// -----

// expected-note @below {{the weight is here}}
vspec.weight @gain : !vspec.weight<1x32, "f32"> {source = "x"}
func.func @gain_of_half_a_row(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.rms_norm' op needs a gain of type !vspec.weight<1x8, "f32">, but @gain is '!vspec.weight<1x32, "f32">'}}
  %y = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32, heads = 8 : i64} : tensor<?x64xf32>
  return
}

// -----

vspec.weight @gain : !vspec.weight<1x64, "f32"> {source = "x"}
func.func @no_epsilon(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.rms_norm' op epsilon is 0.000000e+00, but must be positive}}
  %y = vspec.rms_norm %x, @gain {epsilon = 0.0 : f32} : tensor<?x64xf32>
  return
}

// -----

vspec.weight @gain : !vspec.weight<1x64, "f32"> {source = "x"}
func.func @norm_heads(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.rms_norm' op input has 64 columns, which 3 heads do not divide}}
  %y = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32, heads = 3 : i64} : tensor<?x64xf32>
  return
}

// -----

// expected-note @below {{the weight is here}}
vspec.weight @bias : !vspec.weight<1x64, "f16"> {source = "x"}
func.func @bias_in_f16(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.add_bias' op needs a bias of type !vspec.weight<1x64, "f32">, but @bias is '!vspec.weight<1x64, "f16">'}}
  %y = vspec.add_bias %x, @bias : tensor<?x64xf32>
  return
}

// -----

func.func @rope_heads(%x: tensor<?x64xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.rope' op input has 64 columns, which 3 heads do not divide}}
  %y = vspec.rope %x, %rows {heads = 3 : i64, frequencies = array<f32: 1.0>} : tensor<?x64xf32>
  return
}

// -----

// expected-error @below {{'vspec.weight' op adds 1 to '!vspec.weight<64x64, "f32">', expected a gain: one row in f32}}
vspec.weight @w : !vspec.weight<64x64, "f32"> {source = "x", transforms = [#vspec.plus_one]}

// -----

vspec.weight @w : !vspec.weight<64x64, "f32"> {source = "x"}
func.func @embedding_of_nothing(%rows: !vspec.rows) {
  // expected-error @below {{'vspec.embed' op scale is 0.000000e+00, but must be positive}}
  %x = vspec.embed @w, %rows {scale = 0.0 : f32} : tensor<?x64xf32>
  return
}

// -----

func.func @factor(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.scale' op factor is -1.000000e+00, but must be positive}}
  %y = vspec.scale %x {factor = -1.0 : f32} : tensor<?x64xf32>
  return
}

// -----

func.func @cap(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.soft_cap' op cap is 0.000000e+00, but must be positive}}
  %y = vspec.soft_cap %x {cap = 0.0 : f32} : tensor<?x64xf32>
  return
}

// -----

vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8>
func.func @cap_of_scores(%x: tensor<?x64xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.attention' op soft_cap is 0.000000e+00, but must be positive}}
  %y = vspec.attention %x, %rows, @cache {heads = 8 : i64, scale = 0.5 : f32, soft_cap = 0.0 : f32} : tensor<?x64xf32>
  return
}

// -----

func.func @rope_frequencies(%x: tensor<?x64xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.rope' op has 5 frequencies, but a head of 8 columns; expected one for each pair that turns}}
  %y = vspec.rope %x, %rows {heads = 8 : i64, frequencies = array<f32: 1.0, 1.0, 1.0, 1.0, 1.0>} : tensor<?x64xf32>
  return
}

// -----

func.func @rope_without_frequencies(%x: tensor<?x64xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.rope' op has 0 frequencies, but a head of 8 columns; expected one for each pair that turns}}
  %y = vspec.rope %x, %rows {heads = 8 : i64, frequencies = array<f32>} : tensor<?x64xf32>
  return
}

// -----

// expected-note @below {{the cache is here}}
vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8>
func.func @append_keys(%k: tensor<?x64xf32>, %v: tensor<?x32xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.kv_append' op key has 64 columns, but the cache has 4 heads of 8}}
  vspec.kv_append %k, %v, %rows, @cache : tensor<?x64xf32>, tensor<?x32xf32>
  return
}

// -----

// expected-note @below {{the cache is here}}
vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8>
func.func @append_values(%k: tensor<?x32xf32>, %v: tensor<?x64xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.kv_append' op value has 64 columns, but the cache has 4 heads of 8}}
  vspec.kv_append %k, %v, %rows, @cache : tensor<?x32xf32>, tensor<?x64xf32>
  return
}

// -----

// expected-note @below {{the cache is here}}
vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8>
func.func @attention_groups(%q: tensor<?x48xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.attention' op has 6 heads, which is no multiple of the cache's 4}}
  %a = vspec.attention %q, %rows, @cache {heads = 6 : i64, scale = 1.0 : f32} : tensor<?x48xf32>
  return
}

// -----

// expected-note @below {{the cache is here}}
vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8>
func.func @attention_width(%q: tensor<?x48xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.attention' op query has 48 columns, but 8 heads of the cache's size 8 need 64}}
  %a = vspec.attention %q, %rows, @cache {heads = 8 : i64, scale = 1.0 : f32} : tensor<?x48xf32>
  return
}

// -----

func.func @split_of_blocks(%q: tensor<?x32xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.attention' op has splits of 100 tokens, expected a multiple of 64}}
  %a = vspec.attention %q, %rows, @cache {heads = 4 : i64, scale = 1.0 : f32, split = 100 : i64} : tensor<?x32xf32>
  return
}

// -----

// expected-note @below {{the cache is here}}
vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8, k = "f16", v = "f16", capacity = 513>
func.func @attention_parts(%q: tensor<?x32xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.attention' op has parts of 40 columns, but 4 heads and 2 splits of 10 numbers need 80}}
  %a, %p = vspec.attention %q, %rows, @cache {heads = 4 : i64, scale = 1.0 : f32} : tensor<?x32xf32> parts tensor<?x40xf32>
  return
}

// -----

// expected-note @below {{the cache is here}}
vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8, window = 64, k = "f16", v = "f16", capacity = 512>
func.func @parts_of_a_window(%q: tensor<?x32xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.attention' op makes parts of a cache with a window, but parts count splits from token 0}}
  %a, %p = vspec.attention %q, %rows, @cache {heads = 4 : i64, scale = 1.0 : f32} : tensor<?x32xf32> parts tensor<?x40xf32>
  return
}

// -----

// expected-note @below {{the weight is here}}
vspec.weight @two : !vspec.weight<1x2, "f32"> {source = "sinks"}
vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8>
func.func @attention_sinks(%q: tensor<?x32xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.attention' op needs a sink for each head of type !vspec.weight<1x4, "f32">, but @two is '!vspec.weight<1x2, "f32">'}}
  %a = vspec.attention %q, %rows, @cache sinks @two {heads = 4 : i64, scale = 1.0 : f32} : tensor<?x32xf32>
  return
}

// -----

func.func @merge_sinks(%x: tensor<?x32xf32>, %parts: tensor<?x40xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.merge_splits' op names @sinks, which is not defined; expected a 'vspec.weight'}}
  %y = vspec.merge_splits %x, %parts, %rows sinks @sinks {heads = 4 : i64} : tensor<?x32xf32>, tensor<?x40xf32>
  return
}

// -----

func.func @merge_heads(%x: tensor<?x32xf32>, %parts: tensor<?x40xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.merge_splits' op output has 32 columns, which 3 heads do not divide}}
  %y = vspec.merge_splits %x, %parts, %rows {heads = 3 : i64} : tensor<?x32xf32>, tensor<?x40xf32>
  return
}

// -----

func.func @merge_parts(%x: tensor<?x32xf32>, %parts: tensor<?x42xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.merge_splits' op has parts of 42 columns, expected a multiple of 40: the output's 32 and 2 for each of 4 heads}}
  %y = vspec.merge_splits %x, %parts, %rows {heads = 4 : i64} : tensor<?x32xf32>, tensor<?x42xf32>
  return
}

// -----

func.func @no_heads(%x: tensor<?x64xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.rope' op attribute 'heads' failed to satisfy constraint: 64-bit signless integer attribute whose value is positive}}
  %y = vspec.rope %x, %rows {heads = 0 : i64, frequencies = array<f32: 1.0>} : tensor<?x64xf32>
  return
}

// -----

func.func @fused_inputs(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.fused' op has inputs of types ('tensor<?x64xf32>'), but its block takes ('tensor<?x32xf32>')}}
  "vspec.fused"(%x) ({
  ^bb0(%inside: tensor<?x32xf32>):
    vspec.yield
  }) : (tensor<?x64xf32>) -> ()
  return
}

// -----

func.func @fused_results(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.fused' op has results of types ('tensor<?x32xf32>'), but yields ('tensor<?x64xf32>')}}
  %y = vspec.fused (%inside = %x : tensor<?x64xf32>) -> tensor<?x32xf32> {
    // expected-note @below {{yielded here}}
    vspec.yield %inside : tensor<?x64xf32>
  }
  return
}

// -----

func.func @fused_stranger(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.fused' op holds 'func.call', which has no role in a launch}}
  vspec.fused (%inside = %x : tensor<?x64xf32>) {
    // expected-note @below {{it is here}}
    func.call @fused_stranger(%inside) : (tensor<?x64xf32>) -> ()
    vspec.yield
  }
  return
}

// -----

vspec.weight @token_embd : !vspec.weight<512x64, "f32"> {source = "x"}
// expected-note @below {{the weight is here}}
vspec.weight @positions : !vspec.weight<128x64, "f16"> {source = "x"}
func.func @embed_positions(%rows: !vspec.rows) {
  // expected-error @below {{'vspec.embed' op needs positions of 64 columns in f32, but @positions is '!vspec.weight<128x64, "f16">'}}
  %x = vspec.embed @token_embd, %rows positions @positions : tensor<?x64xf32>
  return
}

// -----

vspec.weight @gain : !vspec.weight<1x64, "f32"> {source = "x"}
func.func @layer_norm_epsilon(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.layer_norm' op epsilon is 0.000000e+00, but must be positive}}
  %y = vspec.layer_norm %x, @gain {epsilon = 0.0 : f32} : tensor<?x64xf32>
  return
}

// -----

vspec.weight @gain : !vspec.weight<1x64, "f32"> {source = "x"}
func.func @layer_norm_heads(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.layer_norm' op input has 64 columns, which 3 heads do not divide}}
  %y = vspec.layer_norm %x, @gain {epsilon = 1.0e-5 : f32, heads = 3 : i64} : tensor<?x64xf32>
  return
}

// -----

// Each head has numbers of its own.
// expected-note @below {{the weight is here}}
vspec.weight @gain : !vspec.weight<1x8, "f32"> {source = "x"}
func.func @layer_norm_gain(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.layer_norm' op needs a gain of type !vspec.weight<1x64, "f32">, but @gain is '!vspec.weight<1x8, "f32">'}}
  %y = vspec.layer_norm %x, @gain {epsilon = 1.0e-5 : f32, heads = 8 : i64} : tensor<?x64xf32>
  return
}

// -----

vspec.weight @gain : !vspec.weight<1x64, "f32"> {source = "x"}
// expected-note @below {{the weight is here}}
vspec.weight @bias : !vspec.weight<1x32, "f32"> {source = "x"}
func.func @layer_norm_bias(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.layer_norm' op needs a bias of type !vspec.weight<1x64, "f32">, but @bias is '!vspec.weight<1x32, "f32">'}}
  %y = vspec.layer_norm %x, @gain bias @bias {epsilon = 1.0e-5 : f32} : tensor<?x64xf32>
  return
}

// -----

// expected-error @below {{recurrent state needs at least one size, each at least 1 and their product at most 1099511627776}}
vspec.recurrent_state @none : !vspec.recurrent_state<3x0>

// -----

// expected-error @below {{recurrent state needs at least one size, each at least 1 and their product at most 1099511627776}}
vspec.recurrent_state @huge : !vspec.recurrent_state<1099511627776x2>

// -----

// expected-error @below {{'vspec.weight' op takes -e^x of '!vspec.weight<4x4, "f32">', expected one row in f32}}
vspec.weight @logarithms : !vspec.weight<4x4, "f32"> {source = "A_log", transforms = [#vspec.negative_exp]}

// -----

// expected-note @below {{defined here}}
vspec.weight @taps : !vspec.weight<8x4, "f32"> {source = "taps"}
func.func @no_state(%x: tensor<?x8xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.causal_conv1d' op names @taps, but that is a 'vspec.weight', not a 'vspec.recurrent_state'}}
  %y = vspec.causal_conv1d(%x), %rows, @taps, @taps : tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

// expected-note @below {{the weight is here}}
vspec.weight @taps : !vspec.weight<8x1, "f32"> {source = "taps"}
vspec.recurrent_state @inputs : !vspec.recurrent_state<3x8>
func.func @short_convolution(%x: tensor<?x8xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.causal_conv1d' op needs a weight of 8 rows and 2 or more columns in f32, but @taps is '!vspec.weight<8x1, "f32">'}}
  %y = vspec.causal_conv1d(%x), %rows, @inputs, @taps : tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

vspec.weight @taps : !vspec.weight<8x4, "f32"> {source = "taps"}
// expected-note @below {{the state is here}}
vspec.recurrent_state @inputs : !vspec.recurrent_state<4x8>
func.func @state_of_another_length(%x: tensor<?x8xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.causal_conv1d' op needs a state of type '!vspec.recurrent_state<3x8>', but @inputs is '!vspec.recurrent_state<4x8>'}}
  %y = vspec.causal_conv1d(%x), %rows, @inputs, @taps : tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

vspec.weight @of_heads : !vspec.weight<1x3, "f32"> {source = "of_heads"}
vspec.recurrent_state @heads : !vspec.recurrent_state<3x2x4>
func.func @groups_do_not_divide_heads(%x: tensor<?x20xf32>, %dt: tensor<?x3xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.ssm_scan' op has 3 heads, one for each column of dt, which must divide the result's 12 columns and be a multiple of the 2 groups}}
  %y = vspec.ssm_scan %x, %dt, %rows, @heads decay @of_heads skip @of_heads dt_bias @of_heads {groups = 2 : i64}
      : tensor<?x20xf32>, tensor<?x3xf32> -> tensor<?x12xf32>
  return
}

// -----

vspec.weight @of_heads : !vspec.weight<1x3, "f32"> {source = "of_heads"}
vspec.recurrent_state @heads : !vspec.recurrent_state<3x2x4>
func.func @too_few_columns(%x: tensor<?x12xf32>, %dt: tensor<?x3xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.ssm_scan' op input has 12 columns, but x of 12 and 1 groups of B and C of 2 need 16}}
  %y = vspec.ssm_scan %x, %dt, %rows, @heads decay @of_heads skip @of_heads dt_bias @of_heads {groups = 1 : i64}
      : tensor<?x12xf32>, tensor<?x3xf32> -> tensor<?x12xf32>
  return
}

// -----

vspec.weight @taps : !vspec.weight<8x4, "f32"> {source = "taps"}
vspec.recurrent_state @inputs : !vspec.recurrent_state<3x8>
func.func @inputs_beside_the_result(%x: tensor<?x8xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.causal_conv1d' op inputs have 16 columns, but the result has 8}}
  %y = vspec.causal_conv1d(%x, %x), %rows, @inputs, @taps : tensor<?x8xf32>, tensor<?x8xf32> -> tensor<?x8xf32>
  return
}

// -----

vspec.weight @of_heads : !vspec.weight<1x3, "f32"> {source = "of_heads"}
vspec.recurrent_state @heads : !vspec.recurrent_state<3x2x4>
func.func @values_without_keys(%x: tensor<?x12xf32>, %dt: tensor<?x3xf32>, %rows: !vspec.rows) {
  // expected-error @below {{'vspec.gated_delta' op input has 12 columns, but values of 12 and 1 groups of queries and keys of 2 need 16}}
  %y = vspec.gated_delta %x, %dt, %dt, %rows, @heads decay @of_heads dt_bias @of_heads {groups = 1 : i64}
      : tensor<?x12xf32>, tensor<?x3xf32> -> tensor<?x12xf32>
  return
}

// -----

func.func @factors(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.weighted_sum' op has 2 factors for 1 inputs, expected one for each, and at least one}}
  %y = vspec.weighted_sum %x {factors = array<f32: 1.0, 2.0>} : tensor<?x64xf32> -> tensor<?x64xf32>
  return
}

// -----

func.func @unlike_rows(%x: tensor<?x64xf32>, %z: tensor<?x32xf32>) {
  // expected-error @below {{'vspec.weighted_sum' op adds rows of 32 columns, but the result has 64}}
  %y = vspec.weighted_sum %x, %z {factors = array<f32: 1.0, 2.0>} : tensor<?x64xf32>, tensor<?x32xf32> -> tensor<?x64xf32>
  return
}

// -----

func.func @few_weights(%x: tensor<?x64xf32>, %w: tensor<?x4xf32>) {
  // expected-error @below {{'vspec.weighted_sum' op takes 2 weights from 3 on, but a row has 4}}
  %y = vspec.weighted_sum %x, %x by %w {factors = array<f32: 1.0, 2.0>, first = 3 : i64} : tensor<?x64xf32>, tensor<?x64xf32> by tensor<?x4xf32> -> tensor<?x64xf32>
  return
}

// -----

func.func @no_part(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.take_part' op takes 16 columns as part 4 of 4, but the input has 64}}
  %y = vspec.take_part %x {part = 4 : i64, parts = 4 : i64} : tensor<?x64xf32> -> tensor<?x16xf32>
  return
}

// -----

func.func @no_such_parts(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.sum_parts' op adds 3 parts of 16 columns, but the input has 64}}
  %y = vspec.sum_parts %x {parts = 3 : i64} : tensor<?x64xf32> -> tensor<?x16xf32>
  return
}

// -----

vspec.weight @up : !vspec.weight<32x64, "f32"> {source = "up"}
func.func @gate_that_zeros_open(%g: tensor<?x32xf32>, %x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.gated_linear' op activation is sigmoid, expected silu, gelu, gelu_tanh or relu2}}
  %y = vspec.gated_linear %g, %x, @up {activation = #vspec.activation<sigmoid>} : tensor<?x32xf32>, tensor<?x64xf32>
  return
}

// -----

// expected-note @below {{the weight is here}}
vspec.weight @up : !vspec.weight<2x32x64, "f32"> {source = "up"}
func.func @gates_of_experts(%g: tensor<?x64xf32>, %x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.gated_linear' op needs one matrix of 64 rows and 64 columns, but @up is '!vspec.weight<2x32x64, "f32">'}}
  %y = vspec.gated_linear %g, %x, @up {activation = #vspec.activation<silu>} : tensor<?x64xf32>, tensor<?x64xf32>
  return
}

// -----

// expected-note @below {{the weight is here}}
vspec.weight @down : !vspec.weight<64x100, "f32"> {source = "down"}
func.func @stands_as_others_do(%x: tensor<?x100xf32>) {
  // expected-error @below {{'vspec.sparse_linear' op needs one matrix of 100 rows and 64 columns, but @down is '!vspec.weight<64x100, "f32">'}}
  %y = vspec.sparse_linear %x, @down : tensor<?x100xf32> -> tensor<?x64xf32>
  return
}

// -----

vspec.weight @down : !vspec.weight<100x64, "f32"> {source = "down"}
func.func @splits_of_several_sizes(%x: tensor<?x100xf32>) {
  // expected-error @below {{'vspec.sparse_linear' op result has 64 columns, which are not 3 equal parts, one for each split of the input}}
  %y = vspec.sparse_linear %x, @down {split = 48 : i64} : tensor<?x100xf32> -> tensor<?x64xf32>
  return
}

// -----

func.func @excess(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.excess' op has deviations that are no finite number}}
  %y = vspec.excess %x {deviations = 0x7F800000 : f32} : tensor<?x64xf32>
  return
}

// -----

func.func @no_epsilon(%x: tensor<?x64xf32>) {
  // expected-error @below {{'vspec.match_magnitude' op epsilon is 0.000000e+00, but must be positive}}
  %y = vspec.match_magnitude %x, %x {epsilon = 0.0 : f32} : tensor<?x64xf32>
  return
}

// -----

// expected-note @below {{the weight is here}}
vspec.weight @embd : !vspec.weight<8x64, "f32"> {source = "x"}
func.func @stand_in(%rows: !vspec.rows) {
  // expected-error @below {{'vspec.embed' op stand_in is 8, but the weight has 8 rows}}
  %y = vspec.embed @embd, %rows {stand_in = 8 : i64} : tensor<?x64xf32>
  return
}
