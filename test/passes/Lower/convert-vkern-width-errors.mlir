// RUN: vspec-opt %s --split-input-file --vspec-convert-vkern=target=avx2 --verify-diagnostics
// RUN: vspec-opt %s --split-input-file --vspec-convert-vkern=target=avx512 | FileCheck %s

// CHECK-LABEL: @too_wide
// CHECK-NOT:     vkern
func.func @too_wide(%codes: vector<8x64xi8>, %activations: vector<1x8xi32>) -> vector<1x16xi32> {
  // expected-error @below {{'vkern.dot4' op has code vectors of 64 bytes, but the registers of target avx2 have 32}}
  %sums = vkern.dot4 %codes, %activations max 15 : vector<8x64xi8>, vector<1x8xi32> -> vector<1x16xi32>
  return %sums : vector<1x16xi32>
}
