// The Lower stage for one instruction set: kernels in vspec become an LLVM module.
#ifndef VSPEC_PASSES_LOWER_LOWERKERNELS_H
#define VSPEC_PASSES_LOWER_LOWERKERNELS_H
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "vspec/Target/CodeTarget.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"

namespace vspec {

/// Everything from `vexec.kernel` to the llvm dialect, for a module that holds the kernels.
void addLowerPasses(mlir::OpPassManager &passes, const CodeTarget &target, int64_t rowCapacity);

/// Bytes of a kernel: scratch of each worker, and a panel.
struct KernelMemory {
  int64_t scratch = 0, panel = 0; // multiples of 64
  int64_t ofWorker() const { return scratch + panel; }
};

struct LoweredKernels {
  mlir::OwningOpRef<mlir::ModuleOp> dialect; // in the llvm dialect
  std::unique_ptr<llvm::Module> module;
  std::vector<std::string> functions;   // entry points, as in the module
  llvm::StringMap<KernelMemory> memory; // by kernel
};

/// Lowers copies of the module's kernels; the module is not changed.
mlir::FailureOr<LoweredKernels> lowerKernels(mlir::ModuleOp module, const CodeTarget &target, int64_t rowCapacity,
                                             llvm::LLVMContext &context);

} // namespace vspec
#endif
