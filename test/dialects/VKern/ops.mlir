// RUN: vspec-opt %s | vspec-opt | FileCheck %s
// RUN: vspec-opt %s --emit-bytecode | vspec-opt | FileCheck %s
// RUN: vspec-opt %s --mlir-print-op-generic | vspec-opt | FileCheck %s

// CHECK-LABEL: @three_bits
// CHECK:         vkern.unpack %{{.*}} : vector<3x64xi8> -> vector<8x64xi8>
func.func @three_bits(%lines: vector<3x64xi8>) -> vector<8x64xi8> {
  %codes = vkern.unpack %lines : vector<3x64xi8> -> vector<8x64xi8>
  return %codes : vector<8x64xi8>
}

// CHECK-LABEL: @bytes
// CHECK:         vkern.lookup %{{.*}}, dense<[12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0]> : vector<16xi8> : vector<2x64xi8> -> vector<2x64xi8>
func.func @bytes(%codes: vector<2x64xi8>) -> vector<2x64xi8> {
  %values = vkern.lookup %codes, dense<[12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0]> : vector<16xi8>
            : vector<2x64xi8> -> vector<2x64xi8>
  return %values : vector<2x64xi8>
}

// CHECK-LABEL: @floats
// CHECK:         vkern.lookup %{{.*}}, dense<5.000000e-01> : vector<16xf32> : vector<16xi32> -> vector<16xf32>
func.func @floats(%codes: vector<16xi32>) -> vector<16xf32> {
  %values = vkern.lookup %codes, dense<0.5> : vector<16xf32> : vector<16xi32> -> vector<16xf32>
  return %values : vector<16xf32>
}

// CHECK-LABEL: @biased
// CHECK:         vkern.dot4 %{{.*}}, %{{.*}} correction %{{.*}} bias 8 max 15 : vector<8x64xi8>, vector<2x8xi32> -> vector<2x16xi32>
func.func @biased(%codes: vector<8x64xi8>, %activations: vector<2x8xi32>, %correction: vector<2xi32>) -> vector<2x16xi32> {
  %sums = vkern.dot4 %codes, %activations correction %correction bias 8 max 15
          : vector<8x64xi8>, vector<2x8xi32> -> vector<2x16xi32>
  return %sums : vector<2x16xi32>
}

// No bias, no correction.
// CHECK-LABEL: @plain
// CHECK:         vkern.dot4 %{{.*}}, %{{[a-z0-9]+}} max 15 : vector<8x64xi8>, vector<1x8xi32> -> vector<1x16xi32>
func.func @plain(%codes: vector<8x64xi8>, %activations: vector<1x8xi32>) -> vector<1x16xi32> {
  %sums = vkern.dot4 %codes, %activations max 15 : vector<8x64xi8>, vector<1x8xi32> -> vector<1x16xi32>
  return %sums : vector<1x16xi32>
}
