// RUN: split-file %s %t
// RUN: vspec-opt %t/registers.mlir --vspec-build-kernels=register-bytes=48 --verify-diagnostics
// RUN: vspec-opt %t/integer-rows.mlir --vspec-build-kernels=integer-rows=0 --verify-diagnostics
// RUN: vspec-opt %t/float-rows.mlir --vspec-build-kernels=float-rows=-1 --verify-diagnostics
// RUN: vspec-opt %t/capacity.mlir --vspec-build-kernels=row-capacity=0 --verify-diagnostics
// RUN: vspec-opt %t/kernels.mlir --vspec-build-kernels --split-input-file --verify-diagnostics

//--- registers.mlir
// expected-error @below {{register-bytes is 48, expected 64, 32 or 16}}
module {}

//--- integer-rows.mlir
// expected-error @below {{integer-rows is 0, float-rows 8 and row-capacity 64, expected at least 1 each}}
module {}

//--- float-rows.mlir
// expected-error @below {{integer-rows is 8, float-rows -1 and row-capacity 64, expected at least 1 each}}
module {}

//--- capacity.mlir
// expected-error @below {{integer-rows is 8, float-rows 8 and row-capacity 0, expected at least 1 each}}
module {}

//--- kernels.mlir
vexec.kernel @no_kernel_for_its_embedding {
  vspec.weight @w0 : !vspec.weight<32x64, "aqlm", rows16> {source = ""}
  func.func @body(%rows: !vspec.rows) -> tensor<?x64xf32> {
    // expected-error @below {{'vspec.embed' op has a weight without a kernel: no kernel for 'codebook{8, 16, 2}': codebooks are not multiplied; nearest: 'int2', 'int4', 'nf4'}}
    %x = vspec.embed @w0, %rows : tensor<?x64xf32>
    return %x : tensor<?x64xf32>
  }
}

// -----

vexec.kernel @no_kernel_for_its_gated_linear {
  vspec.weight @w0 : !vspec.weight<32x64, "aqlm", row_parts> {source = ""}
  func.func @body(%g: tensor<?x32xf32>, %x: tensor<?x64xf32>) -> tensor<?x32xf32> {
    // expected-error @below {{'vspec.gated_linear' op has a weight without a kernel: no kernel for 'codebook{8, 16, 2}': codebooks are not multiplied; nearest: 'int2', 'int4', 'nf4'}}
    %y = vspec.gated_linear %g, %x, @w0 {activation = #vspec.activation<silu>} : tensor<?x32xf32>, tensor<?x64xf32>
    return %y : tensor<?x32xf32>
  }
}

// -----

vexec.kernel @no_kernel_for_its_sparse_linear {
  vspec.weight @w0 : !vspec.weight<32x64, "aqlm", row_parts> {source = ""}
  func.func @body(%x: tensor<?x32xf32>) -> tensor<?x64xf32> {
    // expected-error @below {{'vspec.sparse_linear' op has a weight without a kernel: no kernel for 'codebook{8, 16, 2}': codebooks are not multiplied; nearest: 'int2', 'int4', 'nf4'}}
    %y = vspec.sparse_linear %x, @w0 : tensor<?x32xf32> -> tensor<?x64xf32>
    return %y : tensor<?x64xf32>
  }
}

// -----

vexec.kernel @rows_that_cannot_be_cut {
  vspec.weight @w0 : !vspec.weight<32x256, "int4", row_parts> {source = ""}
  func.func @body(%x: tensor<?x32xf32>) -> tensor<?x256xf32> {
    // expected-error @below {{'vspec.sparse_linear' op has a weight whose rows of 256 columns cannot be cut into 16 parts without a group in two of them: int{4} x 32:f16}}
    %y = vspec.sparse_linear %x, @w0 : tensor<?x32xf32> -> tensor<?x256xf32>
    return %y : tensor<?x256xf32>
  }
}

// -----

vexec.kernel @no_kernel_for_its_linear {
  vspec.weight @w0 : !vspec.weight<32x64, "aqlm", rows16> {source = ""}
  func.func @body(%x: tensor<?x64xf32>) -> tensor<?x32xf32> {
    // expected-error @below {{'vspec.linear' op has a weight without a kernel: no kernel for 'codebook{8, 16, 2}': codebooks are not multiplied; nearest: 'int2', 'int4', 'nf4'}}
    %y = vspec.linear %x, @w0 : tensor<?x64xf32> -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>
  }
}

// -----

vexec.kernel @rounded_rows_for_float_elements {
  vspec.weight @w0 : !vspec.weight<32x64, "f16", rows16> {source = ""}
  func.func @body(%x: tensor<?x64xf32>) -> tensor<?x32xf32> {
    %q = vspec.quantize %x {block = 64 : i64} : tensor<?x64xf32>
    // expected-error @below {{'vspec.linear' op reads int8 activations, but its weight has no integer form: f16}}
    %y = vspec.linear %q, @w0 : tensor<?x64xf32> -> tensor<?x32xf32>
    return %y : tensor<?x32xf32>
  }
}

// -----

vexec.kernel @biases_without_experts {
  vspec.weight @w0 : !vspec.weight<4x32, "f32", plain> {source = ""}
  func.func @body(%x: tensor<?x64xf32>, %r: !vspec.routes<experts = 4, chosen = 2>) -> tensor<?x64xf32> {
    // expected-error @below {{'vspec.add_bias' op adds biases of experts, but its launch has no linear of theirs}}
    %y = vspec.add_bias %x, @w0 by %r : tensor<?x64xf32>, !vspec.routes<experts = 4, chosen = 2>
    return %y : tensor<?x64xf32>
  }
}
