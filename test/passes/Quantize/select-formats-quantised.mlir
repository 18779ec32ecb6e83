// RUN: vspec-opt %s --vspec-select-formats --verify-diagnostics | FileCheck %s
// RUN: vspec-opt %s --vspec-select-formats='weights=lm_head=int8,*.attn_q=int4' | FileCheck %s --check-prefix=RULES

// Others have quantised this checkpoint: what they left in floats is kept too, unless a rule says otherwise.
// CHECK: @blk.0.attn_q : !vspec.weight<64x64, "int{4} x 32:f16, zero int{4}"> {source = "gptq:model.layers.0.self_attn.q_proj@64"}
// RULES: @blk.0.attn_q : !vspec.weight<64x64, "int{4} x 32:f16"> {source = "gptq:model.layers.0.self_attn.q_proj@64"}
vspec.weight @blk.0.attn_q : !vspec.weight<64x64, "int{4} x 32:f16, zero int{4}"> {source = "gptq:model.layers.0.self_attn.q_proj@64"}

// CHECK: @output : !vspec.weight<32x64, "f16">
// RULES: @output : !vspec.weight<32x64, "int{8} x 32:f16">
// expected-remark @below {{@output is kept in f16, as the quantised checkpoint has it}}
vspec.weight @output : !vspec.weight<32x64, "f16"> {source = "lm_head.weight"}

func.func @step(%x: tensor<?x64xf32>) -> tensor<?x32xf32> {
  %q = vspec.linear %x, @blk.0.attn_q : tensor<?x64xf32> -> tensor<?x64xf32>
  %l = vspec.linear %q, @output : tensor<?x64xf32> -> tensor<?x32xf32>
  return %l : tensor<?x32xf32>
}
