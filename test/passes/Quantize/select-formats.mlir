// RUN: vspec-opt %s --vspec-select-formats --verify-diagnostics | FileCheck %s --check-prefixes=CHECK,DEFAULT
// RUN: vspec-opt %s --vspec-select-formats="weights=int8,lm_head=int6,*.down=int5,blk.?.mlp.up.weight=f16" | FileCheck %s --check-prefixes=CHECK,RULES
// RUN: vspec-opt %s --vspec-select-formats="weights=int8,int4" | FileCheck %s --check-prefix=LAST
// RUN: vspec-opt %s --vspec-select-formats="weights='int{4} x 64:f16,f16,output=int2'" | FileCheck %s --check-prefix=COMMA
// RUN: vspec-opt %s --vspec-select-formats="weights=int4" --vspec-select-formats="weights=int4" | FileCheck %s --check-prefix=TWICE

// Beside blocks that the checkpoint has quantised; select-formats-floats.mlir has none.
// expected-remark @below {{@token_embd makes the logits or the embedding: int8 instead of int4}}
vspec.weight @token_embd : !vspec.weight<32x64, "f32"> {source = "token_embd.weight"}
// DEFAULT: @token_embd : !vspec.weight<32x64, "int{8} x 32:f16"> {source = "token_embd.weight"}
// RULES:   @token_embd : !vspec.weight<32x64, "int{8} x 32:f16">
// LAST:    @token_embd : !vspec.weight<32x64, "int{4} x 32:f16">
// COMMA:   @token_embd : !vspec.weight<32x64, "int{4} x 64:f16,f16">
// TWICE:   @token_embd : !vspec.weight<32x64, "int{4} x 32:f16">

// Gains stay as they are, whatever the rules say.
vspec.weight @gain : !vspec.weight<1x64, "f32"> {source = "norm.weight"}
// CHECK: @gain : !vspec.weight<1x64, "f32">
// LAST:  @gain : !vspec.weight<1x64, "f32">

// Floats of every width are quantised.
vspec.weight @blk.0.ffn_up : !vspec.weight<64x64, "bf16"> {source = "blk.0.mlp.up.weight"}
// DEFAULT: @blk.0.ffn_up : !vspec.weight<64x64, "int{4} x 32:f16"> {source = "blk.0.mlp.up.weight"}
// A rule may name the source; the last that fits counts.
// RULES:   @blk.0.ffn_up : !vspec.weight<64x64, "f16">

// Blocks of the checkpoint are kept, unless a rule says otherwise.
vspec.weight @blk.0.ffn_down : !vspec.weight<64x64, "int{5} x 32:f16"> {source = "blk.0.ffn_down.weight"}
// DEFAULT: @blk.0.ffn_down : !vspec.weight<64x64, "int{5} x 32:f16">
// RULES:   @blk.0.ffn_down : !vspec.weight<64x64, "int{5} x 32:f16">
// LAST:    @blk.0.ffn_down : !vspec.weight<64x64, "int{4} x 32:f16">

// Transforms stay in the recipe.
vspec.weight @blk.0.attn_q : !vspec.weight<64x64, "f32"> {source = "q", transforms = [#vspec.unpermute_heads<8>]}
// DEFAULT: @blk.0.attn_q : !vspec.weight<64x64, "int{4} x 32:f16"> {source = "q", transforms = [#vspec.unpermute_heads<8>]}

// expected-remark @below {{@output makes the logits or the embedding: int8 instead of int4}}
vspec.weight @output : !vspec.weight<32x64, "f16"> {source = "output.weight"}
// DEFAULT: @output : !vspec.weight<32x64, "int{8} x 32:f16">
// RULES:   @output : !vspec.weight<32x64, "int{6} x 32:f16">
// COMMA:   @output : !vspec.weight<32x64, "int{2} x 32:f16">

// Nothing multiplies by it.
vspec.weight @unread : !vspec.weight<64x64, "f32"> {source = "unread"}
// CHECK: @unread : !vspec.weight<64x64, "f32">

// CHECK-LABEL: @step
// CHECK: vspec.linear %{{.*}}, @blk.0.attn_q : tensor<?x64xf32> -> tensor<?x64xf32>
func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
  %x = vspec.embed @token_embd, %rows : tensor<?x64xf32>
  %n = vspec.rms_norm %x, @gain {epsilon = 1.0e-5 : f32} : tensor<?x64xf32>
  %q = vspec.linear %n, @blk.0.attn_q : tensor<?x64xf32> -> tensor<?x64xf32>
  %u = vspec.linear %q, @blk.0.ffn_up : tensor<?x64xf32> -> tensor<?x64xf32>
  %d = vspec.linear %u, @blk.0.ffn_down : tensor<?x64xf32> -> tensor<?x64xf32>
  %l = vspec.linear %d, @output : tensor<?x64xf32> -> tensor<?x32xf32>
  return %l : tensor<?x32xf32>
}
