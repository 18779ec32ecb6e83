// RUN: vspec-opt %s --vspec-convert-vkern --cse | FileCheck %s

// Four products for each quad, of any width; the bias is taken from each code, and the correction is not read.
// CHECK-LABEL: @any_width(
// CHECK-SAME:    %[[CORRECTION:[a-z0-9]+]]: vector<1xi32>
// CHECK-NOT:     %[[CORRECTION]]
// CHECK-COUNT-4: arith.muli %{{.*}} : vector<5xi32>
// CHECK-NOT:     arith.muli
// CHECK-NOT:     vkern
func.func @any_width(%correction: vector<1xi32>, %codes: vector<1x20xi8>, %activations: vector<1x1xi32>) -> vector<1x5xi32> {
  %sums = vkern.dot4 %codes, %activations correction %correction bias 8 max 15
          : vector<1x20xi8>, vector<1x1xi32> -> vector<1x5xi32>
  return %sums : vector<1x5xi32>
}
