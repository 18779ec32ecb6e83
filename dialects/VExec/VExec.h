// The vexec dialect: programs as lists of launches over planned memory.
#ifndef VSPEC_DIALECTS_VEXEC_VEXEC_H
#define VSPEC_DIALECTS_VEXEC_VEXEC_H
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"

#include "dialects/VExec/VExecOpsDialect.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/VExec/VExecOpsTypes.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/VExec/VExecOpsAttrs.h.inc"
#define GET_OP_CLASSES
#include "dialects/VExec/VExecOps.h.inc"
#endif
