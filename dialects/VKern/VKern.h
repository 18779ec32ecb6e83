// The vkern dialect: how a tile computes, the same for every target. The operations are documented in VKern.td.
#ifndef VSPEC_DIALECTS_VKERN_VKERN_H
#define VSPEC_DIALECTS_VKERN_VKERN_H
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

// clang-format off: operations need the dialect
#include "dialects/VKern/VKernDialect.h.inc"
#define GET_OP_CLASSES
#include "dialects/VKern/VKernOps.h.inc"
// clang-format on
#endif
