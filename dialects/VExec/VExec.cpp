// The vexec dialect: registration and verifiers.
#include "dialects/VExec/VExec.h"
#include "dialects/VSpec/VSpec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace vspec;
using namespace vspec::vexec;
#include "dialects/VExec/VExecOpsDialect.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/VExec/VExecOpsTypes.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/VExec/VExecOpsAttrs.cpp.inc"

void VExecDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/VExec/VExecOpsTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/VExec/VExecOpsAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/VExec/VExecOps.cpp.inc"
      >();
}

LogicalResult GridAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t factor, int64_t constant, int64_t rows, int64_t slots,
                               int64_t position, int64_t selected, int64_t divisor, int64_t maximum) {
  if (divisor <= 0)
    return emitError() << "grid has divisor " << divisor << ", but it must be positive";
  if (factor < 0 || constant <= -divisor || rows < 0 || slots < 0 || position < 0 || selected < 0 || maximum < 0)
    return emitError() << "grid has a negative term";
  return success();
}

LogicalResult KernelOp::verifyRegions() {
  for (Operation &op : getBodyRegion().front())
    if (!isa<WeightOp, KVCacheOp, RecurrentStateOp, func::FuncOp>(op)) {
      InFlightDiagnostic diagnostic = emitOpError() << "holds '" << op.getName() << "', but can hold weights, states and @body";
      diagnostic.attachNote(op.getLoc()) << "it is here";
      return diagnostic;
    }
  auto functions = getBodyRegion().getOps<func::FuncOp>();
  if (!llvm::hasSingleElement(functions) || (*functions.begin()).getName() != "body" || !(*functions.begin()).getBody().hasOneBlock())
    return emitOpError() << "needs one function, @body, of one block";
  return success();
}

LogicalResult VariantOp::verify() {
  for (SliceOp slice : getBodyRegion().getOps<SliceOp>()) {
    if (slice.getOffset() % 64)
      return slice.emitOpError() << "has offset " << slice.getOffset() << ", which is no multiple of 64";
    uint64_t end = uint64_t(slice.getOffset()) + uint64_t(slice.getBytes());
    if (end > uint64_t(getArenaBytes()))
      return slice.emitOpError() << "ends at byte " << end << ", but the arena has " << getArenaBytes();
  }
  return success();
}

LogicalResult WeightRefOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!symbols.lookupNearestSymbolFrom<WeightOp>((*this)->getParentOfType<ModuleOp>(), getWeightAttr()))
    return emitOpError() << "names " << getWeightAttr() << ", which is no weight";
  return success();
}

LogicalResult StateRefOp::verifySymbolUses(SymbolTableCollection &symbols) {
  Operation *state = symbols.lookupNearestSymbolFrom((*this)->getParentOfType<ModuleOp>(), getStateAttr());
  if (!isa_and_nonnull<KVCacheOp, RecurrentStateOp>(state))
    return emitOpError() << "names " << getStateAttr() << ", which is no state";
  return success();
}

LogicalResult LaunchOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!symbols.lookupNearestSymbolFrom<KernelOp>((*this)->getParentOfType<ModuleOp>(), getKernelAttr()))
    return emitOpError() << "names " << getKernelAttr() << ", which is no kernel";
  return success();
}

#define GET_OP_CLASSES
#include "dialects/VExec/VExecOps.cpp.inc"
