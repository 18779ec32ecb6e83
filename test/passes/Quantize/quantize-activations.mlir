// RUN: vspec-opt %s --vspec-quantize-activations | FileCheck %s
// RUN: vspec-opt %s --vspec-quantize-activations --vspec-quantize-activations | FileCheck %s
// RUN: vspec-opt %s --vspec-quantize-activations=block=token | FileCheck %s --check-prefix=TOKEN
// RUN: vspec-opt %s --vspec-quantize-activations=activations=f32 | FileCheck %s --check-prefix=F32

// RUN: vspec-opt %s --vspec-quantize-activations=activations=bf16 | FileCheck %s --check-prefix=BF16
// RUN: vspec-opt %s --vspec-quantize-activations=activations=bf16 --vspec-quantize-activations=activations=bf16 | FileCheck %s --check-prefix=BF16

// F32-NOT: vspec.quantize
// BF16-NOT: vspec.quantize
// BF16-LABEL: @rounds_to_the_blocks_of_the_weight
// BF16: %[[R:.*]] = vspec.round_bf16 %{{.*}} : tensor<?x128xf32>
// BF16-NEXT: vspec.linear %[[R]], @int4
// BF16-NOT: vspec.quantize

vspec.weight @int4 : !vspec.weight<64x128, "int4"> {source = "a"}
vspec.weight @int4.g128 : !vspec.weight<64x128, "int4:g128"> {source = "b"}
vspec.weight @mxfp4 : !vspec.weight<64x128, "mxfp4"> {source = "c"}
vspec.weight @long : !vspec.weight<64x300, "int4"> {source = "l"}
vspec.weight @ternary : !vspec.weight<64x128, "ternary"> {source = "t"}
vspec.weight @bf16 : !vspec.weight<64x128, "bf16"> {source = "d"}
vspec.weight @f16 : !vspec.weight<64x128, "f16"> {source = "e"}

