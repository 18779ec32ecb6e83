// RUN: vspec-opt %s --split-input-file --verify-diagnostics

func.func @part_of_a_unit(%lines: vector<2x64xi8>) {
  // expected-error @below {{'vkern.unpack' op 2 lines do not hold 3 code vectors of 1 to 8 whole bits}}
  %codes = vkern.unpack %lines : vector<2x64xi8> -> vector<3x64xi8>
  return
}

// -----

func.func @more_lines_than_codes(%lines: vector<2x64xi8>) {
  // expected-error @below {{'vkern.unpack' op 2 lines do not hold 1 code vectors of 1 to 8 whole bits}}
  %codes = vkern.unpack %lines : vector<2x64xi8> -> vector<1x64xi8>
  return
}

// -----

func.func @less_than_a_bit(%lines: vector<1x64xi8>) {
  // expected-error @below {{'vkern.unpack' op 1 lines do not hold 16 code vectors of 1 to 8 whole bits}}
  %codes = vkern.unpack %lines : vector<1x64xi8> -> vector<16x64xi8>
  return
}

// -----

func.func @unpack_widths(%lines: vector<1x64xi8>) {
  // expected-error @below {{'vkern.unpack' op lines have 64 bytes, but code vectors have 32}}
  %codes = vkern.unpack %lines : vector<1x64xi8> -> vector<2x32xi8>
  return
}

// -----

func.func @short_table(%codes: vector<64xi8>) {
  // expected-error @below {{'vkern.lookup' op table is 'vector<2xi8>', but must have one dimension of 16 entries}}
  %values = vkern.lookup %codes, dense<[1, 2]> : vector<2xi8> : vector<64xi8> -> vector<64xi8>
  return
}

// -----

func.func @square_table(%codes: vector<64xi8>) {
  // expected-error @below {{'vkern.lookup' op table is 'vector<4x4xi8>', but must have one dimension of 16 entries}}
  %values = vkern.lookup %codes, dense<1> : vector<4x4xi8> : vector<64xi8> -> vector<64xi8>
  return
}

// -----

func.func @table_of_bytes(%codes: vector<16xi32>) {
  // expected-error @below {{'vkern.lookup' op table holds 'i8', but the result 'f32'}}
  %values = vkern.lookup %codes, dense<1> : vector<16xi8> : vector<16xi32> -> vector<16xf32>
  return
}

// -----

func.func @codes_of_bytes(%codes: vector<16xi8>) {
  // expected-error @below {{'vkern.lookup' op codes have 8 bits, but entries have 32}}
  %values = vkern.lookup %codes, dense<1.0> : vector<16xf32> : vector<16xi8> -> vector<16xf32>
  return
}

// -----

func.func @lookup_shapes(%codes: vector<64xi8>) {
  // expected-error @below {{'vkern.lookup' op failed to verify that all of {codes, values} have same shape}}
  %values = vkern.lookup %codes, dense<1> : vector<16xi8> : vector<64xi8> -> vector<32xi8>
  return
}

// -----

func.func @too_few_activations(%codes: vector<8x64xi8>, %activations: vector<1x7xi32>) {
  // expected-error @below {{'vkern.dot4' op has 8 code vectors, but 7 activations in a row}}
  %sums = vkern.dot4 %codes, %activations max 15 : vector<8x64xi8>, vector<1x7xi32> -> vector<1x16xi32>
  return
}

// -----

func.func @rows_of_sums(%codes: vector<8x64xi8>, %activations: vector<2x8xi32>) {
  // expected-error @below {{'vkern.dot4' op has 2 rows of activations, but 1 of sums}}
  %sums = vkern.dot4 %codes, %activations max 15 : vector<8x64xi8>, vector<2x8xi32> -> vector<1x16xi32>
  return
}

// -----

func.func @sums_in_a_row(%codes: vector<8x64xi8>, %activations: vector<1x8xi32>) {
  // expected-error @below {{'vkern.dot4' op code vectors of 64 bytes do not give 8 sums}}
  %sums = vkern.dot4 %codes, %activations max 15 : vector<8x64xi8>, vector<1x8xi32> -> vector<1x8xi32>
  return
}

// -----

func.func @nine_bits(%codes: vector<8x64xi8>, %activations: vector<1x8xi32>) {
  // expected-error @below {{'vkern.dot4' op codes up to 256 do not fit in a byte}}
  %sums = vkern.dot4 %codes, %activations max 256 : vector<8x64xi8>, vector<1x8xi32> -> vector<1x16xi32>
  return
}

// -----

func.func @unbiased_bytes(%codes: vector<8x64xi8>, %activations: vector<1x8xi32>) {
  // expected-error @below {{'vkern.dot4' op codes up to 255 must have bias 128, but the bias is 0}}
  %sums = vkern.dot4 %codes, %activations max 255 : vector<8x64xi8>, vector<1x8xi32> -> vector<1x16xi32>
  return
}

// -----

func.func @bias_alone(%codes: vector<8x64xi8>, %activations: vector<1x8xi32>) {
  // expected-error @below {{'vkern.dot4' op has bias 8, but no correction}}
  %sums = vkern.dot4 %codes, %activations bias 8 max 15 : vector<8x64xi8>, vector<1x8xi32> -> vector<1x16xi32>
  return
}

// -----

func.func @correction_alone(%codes: vector<8x64xi8>, %activations: vector<1x8xi32>, %correction: vector<1xi32>) {
  // expected-error @below {{'vkern.dot4' op has a correction, but no bias}}
  %sums = vkern.dot4 %codes, %activations correction %correction max 15 : vector<8x64xi8>, vector<1x8xi32> -> vector<1x16xi32>
  return
}

// -----

func.func @nothing_to_multiply(%codes: vector<8x64xi8>, %activations: vector<1x8xi32>) {
  // expected-error @below {{'vkern.dot4' op attribute 'max' failed to satisfy constraint: 32-bit signless integer attribute whose value is positive}}
  %sums = vkern.dot4 %codes, %activations max 0 : vector<8x64xi8>, vector<1x8xi32> -> vector<1x16xi32>
  return
}
