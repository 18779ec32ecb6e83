// RUN: vspec-opt %s --vspec-pack-weights --split-input-file --verify-diagnostics

vspec.weight @row : !vspec.weight<1x64, "f32"> {source = "a"}
func.func @a_matrix_of_one_row_as_gain(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = vspec.linear %x, @row : tensor<?x64xf32> -> tensor<?x1xf32>
  // expected-error @below {{'vspec.rms_norm' op reads a weight as a vector that another reads as a matrix}}
  %n = vspec.rms_norm %x, @row {epsilon = 1.0e-5 : f32} : tensor<?x64xf32>
  return %n : tensor<?x64xf32>
}

// -----

vspec.weight @row : !vspec.weight<1x64, "f32"> {source = "a"}
func.func @a_bias_as_embedding(%rows: !vspec.rows, %x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %n = vspec.add_bias %x, @row : tensor<?x64xf32>
  // expected-error @below {{'vspec.embed' op reads a weight as a matrix that another reads as a vector}}
  %y = vspec.embed @row, %rows : tensor<?x64xf32>
  return %n : tensor<?x64xf32>
}

// -----

vspec.weight @square : !vspec.weight<64x64, "f32"> {source = "a"}
func.func @by_rows_and_whole(%x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %y = vspec.linear %x, @square : tensor<?x64xf32> -> tensor<?x64xf32>
  // expected-error @below {{'vspec.sparse_linear' op reads a weight as a matrix of single rows that another reads as a matrix}}
  %z = vspec.sparse_linear %y, @square : tensor<?x64xf32> -> tensor<?x64xf32>
  return %z : tensor<?x64xf32>
}
