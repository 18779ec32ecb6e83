// RUN: vspec-opt %s --vspec-convert-vkern=target=generic --cse | FileCheck %s --check-prefix=GENERIC
// RUN: vspec-opt %s --vspec-convert-vkern=target=avx512 --cse | FileCheck %s --check-prefix=AVX512
// RUN: vspec-opt %s --vspec-convert-vkern=target=avx2 --cse | FileCheck %s --check-prefix=AVX2
// RUN: vspec-opt %s --vspec-convert-vkern=target=neon --cse | FileCheck %s --check-prefix=NEON

// The table is repeated for each 16 bytes of the register. Other targets have no such register: selections.
// GENERIC-LABEL:     @bytes_64
// GENERIC-COUNT-30:    arith.select
// GENERIC-NOT:         arith.select
// AVX512-LABEL:      @bytes_64
// AVX512-COUNT-2:      llvm.x86.avx512.pshuf.b.512
// AVX512-NOT:          vkern
// AVX2-LABEL:        @bytes_64
// AVX2-NOT:            avx512
// AVX2:                arith.select
// NEON-LABEL:        @bytes_64
// NEON:                arith.select
func.func @bytes_64(%codes: vector<2x64xi8>) -> vector<2x64xi8> {
  %values = vkern.lookup %codes, dense<[12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0]> : vector<16xi8>
            : vector<2x64xi8> -> vector<2x64xi8>
  return %values : vector<2x64xi8>
}

// GENERIC-LABEL:     @bytes_32
// AVX2-LABEL:        @bytes_32
// AVX2:                %[[TABLE:.*]] = arith.constant dense<[12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0, 12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0]>
// AVX2:                llvm.call_intrinsic "llvm.x86.avx2.pshuf.b"(%[[TABLE]], %
func.func @bytes_32(%codes: vector<32xi8>) -> vector<32xi8> {
  %values = vkern.lookup %codes, dense<[12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0]> : vector<16xi8>
            : vector<32xi8> -> vector<32xi8>
  return %values : vector<32xi8>
}

// NEON-LABEL:        @bytes_16
// NEON-COUNT-2:        llvm.aarch64.neon.tbl1.v16i8
func.func @bytes_16(%codes: vector<2x16xi8>) -> vector<2x16xi8> {
  %values = vkern.lookup %codes, dense<[12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0]> : vector<16xi8>
            : vector<2x16xi8> -> vector<2x16xi8>
  return %values : vector<2x16xi8>
}

// AVX512-LABEL:      @floats_16
// AVX512:              llvm.x86.avx512.permvar.sf.512
func.func @floats_16(%codes: vector<16xi32>) -> vector<16xf32> {
  %values = vkern.lookup %codes, dense<0.5> : vector<16xf32> : vector<16xi32> -> vector<16xf32>
  return %values : vector<16xf32>
}

// Each permutation sees the low three bits of the code, so the upper half of the table is a second one.
// AVX2-LABEL:        @floats_8
// AVX2-DAG:            %[[LOW:.*]] = arith.constant dense<[0.000000e+00, 1.000000e+00, 2.000000e+00,
// AVX2-DAG:            %[[HIGH:.*]] = arith.constant dense<[8.000000e+00, 9.000000e+00,
// AVX2:                %[[FROM_LOW:.*]] = llvm.call_intrinsic "llvm.x86.avx2.permps"(%[[LOW]], %
// AVX2:                %[[FROM_HIGH:.*]] = llvm.call_intrinsic "llvm.x86.avx2.permps"(%[[HIGH]], %
// AVX2:                %[[IS_LOW:.*]] = arith.cmpi slt
// AVX2:                arith.select %[[IS_LOW]], %[[FROM_LOW]], %[[FROM_HIGH]]
func.func @floats_8(%codes: vector<8xi32>) -> vector<8xf32> {
  %values = vkern.lookup %codes, dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0]> : vector<16xf32>
            : vector<8xi32> -> vector<8xf32>
  return %values : vector<8xf32>
}

// The codes become the places of four bytes each: c -> 4c, 4c + 1, 4c + 2, 4c + 3.
// NEON-LABEL:        @floats_4
// NEON-DAG:            %[[FOUR:.*]] = arith.constant dense<67372036> : vector<4xi32>
// NEON-DAG:            %[[PLACES:.*]] = arith.constant dense<50462976> : vector<4xi32>
// NEON:                %[[FOURFOLD:.*]] = arith.muli %{{.*}}, %[[FOUR]]
// NEON:                arith.addi %[[FOURFOLD]], %[[PLACES]]
// NEON:                llvm.aarch64.neon.tbl4.v16i8
// NEON-NOT:            arith.select
func.func @floats_4(%codes: vector<4xi32>) -> vector<4xf32> {
  %values = vkern.lookup %codes, dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0]> : vector<16xf32>
            : vector<4xi32> -> vector<4xf32>
  return %values : vector<4xf32>
}
