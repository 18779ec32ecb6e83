// RUN: vspec-opt %s --vspec-select-formats --verify-diagnostics | FileCheck %s
// RUN: vspec-opt %s --vspec-select-formats="weights=stored" | FileCheck %s --check-prefix=STORED
// RUN: vspec-opt %s --vspec-select-formats="weights=stored,*.ffn_down=int4" | FileCheck %s --check-prefix=RULE

// Blocks that a decoder reads become codes. One remark for all weights of a decoder.
// expected-remark @below {{blocks of iq2_xxs are written out, the same weights at 3.22 bits instead of 2.06, since they cost less to read; --weights=stored keeps them as they are}}
vspec.weight @blk.0.ffn_up : !vspec.weight<256x512, "decode{@iq2_xxs, 256 in 66 bytes}"> {source = "up"}
// CHECK: @blk.0.ffn_up : !vspec.weight<256x512, "table{3, iq2} x 32:uint{5} x 256:f16">
// STORED: @blk.0.ffn_up : !vspec.weight<256x512, "decode{@iq2_xxs, 256 in 66 bytes}">
vspec.weight @blk.0.ffn_down : !vspec.weight<512x256, "decode{@iq2_xxs, 256 in 66 bytes} x tensor:f32"> {source = "down"}
// CHECK: @blk.0.ffn_down : !vspec.weight<512x256, "table{3, iq2} x 32:uint{5} x 256:f16 x tensor:f32">
// STORED: @blk.0.ffn_down : !vspec.weight<512x256, "decode{@iq2_xxs, 256 in 66 bytes} x tensor:f32">
// RULE: @blk.0.ffn_down : !vspec.weight<512x256, "int{4} x 32:f16">

// Floats stay floats, if that is asked for.
// expected-remark @below {{@output makes the logits or the embedding: int8 instead of int4}}
vspec.weight @output : !vspec.weight<32x512, "bf16"> {source = "output"}
// CHECK: @output : !vspec.weight<32x512, "int{8} x 32:f16">
// STORED: @output : !vspec.weight<32x512, "bf16">
// RULE: @output : !vspec.weight<32x512, "bf16">

func.func @step(%x: tensor<?x512xf32>) -> tensor<?x32xf32> {
  %u = vspec.linear %x, @blk.0.ffn_up : tensor<?x512xf32> -> tensor<?x256xf32>
  %d = vspec.linear %u, @blk.0.ffn_down : tensor<?x256xf32> -> tensor<?x512xf32>
  %l = vspec.linear %d, @output : tensor<?x512xf32> -> tensor<?x32xf32>
  return %l : tensor<?x32xf32>
}
