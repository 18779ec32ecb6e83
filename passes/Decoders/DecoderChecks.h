// What the text of a decoder may hold. A file is hostile: nothing in it may make the compiler or a kernel read beside a block or
// a table, run for long or compute what is not defined.
#ifndef VSPEC_PASSES_DECODERS_DECODERCHECKS_H
#define VSPEC_PASSES_DECODERS_DECODERCHECKS_H
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace vspec {

/// Before MLIR's parser, which goes as deep as the text does.
bool isNestedTooDeep(llvm::StringRef text);
/// The one function, or an error: operations, types, tables, loops, and how much it becomes in `calls` calls.
mlir::FailureOr<mlir::func::FuncOp> checkDecoder(mlir::ModuleOp module);
mlir::LogicalResult checkCost(mlir::func::FuncOp function, uint64_t calls);
/// What is left after loops were written out: that places and shifts are inside their bounds.
mlir::LogicalResult checkBlock(mlir::ModuleOp module);

} // namespace vspec
#endif
