// RUN: vspec-opt %s --vspec-build-kernels | FileCheck %s --implicit-check-not=vspec. --implicit-check-not=vexec.kernel --check-prefixes=CHECK,W64
// RUN: vspec-opt %s --vspec-build-kernels="register-bytes=32 integer-rows=4 folds-scales=false" | FileCheck %s --check-prefixes=CHECK,W32
// RUN: vspec-opt %s --vspec-build-kernels="register-bytes=16 row-capacity=1" | FileCheck %s --check-prefixes=CHECK,W16
// Only tile functions and prologues are left.
// RUN: vspec-opt %s --vspec-build-kernels | FileCheck %s --check-prefix=NOTHING
// NOTHING-NOT: vspec.{{weight|kv_cache|embed}}
// NOTHING-NOT: @token_embd
// NOTHING-NOT: vexec.program

vspec.weight @token_embd : !vspec.weight<32x64, "f32", rows16> {source = "token_embd.weight"}

// No prologue: an embedding prepares no rows.
// CHECK-NOT:   @embed_0.prologue
// CHECK-LABEL: func.func @embed_0.tile(
// CHECK-SAME:    %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64, %{{.*}}: !llvm.ptr)
// CHECK-SAME:    passthrough = ["stackrealign", ["alignstack", "64"]]
// CHECK-SAME:    vexec.panel_bytes = 0 : i64, vexec.scratch_bytes = 4096 : i64
// CHECK:         scf.for %{{.*}} = %[[BEGIN]] to %[[END]]
vexec.kernel @embed_0 {
  vspec.weight @w0 : !vspec.weight<32x64, "f32", rows16> {source = ""}
  func.func @body(%rows: !vspec.rows) -> tensor<?x64xf32> {
    %x = vspec.embed @w0, %rows : tensor<?x64xf32>
    return %x : tensor<?x64xf32>
  }
}

// The integer path: rows in one pass are the target's, and so is the width of the codes.
// CHECK-LABEL: func.func @linear_1.prologue(
// CHECK:         arith.trunci {{.*}} : vector<16xi32> to vector<16xi8>
// CHECK-LABEL: func.func @linear_1.tile(
// W64:           vkern.dot4 {{.*}} bias 8 max 15 : vector<8x64xi8>, vector<8x8xi32> -> vector<8x16xi32>
// W64:           vkern.dot4 {{.*}} bias 8 max 15 : vector<8x64xi8>, vector<1x8xi32> -> vector<1x16xi32>
// W32:           vkern.dot4 {{.*}} bias 8 max 15 : vector<8x32xi8>, vector<4x8xi32> -> vector<4x8xi32>
// W16:           vkern.dot4 {{.*}} bias 8 max 15 : vector<8x16xi8>, vector<8x8xi32> -> vector<8x4xi32>
vexec.kernel @linear_1 {
  vspec.weight @w0 : !vspec.weight<32x64, "int4", rows16> {source = ""}
  func.func @body(%x: tensor<?x64xf32>) -> tensor<?x32xf32> {
    %q = vspec.quantize %x {block = 64 : i64} : tensor<?x64xf32>
    %y = vspec.linear %q, @w0 : tensor<?x64xf32> -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>
  }
}

// Of many rows: codes are unpacked once, before all passes, and here with their scales in them. Others unpack them in each pass.
// CHECK-LABEL: func.func @linear_unpacked.tile(
// W64:           scf.if
// W64:             scf.for
// W64:               vkern.unpack
// W64-NOT:           vkern.dot4
// W64:               llvm.store {{.*}} : vector<64xi8>
// W64:           scf.for
// W64:             llvm.intr.prefetch
// W64-NOT:         vkern.unpack
// W64:             vkern.dot4 {{.*}} bias 128 max 252 : vector<16x64xi8>, vector<8x16xi32> -> vector<8x16xi32>
// W64:           vkern.unpack
// W64:           vkern.dot4 {{.*}} bias 4 max 7 : vector<4x64xi8>, vector<8x4xi32> -> vector<8x16xi32>
// W32-NOT:       bias 128
// W16-NOT:       bias 128
vexec.kernel @linear_unpacked {
  vspec.weight @w0 : !vspec.weight<32x256, "q3_k", rows16> {source = ""}
  func.func @body(%x: tensor<?x256xf32>) -> tensor<?x32xf32> {
    %q = vspec.quantize %x {block = 256 : i64} : tensor<?x256xf32>
    %y = vspec.linear %q, @w0 : tensor<?x256xf32> -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>
  }
}

// The float path: no rounding, no integer sums.
// CHECK-LABEL: func.func @linear_2.prologue(
// CHECK-NOT:     arith.trunci
// CHECK-LABEL: func.func @linear_2.tile(
// CHECK-NOT:     vkern.dot4
// CHECK:         math.fma
// CHECK-NOT:     vkern.dot4
vexec.kernel @linear_2 {
  vspec.weight @w0 : !vspec.weight<32x64, "int4", rows16> {source = ""}
  func.func @body(%x: tensor<?x64xf32>) -> tensor<?x32xf32> {
    %y = vspec.linear %x, @w0 : tensor<?x64xf32> -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>
  }
}

// CHECK-LABEL: func.func @attention_3.tile(
// CHECK-SAME:    vexec.scratch_bytes
vexec.kernel @attention_3 {
  vspec.kv_cache @c0 : !vspec.kv_cache<heads = 4, head_size = 8, k = "f32", v = "f32", capacity = 512>
  func.func @body(%q: tensor<?x32xf32>, %rows: !vspec.rows) -> tensor<?x32xf32> {
    %x = vspec.attention %q, %rows, @c0 {heads = 4 : i64, scale = 0.5 : f32} : tensor<?x32xf32>
    return %x : tensor<?x32xf32>
  }
}

// The keys are made here, the values by an earlier launch: both are stored, the values from operand 1.
// CHECK-LABEL: func.func @linear_4.tile(
// CHECK-SAME:    %{{.*}}: !llvm.ptr, %[[OPERANDS:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr,
// CHECK:         %[[AT:.*]] = llvm.getelementptr %[[OPERANDS]][%c8_i64{{[_0-9]*}}]
// CHECK-NEXT:    %[[VALUES:.*]] = llvm.load %[[AT]]
// CHECK:         llvm.getelementptr %[[VALUES]]
vexec.kernel @linear_4 {
  vspec.weight @w0 : !vspec.weight<32x64, "int4", rows16> {source = ""}
  vspec.kv_cache @c0 : !vspec.kv_cache<heads = 4, head_size = 8, k = "f32", v = "f32", capacity = 512>
  func.func @body(%x: tensor<?x64xf32>, %v: tensor<?x32xf32>, %rows: !vspec.rows) {
    %k = vspec.linear %x, @w0 : tensor<?x64xf32> -> tensor<?x32xf32>
    vspec.kv_append %k, %v, %rows, @c0 : tensor<?x32xf32>, tensor<?x32xf32>
    return
  }
}

// A model's program goes with its kernels' bodies.
vexec.program @step {
}
