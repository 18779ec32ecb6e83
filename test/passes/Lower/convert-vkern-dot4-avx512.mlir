// RUN: vspec-opt %s --vspec-convert-vkern=target=avx512 --cse | FileCheck %s

// A long group: two chains, the first from the correction; they meet at the end.
// CHECK-LABEL: @two_chains
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0> : vector<16xi32>
// CHECK-DAG:     %[[START:.*]] = vector.broadcast %{{.*}} : i32 to vector<16xi32>
// CHECK:         llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%[[START]], %
// CHECK:         llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"(%[[ZERO]], %
// CHECK-COUNT-4: vpdpbusd
// CHECK:         arith.addi %{{.*}}, %{{.*}} : vector<16xi32>
func.func @two_chains(%codes: vector<6x64xi8>, %activations: vector<1x6xi32>, %correction: vector<1xi32>) -> vector<1x16xi32> {
  %sums = vkern.dot4 %codes, %activations correction %correction bias 8 max 15
          : vector<6x64xi8>, vector<1x6xi32> -> vector<1x16xi32>
  return %sums : vector<1x16xi32>
}

// A short group: one chain, the next group's need not wait for it.
// CHECK-LABEL: @one_chain
// CHECK-COUNT-4: vpdpbusd
// CHECK-NOT:     arith.addi
func.func @one_chain(%codes: vector<4x64xi8>, %activations: vector<1x4xi32>, %correction: vector<1xi32>) -> vector<1x16xi32> {
  %sums = vkern.dot4 %codes, %activations correction %correction bias 8 max 15
          : vector<4x64xi8>, vector<1x4xi32> -> vector<1x16xi32>
  return %sums : vector<1x16xi32>
}

// Long codes: two chains.
// CHECK-LABEL: @long_codes
// CHECK-COUNT-4: vpdpbusd
// CHECK:         arith.addi %{{.*}}, %{{.*}} : vector<16xi32>
func.func @long_codes(%codes: vector<4x64xi8>, %activations: vector<1x4xi32>, %correction: vector<1xi32>) -> vector<1x16xi32> {
  %sums = vkern.dot4 %codes, %activations correction %correction bias 32 max 63
          : vector<4x64xi8>, vector<1x4xi32> -> vector<1x16xi32>
  return %sums : vector<1x16xi32>
}

// A row of activations at a time, one quad: nothing to add.
// CHECK-LABEL: @two_rows
// CHECK-COUNT-2: vpdpbusd
// CHECK-NOT:     arith.addi
func.func @two_rows(%codes: vector<1x64xi8>, %activations: vector<2x1xi32>) -> vector<2x16xi32> {
  %sums = vkern.dot4 %codes, %activations max 15 : vector<1x64xi8>, vector<2x1xi32> -> vector<2x16xi32>
  return %sums : vector<2x16xi32>
}
