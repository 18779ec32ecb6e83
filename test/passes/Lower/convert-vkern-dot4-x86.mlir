// RUN: vspec-opt %s --vspec-convert-vkern=target=avx2 --cse | FileCheck %s --check-prefix=AVX2
// RUN: vspec-opt %s --vspec-convert-vkern=target=avxvnni --cse | FileCheck %s --check-prefix=VNNI

// 8 pairs of codes up to 15 stay below 2^15: they are widened once.
// AVX2-LABEL:   @four_bits
// AVX2-COUNT-8:   pmadd.ub.sw
// AVX2:           pmadd.wd
// AVX2-NOT:       pmadd.wd
// AVX2-NOT:       vkern
// VNNI-LABEL:   @four_bits
// VNNI-COUNT-8:   llvm.x86.avx512.vpdpbusd.256
// VNNI-NOT:       vkern
func.func @four_bits(%codes: vector<8x32xi8>, %activations: vector<1x8xi32>, %correction: vector<1xi32>) -> vector<1x8xi32> {
  %sums = vkern.dot4 %codes, %activations correction %correction bias 8 max 15
          : vector<8x32xi8>, vector<1x8xi32> -> vector<1x8xi32>
  return %sums : vector<1x8xi32>
}

// Two code vectors of six bits are as many as fit.
// AVX2-LABEL:   @six_bits
// AVX2-COUNT-2:   pmadd.ub.sw
// AVX2:           pmadd.wd
// AVX2-COUNT-2:   pmadd.ub.sw
// AVX2:           pmadd.wd
func.func @six_bits(%codes: vector<4x32xi8>, %activations: vector<1x4xi32>, %correction: vector<1xi32>) -> vector<1x8xi32> {
  %sums = vkern.dot4 %codes, %activations correction %correction bias 32 max 63
          : vector<4x32xi8>, vector<1x4xi32> -> vector<1x8xi32>
  return %sums : vector<1x8xi32>
}

// A byte would saturate: it becomes signed, its sign goes to the activation, and the correction is not read.
// AVX2-LABEL:   @eight_bits(
// AVX2-SAME:      %[[CORRECTION:[a-z0-9]+]]: vector<1xi32>
// AVX2-NOT:       %[[CORRECTION]]
// AVX2:           psign.b
// AVX2:           math.absi
// AVX2:           pmadd.ub.sw
// AVX2:           pmadd.wd
func.func @eight_bits(%correction: vector<1xi32>, %codes: vector<1x32xi8>, %activations: vector<1x1xi32>) -> vector<1x8xi32> {
  %sums = vkern.dot4 %codes, %activations correction %correction bias 128 max 255
          : vector<1x32xi8>, vector<1x1xi32> -> vector<1x8xi32>
  return %sums : vector<1x8xi32>
}
