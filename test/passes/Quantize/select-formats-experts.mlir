// RUN: vspec-opt %s --vspec-select-formats | FileCheck %s
// RUN: vspec-opt %s --vspec-select-formats="weights=*.ffn_down_exps=int5,*.experts.*.gate_proj.weight=int3,router=int8" | FileCheck %s --check-prefix=RULES

// What chooses experts or weighs them stays as it is, unless a rule says otherwise; a stack is one weight.
// CHECK: @router : !vspec.weight<4x64, "bf16">
// RULES: @router : !vspec.weight<4x64, "int{8} x 32:f16">
vspec.weight @router : !vspec.weight<4x64, "bf16"> {source = "mlp.gate.weight"}
// CHECK: @router_bias : !vspec.weight<1x4, "f32">
vspec.weight @router_bias : !vspec.weight<1x4, "f32"> {source = "mlp.gate.bias"}
// CHECK: @shared : !vspec.weight<1x64, "bf16">
vspec.weight @shared : !vspec.weight<1x64, "bf16"> {source = "mlp.shared_expert_gate.weight"}
// What mixes streams stays too, and the linear before it.
// CHECK: @stream_router : !vspec.weight<4x64, "bf16">
vspec.weight @stream_router : !vspec.weight<4x64, "bf16"> {source = "altup.modality_router.weight"}
// CHECK: @coefficients : !vspec.weight<2x4, "bf16">
vspec.weight @coefficients : !vspec.weight<2x4, "bf16"> {source = "altup.prediction_coefs.weight"}
// CHECK: @blk.0.ffn_gate_exps : !vspec.weight<4x64x64, "int{4} x 32:f16">
// RULES: @blk.0.ffn_gate_exps : !vspec.weight<4x64x64, "int{3} x 32:f16">
vspec.weight @blk.0.ffn_gate_exps : !vspec.weight<4x64x64, "bf16"> {source = "mlp.experts.0.gate_proj.weight"}
// CHECK: @blk.0.ffn_down_exps : !vspec.weight<4x64x64, "int{4} x 32:f16">
// RULES: @blk.0.ffn_down_exps : !vspec.weight<4x64x64, "int{5} x 32:f16">
vspec.weight @blk.0.ffn_down_exps : !vspec.weight<4x64x64, "bf16"> {source = "mlp.experts.0.down_proj.weight"}

func.func @step(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %l = vspec.linear %x, @router : tensor<?x64xf32> -> tensor<?x4xf32>
  %b = vspec.add_bias %l, @router_bias : tensor<?x4xf32>
  %r = vspec.route %b {chosen = 1 : i64, scores = #vspec.scores<softmax>} : tensor<?x4xf32>
  %g = vspec.linear %x, @blk.0.ffn_gate_exps by %r : tensor<?x64xf32>, !vspec.routes<experts = 4, chosen = 1> -> tensor<?x64xf32>
  %d = vspec.linear %g, @blk.0.ffn_down_exps by %r : tensor<?x64xf32>, !vspec.routes<experts = 4, chosen = 1> -> tensor<?x64xf32>
  %y = vspec.combine %d, %r : tensor<?x64xf32>, <experts = 4, chosen = 1> -> tensor<?x64xf32>
  %w = vspec.linear %y, @shared : tensor<?x64xf32> -> tensor<?x1xf32>
  %s = vspec.scale_rows %x, %w : tensor<?x64xf32>, tensor<?x1xf32>
  %t = vspec.linear %s, @stream_router : tensor<?x64xf32> -> tensor<?x4xf32>
  %m = vspec.soft_cap %t {cap = 1.0 : f32} : tensor<?x4xf32>
  %c = vspec.linear %m, @coefficients : tensor<?x4xf32> -> tensor<?x2xf32>
  %z = vspec.weighted_sum %s, %x by %c {factors = array<f32: 1.0, 0.0>} : tensor<?x64xf32>, tensor<?x64xf32> by tensor<?x2xf32> -> tensor<?x64xf32>
  return %z : tensor<?x64xf32>
}
