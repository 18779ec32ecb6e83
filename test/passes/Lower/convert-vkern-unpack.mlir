// RUN: vspec-opt %s --vspec-convert-vkern=target=generic --cse | FileCheck %s --check-prefix=GENERIC
// RUN: vspec-opt %s --vspec-convert-vkern=target=neon --cse | FileCheck %s --check-prefix=GENERIC
// RUN: vspec-opt %s --vspec-convert-vkern=target=avx512 --cse | FileCheck %s --check-prefix=WORDS
// RUN: vspec-opt %s --vspec-convert-vkern=target=avx512-gfni --cse | FileCheck %s --check-prefix=GFNI

// The high nibble: a byte shift needs no mask, a word shift does, an affine map is both.
// GENERIC-LABEL: @four_bits
// GENERIC-DAG:     arith.andi %{{.*}} : vector<64xi8>
// GENERIC-DAG:     arith.shrui %{{.*}} : vector<64xi8>
// GENERIC-NOT:     arith.andi
// WORDS-LABEL:   @four_bits
// WORDS:           %[[HIGH:.*]] = arith.shrui %{{.*}} : vector<32xi16>
// WORDS:           %[[BYTES:.*]] = vector.bitcast %[[HIGH]]
// WORDS:           arith.andi %[[BYTES]]
// WORDS-NOT:       vkern
// GFNI-LABEL:    @four_bits
// GFNI:            arith.andi
// GFNI:            llvm.call_intrinsic "llvm.x86.vgf2p8affineqb.512"
// GFNI-NOT:        vkern
func.func @four_bits(%lines: vector<1x64xi8>) -> vector<2x64xi8> {
  %codes = vkern.unpack %lines : vector<1x64xi8> -> vector<2x64xi8>
  return %codes : vector<2x64xi8>
}

// Six of the eight codes lie whole in a line; two are made of two pieces.
// GENERIC-LABEL: @three_bits
// WORDS-LABEL:   @three_bits
// WORDS-COUNT-2:   arith.ori
// WORDS-NOT:       arith.ori
// GFNI-LABEL:    @three_bits
// GFNI-COUNT-7:    vgf2p8affineqb
// GFNI-NOT:        vgf2p8affineqb
func.func @three_bits(%lines: vector<3x64xi8>) -> vector<8x64xi8> {
  %codes = vkern.unpack %lines : vector<3x64xi8> -> vector<8x64xi8>
  return %codes : vector<8x64xi8>
}

// Bytes are lines already.
// GENERIC-LABEL: @eight_bits
// GENERIC-NOT:     arith
// WORDS-LABEL:   @eight_bits
// WORDS-NOT:       arith
func.func @eight_bits(%lines: vector<1x64xi8>) -> vector<1x64xi8> {
  %codes = vkern.unpack %lines : vector<1x64xi8> -> vector<1x64xi8>
  return %codes : vector<1x64xi8>
}

// Lines that are no registers of the target: plain arithmetic, which LLVM splits.
// GENERIC-LABEL: @odd_lines
// WORDS-LABEL:   @odd_lines
// WORDS-NOT:       vector.bitcast
// WORDS:           arith.shrui %{{.*}} : vector<5xi8>
// GFNI-LABEL:    @odd_lines
// GFNI-NOT:        vgf2p8affineqb
// GFNI:            arith.shrui %{{.*}} : vector<5xi8>
func.func @odd_lines(%lines: vector<1x5xi8>) -> vector<2x5xi8> {
  %codes = vkern.unpack %lines : vector<1x5xi8> -> vector<2x5xi8>
  return %codes : vector<2x5xi8>
}
