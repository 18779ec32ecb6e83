// RUN: split-file %s %t
// RUN: vspec-opt %t/stage.mlir --vspec-verify-stage=after=pakc --verify-diagnostics
// RUN: vspec-opt %t/import.mlir --vspec-verify-stage=after=import --split-input-file --verify-diagnostics
// RUN: vspec-opt %t/quantize.mlir --vspec-verify-stage=after=quantize --split-input-file --verify-diagnostics
// RUN: vspec-opt %t/plan-kv.mlir --vspec-verify-stage=after=plan-kv --split-input-file --verify-diagnostics
// RUN: vspec-opt %t/fuse.mlir --vspec-verify-stage=after=fuse --split-input-file --verify-diagnostics
// RUN: vspec-opt %t/pack.mlir --vspec-verify-stage=after=pack --split-input-file --verify-diagnostics
// RUN: vspec-opt %t/plan-memory.mlir --vspec-verify-stage=after=plan-memory --split-input-file --verify-diagnostics

//--- stage.mlir
// expected-error @below {{there is no stage 'pakc'}}
module {}

//--- import.mlir
// expected-error @below {{after import: has no function @step}}
module {}

// -----

module {
  // expected-error @below {{after import: @w has no source}}
  vspec.weight @w : !vspec.weight<32x64, "f32"> {source = ""}
  func.func @step() {
    return
  }
}

//--- quantize.mlir
vspec.weight @w : !vspec.weight<32x64, "float{5, 3} x 32:f16"> {source = "w"}
func.func @step(%x: tensor<?x64xf32>) -> tensor<?x32xf32> {
  // expected-error @below {{'vspec.linear' op after quantize: has a weight without a kernel: no kernel for 'float{5, 3} x 32:f16': floats of more than 8 bits, other than f32, f16 and bf16, are not multiplied; nearest: 'bf16', 'fp8', 'int8'}}
  %y = vspec.linear %x, @w : tensor<?x64xf32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

// -----

vspec.weight @w : !vspec.weight<32x64, "f16"> {source = "w"}
func.func @step(%x: tensor<?x64xf32>) -> tensor<?x32xf32> {
  %q = vspec.quantize %x {block = 64 : i64} : tensor<?x64xf32>
  // expected-error @below {{'vspec.linear' op after quantize: reads int8 activations, but its weight has no integer form: f16}}
  %y = vspec.linear %q, @w : tensor<?x64xf32> -> tensor<?x32xf32>
  return %y : tensor<?x32xf32>
}

//--- plan-kv.mlir
// expected-error @below {{after plan-kv: @cache has no capacity}}
vspec.kv_cache @cache : !vspec.kv_cache<heads = 4, head_size = 8>

//--- fuse.mlir
// expected-error @below {{after fuse: has no function @step with a body}}
module {}

// -----

// expected-error @below {{after fuse: has no function @step with a body}}
module {
  func.func private @step(%rows: !vspec.rows)
}

// -----

vspec.weight @embd : !vspec.weight<32x64, "f32"> {source = "embd"}
func.func @step(%rows: !vspec.rows) -> tensor<?x64xf32> {
  // expected-error @below {{'vspec.embed' op after fuse: is outside of all launches}}
  %x = vspec.embed @embd, %rows : tensor<?x64xf32>
  return %x : tensor<?x64xf32>
}

//--- pack.mlir
// expected-error @below {{after pack: @embd has no layout}}
vspec.weight @embd : !vspec.weight<32x64, "f32"> {source = "embd"}

//--- plan-memory.mlir
// expected-error @below {{after plan-memory: has no program @step}}
module {
  func.func @step() {
    return
  }
}

// -----

vexec.kernel @embed_0 {
  vspec.weight @w0 : !vspec.weight<32x64, "f32", rows16> {source = ""}
  func.func @body(%rows: !vspec.rows) -> tensor<?x64xf32> {
    %x = vspec.embed @w0, %rows : tensor<?x64xf32>
    return %x : tensor<?x64xf32>
  }
}
vexec.program @step {
  vexec.variant @decode rows 1 arena 256 {
    %rows = vexec.rows
    %x = vexec.slice "x" [0, 256]
    // expected-error @below {{'vexec.launch' op after plan-memory: reads 1 operands and writes 1, but @embed_0 reads 2 and writes 1}}
    vexec.launch @embed_0 "x" grid <rows = 1> (%rows) writes (%x)
    vexec.logits %x
  }
}
