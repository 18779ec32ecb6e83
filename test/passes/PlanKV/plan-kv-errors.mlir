// RUN: split-file %s %t
// RUN: vspec-opt %t/negative.mlir --vspec-plan-kv=context=-1 --verify-diagnostics
// RUN: vspec-opt %t/large.mlir --vspec-plan-kv=context=2147483648 --verify-diagnostics
// RUN: vspec-opt %t/chunk.mlir --vspec-plan-kv=chunk=0 --verify-diagnostics
// RUN: vspec-opt %t/untrained.mlir --vspec-plan-kv=context=200 --verify-diagnostics
// RUN: vspec-opt %t/positions.mlir --vspec-plan-kv=context=129 --verify-diagnostics
// RUN: vspec-opt %t/keys.mlir --vspec-plan-kv=k=int3 --verify-diagnostics
// RUN: vspec-opt %t/values.mlir --vspec-plan-kv=v=nf4 --verify-diagnostics
// RUN: vspec-opt %t/head.mlir --vspec-plan-kv=k=int8 --verify-diagnostics

//--- negative.mlir
// expected-error @below {{context is -1 and chunk 64, expected at least 0 and 1, and at most 2147483647}}
module {}

//--- large.mlir
// expected-error @below {{context is 2147483648 and chunk 64, expected at least 0 and 1, and at most 2147483647}}
module {}

//--- chunk.mlir
// expected-error @below {{context is 0 and chunk 0, expected at least 0 and 1, and at most 2147483647}}
module {}

//--- untrained.mlir
// expected-warning @below {{context of 200 tokens, but the checkpoint was made for 128}}
module attributes {vspec.trained_context = 128 : i64} {}

//--- positions.mlir
vspec.weight @token_embd : !vspec.weight<512x64, "f32"> {source = "token_embd.weight"}
vspec.weight @position_embd : !vspec.weight<128x64, "f32"> {source = "position_embd.weight"}
func.func @step(%rows: !vspec.rows) -> tensor<?x64xf32> {
  // expected-error @below {{'vspec.embed' op has 128 learned positions, but the context is 129; expected at most 128}}
  %x = vspec.embed @token_embd, %rows positions @position_embd : tensor<?x64xf32>
  return %x : tensor<?x64xf32>
}

//--- keys.mlir
// expected-error @below {{@c: cache format is 'int3', expected f32, f16, int8 or int4}}
vspec.kv_cache @c : !vspec.kv_cache<heads = 4, head_size = 8>

//--- values.mlir
// expected-error @below {{@c: cache format is 'nf4', expected f32, f16, int8 or int4}}
vspec.kv_cache @c : !vspec.kv_cache<heads = 4, head_size = 8>

//--- head.mlir
// expected-error @below {{@c: cache format int8 needs a head size that is a multiple of 4, but it is 6}}
vspec.kv_cache @c : !vspec.kv_cache<heads = 4, head_size = 6>