// Blocks are never shorter than 64.
// CHECK-LABEL: @rounds_to_the_blocks_of_the_weight
// CHECK-SAME:    %[[X:.*]]: tensor<?x128xf32>
// CHECK:         %[[Q:.*]] = vspec.quantize %[[X]] {block = 64 : i64} : tensor<?x128xf32>
// CHECK-NEXT:    %{{.*}} = vspec.linear %[[Q]], @int4
func.func @rounds_to_the_blocks_of_the_weight(%x: tensor<?x128xf32>) -> tensor<?x64xf32> {
  %y = vspec.linear %x, @int4 : tensor<?x128xf32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// Tables of small integers have an integer form.
// CHECK-LABEL: @integers_in_a_table
// CHECK:         %[[Q:.*]] = vspec.quantize %{{.*}} {block = 64 : i64}
// CHECK:         vspec.linear %[[Q]], @mxfp4
func.func @integers_in_a_table(%x: tensor<?x128xf32>) -> tensor<?x64xf32> {
  %y = vspec.linear %x, @mxfp4 : tensor<?x128xf32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// CHECK-LABEL: @largest_block_serves_all_weights
// CHECK-SAME:    %[[X:.*]]: tensor<?x128xf32>
// CHECK:         %[[Q:.*]] = vspec.quantize %[[X]] {block = 128 : i64}
// CHECK-NOT:     vspec.quantize
// CHECK:         vspec.linear %[[Q]], @int4
// CHECK:         vspec.linear %[[Q]], @int4.g128
// CHECK:         vspec.linear %[[Q]], @mxfp4
// BF16-LABEL: @largest_block_serves_all_weights
// BF16:         %[[R:.*]] = vspec.round_bf16
// BF16-NEXT:    vspec.linear %[[R]], @int4
// BF16-NEXT:    vspec.linear %[[R]], @int4.g128
func.func @largest_block_serves_all_weights(%x: tensor<?x128xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) {
  %y = vspec.linear %x, @int4 : tensor<?x128xf32> -> tensor<?x64xf32>
  %z = vspec.linear %x, @int4.g128 : tensor<?x128xf32> -> tensor<?x64xf32>
  %w = vspec.linear %x, @mxfp4 : tensor<?x128xf32> -> tensor<?x64xf32>
  return %y, %z, %w : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
}

// A whole row of 300 columns, and none shorter than 256.
// TOKEN-LABEL: @long_rows
// TOKEN:         vspec.quantize %{{.*}} {block = 512 : i64} : tensor<?x300xf32>
// TOKEN-LABEL: @no_group_at_all
// TOKEN:         vspec.quantize %{{.*}} {block = 256 : i64}
func.func @long_rows(%x: tensor<?x300xf32>) -> tensor<?x64xf32> {
  %y = vspec.linear %x, @long : tensor<?x300xf32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// Nor longer than 256.
// CHECK-LABEL: @no_group_at_all
// CHECK:         vspec.quantize %{{.*}} {block = 256 : i64}
func.func @no_group_at_all(%x: tensor<?x128xf32>) -> tensor<?x64xf32> {
  %y = vspec.linear %x, @ternary : tensor<?x128xf32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// CHECK-LABEL: @keeps_what_the_float_path_reads
// CHECK-SAME:    %[[X:.*]]: tensor<?x128xf32>
// CHECK-NEXT:    %{{.*}} = vspec.linear %[[X]], @bf16
// CHECK-NEXT:    %{{.*}} = vspec.linear %[[X]], @f16
// CHECK-NEXT:    %[[Q:.*]] = vspec.quantize %[[X]] {block = 64 : i64}
// CHECK-NEXT:    %{{.*}} = vspec.linear %[[Q]], @int4
// CHECK-NEXT:    %{{.*}} = vspec.add %[[X]], %[[X]]
func.func @keeps_what_the_float_path_reads(%x: tensor<?x128xf32>)
    -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x128xf32>) {
  %a = vspec.linear %x, @bf16 : tensor<?x128xf32> -> tensor<?x64xf32>
  %b = vspec.linear %x, @f16 : tensor<?x128xf32> -> tensor<?x64xf32>
  %c = vspec.linear %x, @int4 : tensor<?x128xf32> -> tensor<?x64xf32>
  %d = vspec.add %x, %x : tensor<?x128xf32>
  return %a, %b, %c, %d : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x128xf32>
}

// CHECK-LABEL: @nothing_to_round
// CHECK-NOT:     vspec.quantize
// CHECK:         return
func.func @nothing_to_round(%x: tensor<?x128xf32>) -> tensor<?x64xf32> {
  %y = vspec.linear %x, @bf16 : tensor<?x128xf32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}

// What experts made is rounded for each choice by itself; what all choices share once.
// CHECK-LABEL: @experts
// CHECK-SAME:    %[[X:.*]]: tensor<?x128xf32>
// CHECK:         %[[Q:.*]] = vspec.quantize %[[X]] {block = 64 : i64}
// CHECK-NEXT:    %[[H:.*]] = vspec.linear %[[Q]], @gate_exps
// CHECK-NEXT:    %[[P:.*]] = vspec.quantize %[[H]] {block = 64 : i64, parts = 3 : i64}
// CHECK-NEXT:    %{{.*}} = vspec.linear %[[P]], @down_exps
vspec.weight @gate_exps : !vspec.weight<4x64x128, "int4"> {source = "gate_exps"}
vspec.weight @down_exps : !vspec.weight<4x128x64, "int4"> {source = "down_exps"}
func.func @experts(%x: tensor<?x128xf32>, %r: !vspec.routes<experts = 4, chosen = 3>) -> tensor<?x384xf32> {
  %h = vspec.linear %x, @gate_exps by %r : tensor<?x128xf32>, !vspec.routes<experts = 4, chosen = 3> -> tensor<?x192xf32>
  %y = vspec.linear %h, @down_exps by %r : tensor<?x192xf32>, !vspec.routes<experts = 4, chosen = 3> -> tensor<?x384xf32>
  return %y : tensor<?x384xf32>
}
