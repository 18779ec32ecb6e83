// What all operations are made of: their classes, and the types and numbers that they take.
#ifndef VSPEC_DIALECTS_VSPEC_VSPECOPBASE_TD
#define VSPEC_DIALECTS_VSPEC_VSPECOPBASE_TD
include "dialects/VSpec/VSpecInterfaces.td"
include "dialects/VSpec/VSpecTypes.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class VSpec_Op<string mnemonic, list<Trait> traits = []> : Op<VSpec_Dialect, mnemonic, traits>;

// Something that computes: it has a role in a launch.
class VSpec_ComputeOp<string mnemonic, list<Trait> traits = []> : VSpec_Op<mnemonic, traits # [VSpec_LaunchRole]>;

// Checks the symbols that it names: weights, caches.
class VSpec_UserOp<string mnemonic, list<Trait> traits = []>
    : VSpec_ComputeOp<mnemonic, traits # [DeclareOpInterfaceMethods<SymbolUserOpInterface>]>;

def VSpec_StateResource : Resource<"::vspec::StateResource">;

def VSpec_Activations : Type<CPred<[{
    ::llvm::isa<::mlir::RankedTensorType>($_self) && ::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 2 &&
    ::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(0) && !::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(1) &&
    ::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isF32()
  }]>, "tensor<?xNxf32>, a row for each row of the step", "::mlir::RankedTensorType">;

def VSpec_RowIndices : Type<CPred<[{
    ::llvm::isa<::mlir::RankedTensorType>($_self) && ::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == 1 &&
    ::llvm::cast<::mlir::RankedTensorType>($_self).isDynamicDim(0) &&
    ::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isInteger(32)
  }]>, "tensor<?xi32> of row numbers", "::mlir::RankedTensorType">,
  BuildableType<"::mlir::RankedTensorType::get({::mlir::ShapedType::kDynamic}, $_builder.getIntegerType(32))">;

def VSpec_Count : ConfinedAttr<I64Attr, [IntPositive]>;

// Tokens whose attention is summed apart. The default belongs to the numerics contract.
def VSpec_Split : DefaultValuedAttr<VSpec_Count, "512">;

#endif
