// RUN: split-file %s %t
// RUN: vspec-opt %t/option.mlir --vspec-quantize-activations=activations=f16 --verify-diagnostics
// RUN: vspec-opt %t/block.mlir --vspec-quantize-activations=block=row --verify-diagnostics
// RUN: vspec-opt %t/kernel.mlir --vspec-quantize-activations --verify-diagnostics

//--- option.mlir
// expected-error @below {{activations is 'f16', expected int8, bf16 or f32}}
module {}

//--- block.mlir
// expected-error @below {{block is 'row', expected group or token}}
module {}

//--- kernel.mlir
vspec.weight @codes : !vspec.weight<64x64, "aqlm"> {source = "a"}
func.func @step(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  // expected-error @below {{'vspec.linear' op has a weight without a kernel: no kernel for 'codebook{8, 16, 2}': codebooks are not multiplied; nearest: 'int2', 'int4', 'nf4'}}
  %y = vspec.linear %x, @codes : tensor<?x64xf32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
