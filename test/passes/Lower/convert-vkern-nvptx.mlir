// RUN: vspec-opt %s --vspec-convert-vkern=target=nvptx --canonicalize --cse | FileCheck %s

// Words are shifted, not bytes.
// CHECK-LABEL: @four_bits
// CHECK:         %[[HIGH:.*]] = arith.shrui %{{.*}} : vector<4xi32>
// CHECK:         %[[BYTES:.*]] = vector.bitcast %[[HIGH]]
// CHECK:         arith.andi %[[BYTES]]
// CHECK-NOT:     vkern
func.func @four_bits(%lines: vector<1x16xi8>) -> vector<2x16xi8> {
  %codes = vkern.unpack %lines : vector<1x16xi8> -> vector<2x16xi8>
  return %codes : vector<2x16xi8>
}

// Four multiplications in one, which begins with the correction.
// CHECK-LABEL: @two_quads(
// CHECK-SAME:    %[[CORRECTION:[a-z0-9]+]]: vector<1xi32>
// CHECK:         %[[START:.*]] = vector.extract %[[CORRECTION]][0]
// CHECK:         llvm.call_intrinsic "llvm.nvvm.idp4a.u.s"(%{{.*}}, %{{.*}}, %[[START]])
// CHECK-COUNT-7: llvm.nvvm.idp4a.u.s
// CHECK-NOT:     {{idp4a|vkern}}
func.func @two_quads(%correction: vector<1xi32>, %codes: vector<2x16xi8>, %activations: vector<1x2xi32>) -> vector<1x4xi32> {
  %sums = vkern.dot4 %codes, %activations correction %correction bias 8 max 15
          : vector<2x16xi8>, vector<1x2xi32> -> vector<1x4xi32>
  return %sums : vector<1x4xi32>
}

// For each word the places, which codes are in the upper half, and both halves.
// CHECK-LABEL:  @bytes
// CHECK-COUNT-16: llvm.nvvm.prmt
// CHECK-NOT:    {{prmt|arith.select|vkern}}
func.func @bytes(%codes: vector<16xi8>) -> vector<16xi8> {
  %values = vkern.lookup %codes, dense<[12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0]> : vector<16xi8>
            : vector<16xi8> -> vector<16xi8>
  return %values : vector<16xi8>
}

// Both halves of the table are equal.
// CHECK-LABEL:  @eight_entries
// CHECK-COUNT-8: llvm.nvvm.prmt
// CHECK-NOT:    {{prmt|arith.select|vkern}}
func.func @eight_entries(%codes: vector<16xi8>) -> vector<16xi8> {
  %values = vkern.lookup %codes, dense<[1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8]> : vector<16xi8> : vector<16xi8> -> vector<16xi8>
  return %values : vector<16xi8>
}

// The two lower bytes of these floats are zeros: codes are packed with 3, their places known with 2, the two upper bytes found with
// 4, and all brought together with 8.
// CHECK-LABEL:  @floats
// CHECK-COUNT-17: llvm.nvvm.prmt
// CHECK-NOT:    {{prmt|arith.select|vkern}}
func.func @floats(%codes: vector<4xi32>) -> vector<4xf32> {
  %values = vkern.lookup %codes, dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0]> : vector<16xf32>
            : vector<4xi32> -> vector<4xf32>
  return %values : vector<4xf32>
}
