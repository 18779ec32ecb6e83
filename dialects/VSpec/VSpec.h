// The vspec dialect: what a model computes. Types, attributes and operations are documented in the .td files.
#ifndef VSPEC_DIALECTS_VSPEC_VSPEC_H
#define VSPEC_DIALECTS_VSPEC_VSPEC_H
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "vspec/Quant/Format.h"

namespace vspec {

/// All state that lives from step to step.
struct StateResource : mlir::SideEffects::Resource::Base<StateResource> {
  llvm::StringRef getName() final { return "vspec.state"; }
};

} // namespace vspec

// clang-format off: each of these needs those before it
#include "dialects/VSpec/VSpecDialect.h.inc"
#include "dialects/VSpec/VSpecEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/VSpec/VSpecAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/VSpec/VSpecInterfaces.h.inc"
#include "dialects/VSpec/VSpecTypes.h.inc"
#define GET_OP_CLASSES
#include "dialects/VSpec/VSpecOps.h.inc"
// clang-format on
#endif
