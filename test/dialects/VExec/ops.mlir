// Text and bytecode keep every operation, type and attribute.
// RUN: vspec-opt %s | vspec-opt | FileCheck %s
// RUN: vspec-opt %s --emit-bytecode | vspec-opt | FileCheck %s
// RUN: vspec-opt %s --mlir-print-op-generic | vspec-opt | FileCheck %s

// CHECK: vexec.kernel @embed_0 {
// CHECK-NEXT: vspec.weight @w0 : !vspec.weight<32x64, "f32", rows16> {source = ""}
// CHECK-NEXT: func.func @body
vexec.kernel @embed_0 {
  vspec.weight @w0 : !vspec.weight<32x64, "f32", rows16> {source = ""}
  func.func @body(%rows: !vspec.rows) -> tensor<?x64xf32> {
    %x = vspec.embed @w0, %rows : tensor<?x64xf32>
    return %x : tensor<?x64xf32>
  }
}

// A kernel's symbols are its own: the model may have a @w0 and a @c0 too.
// CHECK: vexec.kernel @attention_1
vexec.kernel @attention_1 attributes {note = "kept"} {
  vspec.kv_cache @c0 : !vspec.kv_cache<heads = 4, head_size = 8, k = "f16", v = "f16", capacity = 512>
  func.func @body(%q: tensor<?x64xf32>, %rows: !vspec.rows) -> tensor<?x64xf32> {
    %x = vspec.attention %q, %rows, @c0 {heads = 8 : i64, scale = 0.5 : f32} : tensor<?x64xf32>
    return %x : tensor<?x64xf32>
  }
}
// CHECK: attributes {note = "kept"}

vspec.weight @w0 : !vspec.weight<1x64, "f32", plain> {source = "gain"}
vspec.weight @token_embd : !vspec.weight<32x64, "f32", rows16> {source = "token_embd.weight"}
vspec.kv_cache @cache.0 : !vspec.kv_cache<heads = 4, head_size = 8, k = "f16", v = "f16", capacity = 512>

// CHECK-LABEL: vexec.program @step {
// CHECK-NEXT:    vexec.variant @decode rows 1 arena 512 {
// CHECK-NEXT:      %[[ROWS:.*]] = vexec.rows
// CHECK-NEXT:      %[[SELECT:.*]] = vexec.select
// CHECK-NEXT:      %[[W:.*]] = vexec.weight_ref @token_embd
// CHECK-NEXT:      %[[C:.*]] = vexec.state_ref @cache.0
// CHECK-NEXT:      %[[X:.*]] = vexec.slice "token_embd"[0, 256]
// CHECK-NEXT:      vexec.launch @embed_0 "token_embd" grid <rows = 1>(%[[ROWS]], %[[W]]) writes(%[[X]])
// CHECK-NEXT:      %[[Y:.*]] = vexec.slice "attention"[256, 256]
// CHECK-NEXT:      vexec.launch @attention_1 "attention" grid <factor = 4, constant = 1, rows = 2, slots = 3, position = 5, selected = 6, divisor = 7>(%[[X]], %[[ROWS]], %[[C]]) writes(%[[Y]])
// CHECK-NEXT:      vexec.launch @embed_0 "nothing" grid <>() writes()
// CHECK-NEXT:      vexec.logits %[[Y]]
// CHECK-NEXT:    }
// CHECK-NEXT:    vexec.variant @prefill rows 64 arena 0 {
// CHECK-NEXT:    }
vexec.program @step {
  vexec.variant @decode rows 1 arena 512 {
    %rows = vexec.rows
    %select = vexec.select
    %w = vexec.weight_ref @token_embd
    %c = vexec.state_ref @cache.0
    %x = vexec.slice "token_embd" [0, 256]
    vexec.launch @embed_0 "token_embd" grid <rows = 1> (%rows, %w) writes (%x)
    %y = vexec.slice "attention" [256, 256]
    vexec.launch @attention_1 "attention" grid <factor = 4, constant = 1, rows = 2, slots = 3, position = 5, selected = 6, divisor = 7>
        (%x, %rows, %c) writes (%y)
    vexec.launch @embed_0 "nothing" grid <> () writes ()
    vexec.logits %y
  }
  vexec.variant @prefill rows 64 arena 0 {
  }
}
