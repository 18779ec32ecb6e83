// Mixtures of experts; the linears of experts are in VSpecOps.td.
#ifndef VSPEC_DIALECTS_VSPEC_VSPECEXPERTOPS_TD
#define VSPEC_DIALECTS_VSPEC_VSPECEXPERTOPS_TD
include "dialects/VSpec/VSpecOpBase.td"

def VSpec_RouteOp : VSpec_ComputeOp<"route", [Pure, InferTypeOpAdaptor]> {
  let summary = "chooses the experts of each row";
  let description = [{
    Each row chooses the `chosen` experts with the greatest logits, greatest first; of equal ones that with the lower number.
    Their weights are the scores that `scores` makes of the logits, times `scale` if it is there.

    ```mlir
    func.func @choose(%logits: tensor<?x8xf32>) -> !vspec.routes<experts = 8, chosen = 2> {
      %routes = vspec.route %logits {chosen = 2 : i64, scores = #vspec.scores<softmax>} : tensor<?x8xf32>
      return %routes : !vspec.routes<experts = 8, chosen = 2>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$logits, VSpec_Count:$chosen, VSpec_ScoresAttr:$scores, OptionalAttr<F32Attr>:$scale);
  let results = (outs VSpec_RoutesType:$routes);
  let assemblyFormat = "$logits attr-dict `:` type($logits)";
  let extraClassDeclaration = "bool isAnchor() { return true; }";
}

def VSpec_CombineOp : VSpec_ComputeOp<"combine", [Pure]> {
  let summary = "the weighted sum of what a row's experts have made";
  let description = [{
    `output[r][n] = sum over c of weight[r][c] * input[r][c * N + n]`, in ascending order of the choices c.

    ```mlir
    func.func @sum(%y: tensor<?x128xf32>, %routes: !vspec.routes<experts = 8, chosen = 2>) -> tensor<?x64xf32> {
      %x = vspec.combine %y, %routes : tensor<?x128xf32>, <experts = 8, chosen = 2> -> tensor<?x64xf32>
      return %x : tensor<?x64xf32>
    }
    ```
  }];
  let arguments = (ins VSpec_Activations:$input, VSpec_RoutesType:$routes);
  let results = (outs VSpec_Activations:$output);
  let assemblyFormat = "$input `,` $routes attr-dict `:` type($input) `,` type($routes) `->` type($output)";
  let extraClassDeclaration = "bool isEpilogue() { return true; } bool needsWholeRow() { return true; }";
  let hasVerifier = 1;
}

#endif
