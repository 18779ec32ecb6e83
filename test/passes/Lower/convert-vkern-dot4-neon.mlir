// RUN: vspec-opt %s --vspec-convert-vkern=target=neon --cse | FileCheck %s --check-prefix=SDOT
// RUN: vspec-opt %s --vspec-convert-vkern=target=neon-i8mm --cse | FileCheck %s --check-prefix=SMMLA

// SDOT-LABEL:    @two_rows
// SDOT-COUNT-4:    llvm.aarch64.neon.sdot.v4i32.v16i8
// SDOT-NOT:        vkern
// SMMLA-LABEL:   @two_rows
// SMMLA-COUNT-2:   llvm.aarch64.neon.smmla.v4i32.v16i8
// SMMLA-NOT:       sdot
// SMMLA-NOT:       vkern
func.func @two_rows(%codes: vector<2x16xi8>, %activations: vector<2x2xi32>) -> vector<2x4xi32> {
  %sums = vkern.dot4 %codes, %activations max 15 : vector<2x16xi8>, vector<2x2xi32> -> vector<2x4xi32>
  return %sums : vector<2x4xi32>
}

// smmla wants pairs of rows.
// SMMLA-LABEL:   @one_row
// SMMLA:           sdot
func.func @one_row(%codes: vector<2x16xi8>, %activations: vector<1x2xi32>) -> vector<1x4xi32> {
  %sums = vkern.dot4 %codes, %activations max 15 : vector<2x16xi8>, vector<1x2xi32> -> vector<1x4xi32>
  return %sums : vector<1x4xi32>
}

// Bytes become signed; the correction is not read.
// SDOT-LABEL:    @eight_bits(
// SDOT-SAME:       %[[CORRECTION:[a-z0-9]+]]: vector<1xi32>
// SDOT-NOT:        %[[CORRECTION]]
// SDOT:            arith.xori
// SDOT:            sdot
func.func @eight_bits(%correction: vector<1xi32>, %codes: vector<1x16xi8>, %activations: vector<1x1xi32>) -> vector<1x4xi32> {
  %sums = vkern.dot4 %codes, %activations correction %correction bias 128 max 255
          : vector<1x16xi8>, vector<1x1xi32> -> vector<1x4xi32>
  return %sums : vector<1x4xi32>
}
