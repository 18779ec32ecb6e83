#ifndef VSPEC_DIALECTS_VSPEC_VSPECATTRS_TD
#define VSPEC_DIALECTS_VSPEC_VSPECATTRS_TD
include "dialects/VSpec/VSpecDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def VSpec_Activation : I32EnumAttr<"Activation", "a function of one number", [
    I32EnumAttrCase<"SiLU", 0, "silu">,
    I32EnumAttrCase<"GELUTanh", 1, "gelu_tanh">,
    I32EnumAttrCase<"GELU", 2, "gelu">,
    I32EnumAttrCase<"ReLU2", 3, "relu2">,
    I32EnumAttrCase<"ClampedSwish", 4, "clamped_swish">,
    I32EnumAttrCase<"Sigmoid", 5, "sigmoid">]> {
  let cppNamespace = "::vspec";
  let genSpecializedAttr = 0;
}

def VSpec_ActivationAttr : EnumAttr<VSpec_Dialect, VSpec_Activation, "activation"> {
  let summary = "silu: x / (1 + exp(-x)); gelu: x * (1 + erf(x / sqrt 2)) / 2, or its tanh approximation; relu2: max(x, 0)^2; "
                "clamped_swish: x / (1 + exp(-1.702 x)) of x at most 7, times the value in -7..7 plus 1; sigmoid: 1 / (1 + exp(-x))";
  let assemblyFormat = "`<` $value `>`";
}

def VSpec_Scores : I32EnumAttr<"Scores", "what the logits of experts become", [
    I32EnumAttrCase<"Softmax", 0, "softmax">,
    I32EnumAttrCase<"SoftmaxOfChosen", 1, "softmax_of_chosen">,
    I32EnumAttrCase<"Sigmoid", 2, "sigmoid">,
    I32EnumAttrCase<"SigmoidOfChosen", 3, "sigmoid_of_chosen">]> {
  let cppNamespace = "::vspec";
  let genSpecializedAttr = 0;
}

def VSpec_ScoresAttr : EnumAttr<VSpec_Dialect, VSpec_Scores, "scores"> {
  let summary = "the softmax over all experts or over those chosen; or each one's 1 / (1 + exp(-x)), which may be divided by the sum "
                "of those chosen";
  let assemblyFormat = "`<` $value `>`";
}

def VSpec_Layout : I32EnumAttr<"Layout", "where the bits of a weight lie", [
    I32EnumAttrCase<"Unpacked", 0, "unpacked">,
    I32EnumAttrCase<"Plain", 1, "plain">,
    I32EnumAttrCase<"Rows16", 2, "rows16">,
    I32EnumAttrCase<"RowParts", 3, "row_parts">]> {
  let cppNamespace = "::vspec";
  let genSpecializedAttr = 0;
}

class VSpec_Attr<string name, string keyword> : AttrDef<VSpec_Dialect, name> { let mnemonic = keyword; }

def VSpec_UnpermuteHeadsAttr : VSpec_Attr<"UnpermuteHeads", "unpermute_heads"> {
  let summary = "puts the rows of each head back from pairs (x1, x2) into halves (all x1, then all x2)";
  let description = [{
    GGUF files of the llama family store the rows of Q and K so that RoPE turns neighbours. After import RoPE turns halves
    everywhere: with R rows and H heads, head h's new row `i` of its first half is old row `h * R/H + 2 * i`, of its second
    half `h * R/H + 2 * i + 1`. A bias, a weight of one row, has its columns put back the same way.
  }];
  let parameters = (ins "int64_t":$heads);
  let assemblyFormat = "`<` $heads `>`";
}

def VSpec_ScaleByAttr : VSpec_Attr<"ScaleBy", "scale_by"> {
  let summary = "multiplies the whole weight by the single number of another tensor of the source";
  let parameters = (ins StringRefParameter<"the tensor's name">:$source);
  let assemblyFormat = "`<` $source `>`";
}

def VSpec_PlusOneAttr : VSpec_Attr<"PlusOne", "plus_one"> {
  let summary = "adds 1 to each number of a gain, rounded to f32: some families store it less 1";
}

def VSpec_TransposeAttr : VSpec_Attr<"Transpose", "transpose"> {
  let summary = "the source holds the matrix, or each of a stack, with rows and columns exchanged; of plain floats only";
}

def VSpec_TakeRowsAttr : VSpec_Attr<"TakeRows", "take_rows"> {
  let summary = "of every so many rows of the source, takes a few: one of several matrices that lie in one tensor";
  let description = [{
    `<count = C, first = F, every = E>`: new row `i` is old row `i / C * E + F + i % C`. So Q of a tensor that holds Q, K and V
    one behind the other (`every` is all of its rows), or beside each other for each head. Of a weight of one row, or a stack of such:
    its columns.
  }];
  let parameters = (ins "int64_t":$count, "int64_t":$first, "int64_t":$every);
  let assemblyFormat = "`<` struct(params) `>`";
}

def VSpec_StackAttr : VSpec_Attr<"Stack", "stack"> {
  let summary = "puts more tensors of the source below the first, in this order: one for each matrix of the weight; beside it if it has one row";
  let parameters = (ins ArrayRefParameter<"::mlir::StringAttr", "the tensors' names">:$sources);
  let assemblyFormat = "`<` $sources `>`";
}

def VSpec_NegativeExpAttr : VSpec_Attr<"NegativeExp", "negative_exp"> {
  let summary = "-e^x of each number of a weight of one row, rounded to f32: decays are stored as logarithms";
}

def VSpec_TransformArrayAttr
    : TypedArrayAttrBase<AnyAttrOf<[VSpec_UnpermuteHeadsAttr, VSpec_ScaleByAttr, VSpec_TransposeAttr, VSpec_TakeRowsAttr, VSpec_PlusOneAttr,
                                    VSpec_NegativeExpAttr, VSpec_StackAttr]>,
                         "array of weight transforms">;

#endif
