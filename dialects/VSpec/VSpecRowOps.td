// Epilogues that take whole rows, which linears make tile by tile.
#ifndef VSPEC_DIALECTS_VSPEC_VSPECROWOPS_TD
#define VSPEC_DIALECTS_VSPEC_VSPECROWOPS_TD
include "dialects/VSpec/VSpecOpBase.td"

def VSpec_TakePartOp : VSpec_ComputeOp<"take_part", [Pure]> {
  let summary = "one of the equal parts of each row";
  let description = [{
    `output[r][c] = input[r][part * N + c]`, with N, the columns of the input divided by `parts`.

    ```mlir
    func.func @last_third(%x: tensor<?x48xf32>) -> tensor<?x16xf32> {
      %y = vspec.take_part %x {part = 2 : i64, parts = 3 : i64} : tensor<?x48xf32> -> tensor<?x16xf32>
      return %y : tensor<?x16xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, ConfinedAttr<I64Attr, [IntNonNegative]>:$part, VSpec_Count:$parts);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($output)";
  let extraClassDeclaration = "bool isEpilogue() { return true; } bool needsWholeRow() { return true; }";
  let hasVerifier = 1;
}

def VSpec_SumPartsOp : VSpec_ComputeOp<"sum_parts", [Pure]> {
  let summary = "the sum of the equal parts of each row";
  let description = [{
    `output[r][c] = sum over p of input[r][p * N + c]` of the `parts` parts, in ascending order, with N, the columns of the output.

    ```mlir
    func.func @meet(%x: tensor<?x192xf32>) -> tensor<?x64xf32> {
      %y = vspec.sum_parts %x {parts = 3 : i64} : tensor<?x192xf32> -> tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, VSpec_Count:$parts);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($output)";
  let extraClassDeclaration = "bool isEpilogue() { return true; } bool needsWholeRow() { return true; }";
  let hasVerifier = 1;
}

def VSpec_ExcessOp : VSpec_ComputeOp<"excess", [Pure, SameOperandsAndResultType]> {
  let summary = "by how much each number passes most others of its row";
  let description = [{
    `output[r][c] = max(0, input[r][c] - (mean + deviations * deviation))`, with the mean over c of `input[r][c]`, and the root of
    the mean over c of `(input[r][c] - mean)^2`. Of numbers that are spread normally 1.645 deviations leave one of twenty.

    ```mlir
    func.func @keep_the_largest(%x: tensor<?x172xf32>) -> tensor<?x172xf32> {
      %y = vspec.excess %x {deviations = 1.64485359 : f32} : tensor<?x172xf32>
      return %y : tensor<?x172xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, F32Attr:$deviations);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let extraClassDeclaration = "bool isEpilogue() { return true; } bool needsWholeRow() { return true; }";
  let hasVerifier = 1;
}

def VSpec_MatchMagnitudeOp : VSpec_ComputeOp<"match_magnitude", [Pure, SameOperandsAndResultType]> {
  let summary = "gives each row the root mean square of another";
  let description = [{
    `output[r][c] = input[r][c] * sqrt(mean over c of like[r][c]^2) / sqrt(max(epsilon, mean over c of input[r][c]^2))`.

    ```mlir
    func.func @as_large(%x: tensor<?x64xf32>, %like: tensor<?x64xf32>) -> tensor<?x64xf32> {
      %y = vspec.match_magnitude %x, %like {epsilon = 1.0e-5 : f32} : tensor<?x64xf32>
      return %y : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, VSpec_Activations:$like, F32Attr:$epsilon);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input `,` $like attr-dict `:` type($input)";
  let extraClassDeclaration = "bool isEpilogue() { return true; } bool needsWholeRow() { return true; }";
  let hasVerifier = 1;
}

#endif
