// The vkern dialect: what differs between the instruction sets of CPUs when a tile computes, and nothing else.
#ifndef VSPEC_DIALECTS_VKERN_VKERN_TD
#define VSPEC_DIALECTS_VKERN_VKERN_TD
include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def VKern_Dialect : Dialect {
  let name = "vkern";
  let cppNamespace = "::vspec::vkern";
  let summary = "how a tile computes, the same for every target";
  let description = [{
    An operation is here only if two targets want different instructions for it. Loads, broadcasts, scales, multiply-adds
    and conversions are `vector`, `arith`, `math` and `llvm`: LLVM finds their instructions on every target.

    A **code vector** has one byte for each code: byte 4 * row + k % 4 is the code of `row` at k, so it holds 4 consecutive
    k (a *quad*) of a quarter as many rows as it has bytes. `vector<QxSxi8>` is Q code vectors of S bytes, for 4 Q
    consecutive k. S is the width of the target's registers: whoever builds a tile chooses it, and
    `vspec-convert-vkern` never splits a vector.
  }];
}

class VKern_Op<string mnemonic, list<Trait> traits = []> : Op<VKern_Dialect, mnemonic, !listconcat([Pure], traits)>;
def VKern_CodeVectors : VectorOfRankAndType<[2], [I8]>;

def VKern_UnpackOp : VKern_Op<"unpack"> {
  let summary = "splits lines into code vectors of 1 to 8 bits";
  let description = [{
    L lines hold C code vectors of 8 L / C bits. Which bits of which line make a code is one rule for all widths (`bitUnit`
    in `vspec/Quant/PackedLayout.h`): 4 bits are the low and the high nibble of a line, 3 bits are three lines for eight
    code vectors. Codes are unsigned; byte i of a code vector comes from byte i of the lines.

    ```mlir
    func.func @three_bits(%lines: vector<3x64xi8>) -> vector<8x64xi8> {
      %codes = vkern.unpack %lines : vector<3x64xi8> -> vector<8x64xi8>
      return %codes : vector<8x64xi8>
    }
    ```
  }];
  let arguments = (ins VKern_CodeVectors:$lines);
  let results = (outs VKern_CodeVectors:$codes);
  let assemblyFormat = "$lines attr-dict `:` type($lines) `->` type($codes)";
  let hasVerifier = 1;
}

def VKern_LookupOp : VKern_Op<"lookup", [AllShapesMatch<["codes", "values"]>]> {
  let summary = "replaces each code by its entry in a constant table";
  let description = [{
    The table has 16 entries of 8 bits, for codes in bytes, or of 32 bits, for codes in words. A code above 15 gives an
    undefined value.

    ```mlir
    func.func @e2m1(%codes: vector<2x64xi8>) -> vector<2x64xi8> {
      %values = vkern.lookup %codes, dense<[12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0]> : vector<16xi8>
                : vector<2x64xi8> -> vector<2x64xi8>
      return %values : vector<2x64xi8>
    }
    ```
  }];
  let arguments = (ins VectorOfAnyRankOf<[I8, I32]>:$codes, ElementsAttr:$table);
  let results = (outs VectorOfAnyRankOf<[I8, F32]>:$values);
  let assemblyFormat = "$codes `,` $table attr-dict `:` type($codes) `->` type($values)";
  let hasVerifier = 1;
}

def VKern_Dot4Op : VKern_Op<"dot4", [OptionalTypesMatchWith<"there is one correction for each row of activations", "activations",
    "correction", "::mlir::VectorType::get({::llvm::cast<::mlir::VectorType>($_self).getDimSize(0)}, "
                  "::llvm::cast<::mlir::VectorType>($_self).getElementType())">]> {
  let summary = "the exact integer sums of one flush group, weight rows in lanes, for each row of activations";
  let description = [{
    ```
    sums[m][row] = sum over q and j of (codes[q][4 row + j] - bias) * activations[m][q].byte(j)
    ```

    Codes are unsigned and at most `max`. Each activation is four signed bytes, the same for all rows of the weight; a byte
    of -128 gives an undefined sum. `correction` is -bias * (the sum of the group's activations) for each row of activations,
    made once for the whole weight; a target that can subtract the bias for nothing does not read it. With `max` above 127
    the bias must be 128, so that a code less its bias is a signed byte.

    The whole group is one operation because what may be added in 16 bits depends on `max` and on the length. All rows of
    activations are, because some targets multiply two by two.

    ```mlir
    func.func @int4_group(%codes: vector<8x64xi8>, %activations: vector<1x8xi32>, %correction: vector<1xi32>) -> vector<1x16xi32> {
      %sums = vkern.dot4 %codes, %activations correction %correction bias 8 max 15
              : vector<8x64xi8>, vector<1x8xi32> -> vector<1x16xi32>
      return %sums : vector<1x16xi32>
    }
    ```
  }];
  let arguments = (ins VKern_CodeVectors:$codes, VectorOfRankAndType<[2], [I32]>:$activations,
                   Optional<VectorOfRankAndType<[1], [I32]>>:$correction,
                   DefaultValuedAttr<ConfinedAttr<I32Attr, [IntNonNegative]>, "0">:$bias,
                   ConfinedAttr<I32Attr, [IntPositive]>:$max);
  let results = (outs VectorOfRankAndType<[2], [I32]>:$sums);
  let assemblyFormat = [{
    $codes `,` $activations (`correction` $correction^)? (`bias` $bias^)? `max` $max attr-dict
    `:` type($codes) `,` type($activations) `->` type($sums)
  }];
  let hasVerifier = 1;
}
#endif
