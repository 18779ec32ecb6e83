// What vspec-select-formats does with linears that meet mostly zeros.
// RUN: vspec-opt %s --vspec-select-formats=weights=int4,blk.2.*=bf16 --split-input-file --verify-diagnostics | FileCheck %s

// CHECK: vspec.weight @blk.2.up : !vspec.weight<1100x64, "bf16"> {source = "up"}
vspec.weight @blk.2.up : !vspec.weight<1100x64, "f32"> {source = "up"}
// CHECK: vspec.weight @blk.2.down : !vspec.weight<1100x64, "bf16"> {source = "down", transforms = [#vspec.scale_by<"s">, #vspec.transpose]}
vspec.weight @blk.2.down : !vspec.weight<64x1100, "f16"> {source = "down", transforms = [#vspec.scale_by<"s">]}
// CHECK-LABEL: @both
// CHECK-SAME:    %[[G:.*]]: tensor<?x1100xf32>, %[[X:.*]]: tensor<?x64xf32>
// CHECK-NEXT:    %[[E:.*]] = vspec.excess %[[G]]
// CHECK-NEXT:    %[[H:.*]] = vspec.gated_linear %[[E]], %[[X]], @blk.2.up {activation = #vspec.activation<gelu_tanh>} : tensor<?x1100xf32>, tensor<?x64xf32>
// CHECK-NEXT:    %[[P:.*]] = vspec.sparse_linear %[[H]], @blk.2.down : tensor<?x1100xf32> -> tensor<?x128xf32>
// CHECK-NEXT:    %[[Y:.*]] = vspec.sum_parts %[[P]] {parts = 2 : i64} : tensor<?x128xf32> -> tensor<?x64xf32>
// CHECK-NEXT:    return %[[Y]]
func.func @both(%g: tensor<?x1100xf32>, %x: tensor<?x64xf32>) -> tensor<?x64xf32> {
  %up = vspec.linear %x, @blk.2.up : tensor<?x64xf32> -> tensor<?x1100xf32>
  %e = vspec.excess %g {deviations = 1.5 : f32} : tensor<?x1100xf32>
  %h = vspec.gate %e, %up {activation = #vspec.activation<gelu_tanh>} : tensor<?x1100xf32>
  %y = vspec.linear %h, @blk.2.down : tensor<?x1100xf32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// -----

// Blocks of a checkpoint stay as they are, so only rows can be skipped.
vspec.weight @blk.2.up : !vspec.weight<96x64, "f32"> {source = "up"}
vspec.weight @blk.0.up : !vspec.weight<96x64, "int5"> {source = "up"}
// expected-remark @below {{@blk.0.down is read whole, though most of what it meets is zero: its source has groups along the rows, which would have to be made anew}}
vspec.weight @blk.0.down : !vspec.weight<64x96, "int5"> {source = "down"}
// CHECK-LABEL: @blocks
// CHECK:         %[[H:.*]] = vspec.gated_linear %{{.*}}, %{{.*}}, @blk.0.up
// CHECK-NEXT:    vspec.linear %[[H]], @blk.0.down
func.func @blocks(%g: tensor<?x96xf32>, %x: tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x96xf32>) {
  %up = vspec.linear %x, @blk.0.up : tensor<?x64xf32> -> tensor<?x96xf32>
  %e = vspec.excess %g {deviations = 1.5 : f32} : tensor<?x96xf32>
  %h = vspec.gate %e, %up {activation = #vspec.activation<silu>} : tensor<?x96xf32>
  %y = vspec.linear %h, @blk.0.down : tensor<?x96xf32> -> tensor<?x64xf32>
  %z = vspec.linear %x, @blk.2.up : tensor<?x64xf32> -> tensor<?x96xf32>
  return %y, %z : tensor<?x64xf32>, tensor<?x96xf32>
}

// -----

// Groups of 32 columns do not fit into two parts of a row of 32, nor into 16 of one of 64.
vspec.weight @blk.2.up : !vspec.weight<96x32, "f32"> {source = "up"}
// expected-remark @below {{@blk.0.up is read whole, though most of what it meets is zero: rows of 32 columns cannot be cut into 2 parts without a group in two of them: int{4} x 32:f16}}
vspec.weight @blk.0.up : !vspec.weight<96x32, "f32"> {source = "up"}
// expected-remark @below {{@blk.0.down is read whole, though most of what it meets is zero: rows of 64 columns cannot be cut into 16 parts without a group in two of them: int{4} x 32:f16}}
vspec.weight @blk.0.down : !vspec.weight<64x96, "f32"> {source = "down"}
// CHECK-LABEL: @groups_are_too_long
// CHECK:         vspec.gate
// CHECK-NEXT:    vspec.linear %{{.*}}, @blk.0.down
func.func @groups_are_too_long(%g: tensor<?x96xf32>, %x: tensor<?x32xf32>) -> (tensor<?x64xf32>, tensor<?x96xf32>) {
  %up = vspec.linear %x, @blk.0.up : tensor<?x32xf32> -> tensor<?x96xf32>
  %e = vspec.excess %g {deviations = 1.5 : f32} : tensor<?x96xf32>
  %h = vspec.gate %e, %up {activation = #vspec.activation<silu>} : tensor<?x96xf32>
  %y = vspec.linear %h, @blk.0.down : tensor<?x96xf32> -> tensor<?x64xf32>
  %z = vspec.linear %x, @blk.2.up : tensor<?x32xf32> -> tensor<?x96xf32>
  return %y, %z : tensor<?x64xf32>, tensor<?x96xf32>
}

// -----

// expected-remark @below {{@blk.2.up is read whole, though most of what it meets is zero: another operation reads it too}}
vspec.weight @blk.2.up : !vspec.weight<96x96, "f32"> {source = "up"}
// expected-remark @below {{@blk.2.down is read whole, though most of what it meets is zero: it is not a tensor of its own}}
vspec.weight @blk.2.down : !vspec.weight<32x96, "f32"> {source = "all", transforms = [#vspec.take_rows<count = 32, first = 0, every = 64>]}
// expected-remark @below {{@blk.2.sorted is read whole, though most of what it meets is zero: its columns are out of order}}
vspec.weight @blk.2.sorted : !vspec.weight<96x96, "f32"> {source = "sorted"}
vspec.weight @order : !vspec.weight<1x96, "f32"> {source = "order"}
// CHECK-LABEL: @others
// CHECK-NOT:     vspec.{{gated|sparse}}_linear
func.func @others(%g: tensor<?x96xf32>, %x: tensor<?x96xf32>) -> (tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x96xf32>) {
  %up = vspec.linear %x, @blk.2.up : tensor<?x96xf32> -> tensor<?x96xf32>
  %again = vspec.linear %up, @blk.2.up : tensor<?x96xf32> -> tensor<?x96xf32>
  %e = vspec.excess %g {deviations = 1.5 : f32} : tensor<?x96xf32>
  %h = vspec.gate %e, %again {activation = #vspec.activation<silu>} : tensor<?x96xf32>
  %y = vspec.linear %h, @blk.2.down : tensor<?x96xf32> -> tensor<?x32xf32>
  %p = vspec.permute_columns %x, @order : tensor<?x96xf32>
  %s = vspec.linear %p, @blk.2.sorted : tensor<?x96xf32> -> tensor<?x96xf32>
  %k = vspec.gate %e, %s {activation = #vspec.activation<silu>} : tensor<?x96xf32>
  return %h, %y, %k : tensor<?x96xf32>, tensor<?x32xf32>, tensor<?x96xf32>
}

// -----

// A gate that is zero opens half, and one that is not cut off is seldom zero.
vspec.weight @blk.2.up : !vspec.weight<96x64, "f32"> {source = "up"}
vspec.weight @blk.2.down : !vspec.weight<64x96, "f32"> {source = "down"}
// CHECK-LABEL: @other_gates
// CHECK-NOT:     vspec.{{gated|sparse}}_linear
func.func @other_gates(%g: tensor<?x96xf32>, %x: tensor<?x64xf32>) -> (tensor<?x96xf32>, tensor<?x64xf32>) {
  %up = vspec.linear %x, @blk.2.up : tensor<?x64xf32> -> tensor<?x96xf32>
  %e = vspec.excess %g {deviations = 1.5 : f32} : tensor<?x96xf32>
  %h = vspec.gate %e, %up {activation = #vspec.activation<sigmoid>} : tensor<?x96xf32>
  %s = vspec.gate %g, %h {activation = #vspec.activation<silu>} : tensor<?x96xf32>
  %y = vspec.linear %s, @blk.2.down : tensor<?x96xf32> -> tensor<?x64xf32>
  return %h, %y : tensor<?x96xf32>, tensor<?x64xf32>
}
