// RUN: split-file %s %t
// RUN: vspec-opt %t/rules.mlir --vspec-select-formats="weights=int9" --verify-diagnostics
// RUN: vspec-opt %t/pattern.mlir --vspec-select-formats="weights=int4,*.down=q5" --verify-diagnostics
// RUN: vspec-opt %t/empty.mlir --vspec-select-formats="weights==int4" --verify-diagnostics
// RUN: vspec-opt %t/unused.mlir --vspec-select-formats="weights=int4,lm_haed=int6,gain=int6" --verify-diagnostics
// RUN: vspec-opt %t/kernel.mlir --vspec-select-formats="weights='int{4} x 3:f16'" --verify-diagnostics
// RUN: vspec-opt %t/stored.mlir --vspec-select-formats --verify-diagnostics

//--- rules.mlir
// expected-error @below {{weights: format 'int9': unknown name; nearest: int8, int7, int6; expected a name, a name with suffixes ('int4:g64:zero'), or a full form ('int{4} x 64:f16, zero int{4}')}}
module {}

//--- pattern.mlir
// expected-error @below {{weights: rule for '*.down': format 'q5': unknown name; nearest: q5_0, q5_1, q5_k; expected a name, a name with suffixes ('int4:g64:zero'), or a full form ('int{4} x 64:f16, zero int{4}')}}
module {}

//--- empty.mlir
// expected-error @below {{weights: rule '=int4' has no name before '='}}
module {}

//--- unused.mlir
// Gains take no format, so no rule fits them; the first of such rules is told.
// expected-error @below {{weights: rule 'lm_haed=int{6} x 32:f16' fits no weight}}
module {
  vspec.weight @output : !vspec.weight<32x64, "f32"> {source = "output"}
  func.func @step(%x: tensor<?x64xf32>) -> tensor<?x32xf32> {
    %y = vspec.linear %x, @output : tensor<?x64xf32> -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>
  }
}

//--- kernel.mlir
module {
  // expected-error @below {{@output: no kernel for 'int{4} x 3:f16': groups of 3 columns are not multiplied, only powers of two from 4 to 1024; nearest: 4}}
  vspec.weight @output : !vspec.weight<32x64, "f32"> {source = "output"}
  func.func @step(%x: tensor<?x64xf32>) -> tensor<?x32xf32> {
    %y = vspec.linear %x, @output : tensor<?x64xf32> -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>
  }
}

//--- stored.mlir
module {
  // expected-error @below {{@output: no kernel for 'codebook{8, 16, 2}': codebooks are not multiplied; nearest: 'int2', 'int4', 'nf4'}}
  vspec.weight @output : !vspec.weight<32x64, "codebook{8, 16, 2}"> {source = "output"}
  func.func @step(%x: tensor<?x64xf32>) -> tensor<?x32xf32> {
    %y = vspec.linear %x, @output : tensor<?x64xf32> -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>
  }
}
