// RUN: vspec-opt %s --vspec-plan-kv --split-input-file | FileCheck %s --check-prefixes=CHECK,DEFAULT
// RUN: vspec-opt %s --vspec-plan-kv="context=100 k=int8 v=int4" --split-input-file | FileCheck %s --check-prefixes=CHECK,SHORT
// RUN: vspec-opt %s --vspec-plan-kv="context=2000 chunk=1" --split-input-file | FileCheck %s --check-prefixes=CHECK,ONE-ROW

// The checkpoint's own context; a ring where a window needs less: window + chunk - 1 tokens in whole tiles.
// CHECK:        module @trained
// DEFAULT-SAME: vspec.context = 4096 : i64
// SHORT-SAME:   vspec.context = 100 : i64
// ONE-ROW-SAME: vspec.context = 2000 : i64
module @trained attributes {vspec.trained_context = 4096 : i64} {
  // DEFAULT: @all : !vspec.kv_cache<heads = 4, head_size = 8, k = "f16", v = "f16", capacity = 4096>
  // SHORT:   @all : !vspec.kv_cache<heads = 4, head_size = 8, k = "int8", v = "int4", capacity = 128>
  // ONE-ROW: @all : !vspec.kv_cache<heads = 4, head_size = 8, k = "f16", v = "f16", capacity = 2048>
  vspec.kv_cache @all : !vspec.kv_cache<heads = 4, head_size = 8>
  // DEFAULT: @window : !vspec.kv_cache<heads = 4, head_size = 8, window = 512, k = "f16", v = "f16", capacity = 576, ring>
  // A context no longer than the ring needs none.
  // SHORT:   @window : !vspec.kv_cache<heads = 4, head_size = 8, window = 512, k = "int8", v = "int4", capacity = 128>
  // ONE-ROW: @window : !vspec.kv_cache<heads = 4, head_size = 8, window = 512, k = "f16", v = "f16", capacity = 512, ring>
  vspec.kv_cache @window : !vspec.kv_cache<heads = 4, head_size = 8, window = 512>
}

// -----

// At least 512 tokens, and as many as asked for where the checkpoint does not say.
// CHECK:        module @untrained
// DEFAULT-SAME: vspec.context = 512 : i64
// ONE-ROW-SAME: vspec.context = 2000 : i64
module @untrained {
  // DEFAULT: capacity = 512>
  vspec.kv_cache @all : !vspec.kv_cache<heads = 4, head_size = 8>
  // What a ring would keep is all there is.
  // DEFAULT: @exact : {{.*}} capacity = 512>
  vspec.kv_cache @exact : !vspec.kv_cache<heads = 4, head_size = 8, window = 449>
}

// -----

// CHECK:        module @little_trained
// DEFAULT-SAME: vspec.context = 512 : i64
module @little_trained attributes {vspec.trained_context = 128 : i64} {
}

// -----

// Planned again with the same options it stays as it is.
// CHECK: module @planned
// DEFAULT: @planned : !vspec.kv_cache<heads = 4, head_size = 8, window = 17, k = "f16", v = "f16", capacity = 128, ring>
module @planned {
  vspec.kv_cache @planned : !vspec.kv_cache<heads = 4, head_size = 8, window = 17, k = "f16", v = "f16", capacity = 128, ring>
}

// -----

// Recurrent state does not grow: nothing asks for a short context.
// CHECK-LABEL:  module @recurrent
// DEFAULT-SAME: vspec.context = 1048576 : i64
// SHORT-SAME:   vspec.context = 100 : i64
// CHECK:        vspec.recurrent_state @state : !vspec.recurrent_state<3x8>
module @recurrent {
  vspec.recurrent_state @state : !vspec.recurrent_state<3x8>
}
