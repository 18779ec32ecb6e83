// Makes kernels of fused regions: equal regions share one.
#ifndef VSPEC_PASSES_PLANMEMORY_KERNELOUTLINER_H
#define VSPEC_PASSES_PLANMEMORY_KERNELOUTLINER_H
#include "dialects/VExec/VExec.h"
#include "dialects/VSpec/VSpec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringMap.h"

namespace vspec {

/// A launch of a kernel: which weights and caches of the model stand for the kernel's own symbols, in their order.
struct OutlinedLaunch {
  vexec::KernelOp kernel;
  mlir::SmallVector<mlir::FlatSymbolRefAttr> symbols;
  mlir::func::FuncOp body() const { return *vexec::KernelOp(kernel).getBodyRegion().getOps<mlir::func::FuncOp>().begin(); }
};

class KernelOutliner {
public:
  /// `symbols` has the module's weights, caches and states.
  KernelOutliner(mlir::ModuleOp module, const mlir::SymbolTable &symbols) : module(module), symbols(symbols) {}
  /// Adds a kernel to the module unless an equal one is there.
  OutlinedLaunch outline(FusedOp fused);

private:
  mlir::ModuleOp module;
  const mlir::SymbolTable &symbols;
  llvm::StringMap<vexec::KernelOp> kernels; // by the text of their bodies
};

} // namespace vspec
#endif
