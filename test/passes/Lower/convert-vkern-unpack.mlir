// RUN: vspec-opt %s --vspec-convert-vkern=target=generic --cse | FileCheck %s --check-prefix=GENERIC
// RUN: vspec-opt %s --vspec-convert-vkern=target=neon --cse | FileCheck %s --check-prefix=GENERIC
// RUN: vspec-opt %s --vspec-convert-vkern=target=avx2 --cse | FileCheck %s --check-prefix=WORDS
// RUN: vspec-opt %s --vspec-convert-vkern=target=avx512 --cse | FileCheck %s --check-prefix=MAPS

// The high nibble: a byte shift needs no mask, a word shift does. One code in a unit to move: no map.
// GENERIC-LABEL: @four_bits
// GENERIC-DAG:     arith.andi %{{.*}} : vector<64xi8>
// GENERIC-DAG:     arith.shrui %{{.*}} : vector<64xi8>
// GENERIC-NOT:     arith.andi
// WORDS-LABEL:   @four_bits
// WORDS:           %[[HIGH:.*]] = arith.shrui %{{.*}} : vector<32xi16>
// WORDS:           %[[BYTES:.*]] = vector.bitcast %[[HIGH]]
// WORDS:           arith.andi %[[BYTES]]
// WORDS-NOT:       vkern
// MAPS-LABEL:    @four_bits
// MAPS-NOT:        vgf2p8affineqb
// MAPS-NOT:        vkern
func.func @four_bits(%lines: vector<1x64xi8>) -> vector<2x64xi8> {
  %codes = vkern.unpack %lines : vector<1x64xi8> -> vector<2x64xi8>
  return %codes : vector<2x64xi8>
}

// Three of four codes must move: the last of them by a map.
// GENERIC-LABEL: @two_bits
// WORDS-LABEL:   @two_bits
// MAPS-LABEL:    @two_bits
// MAPS-COUNT-2:    arith.shrui
// MAPS:            llvm.call_intrinsic "llvm.x86.vgf2p8affineqb.512"
// MAPS-NOT:        {{shrui|vgf2p8affineqb}}
func.func @two_bits(%lines: vector<1x64xi8>) -> vector<4x64xi8> {
  %codes = vkern.unpack %lines : vector<1x64xi8> -> vector<4x64xi8>
  return %codes : vector<4x64xi8>
}

// Six of the eight codes lie whole in a line, three of them must move; two are made of two pieces, whose first ones take a map.
// GENERIC-LABEL: @three_bits
// WORDS-LABEL:   @three_bits
// WORDS-COUNT-2:   arith.ori
// WORDS-NOT:       arith.ori
// MAPS-LABEL:    @three_bits
// MAPS-COUNT-3:    vgf2p8affineqb
// MAPS-NOT:        vgf2p8affineqb
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
// MAPS-LABEL:    @odd_lines
// MAPS-NOT:        vgf2p8affineqb
// MAPS:            arith.shrui %{{.*}} : vector<5xi8>
func.func @odd_lines(%lines: vector<1x5xi8>) -> vector<2x5xi8> {
  %codes = vkern.unpack %lines : vector<1x5xi8> -> vector<2x5xi8>
  return %codes : vector<2x5xi8>
}
