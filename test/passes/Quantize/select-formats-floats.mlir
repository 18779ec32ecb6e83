// RUN: vspec-opt %s --vspec-select-formats --verify-diagnostics | FileCheck %s

// A checkpoint without quantised blocks. What nothing multiplies by does not count as one.
// expected-remark @below {{@token_embd makes the logits or the embedding: int6 instead of int4}}
vspec.weight @token_embd : !vspec.weight<32x64, "bf16"> {source = "token_embd.weight"}
// CHECK: @token_embd : !vspec.weight<32x64, "int{6} x 32:f16">
vspec.weight @blk.0.attn_q : !vspec.weight<64x64, "f32"> {source = "q"}
// CHECK: @blk.0.attn_q : !vspec.weight<64x64, "int{4} x 32:f16">
vspec.weight @unread : !vspec.weight<64x64, "int{5} x 32:f16"> {source = "unread"}
// CHECK: @unread : !vspec.weight<64x64, "int{5} x 32:f16">

func.func @step(%rows: !vspec.rows) -> tensor<?x32xf32> {
  %x = vspec.embed @token_embd, %rows : tensor<?x64xf32>
  %q = vspec.linear %x, @blk.0.attn_q : tensor<?x64xf32> -> tensor<?x64xf32>
  %l = vspec.linear %q, @token_embd : tensor<?x64xf32> -> tensor<?x32xf32>
  return %l : tensor<?x32xf32>
}
