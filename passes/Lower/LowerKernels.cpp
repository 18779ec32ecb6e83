#include "passes/Lower/LowerKernels.h"
#include "dialects/VExec/VExec.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Lower/Passes.h"

using namespace mlir;
using namespace vspec;

void vspec::addLowerPasses(OpPassManager &passes, const CodeTarget &target, int64_t rowCapacity) {
  BuildKernelsOptions build;
  build.registerBytes = target.registerBytes;
  // A row takes two accumulators for each register of a line and on the integer path as many again for sums in the making.
  int64_t registersOfRow = 64 / target.registerBytes * 4;
  build.integerRows = target.registers / registersOfRow;
  build.floatRows = target.registers / registersOfRow;
  build.rowCapacity = rowCapacity;
  build.foldsScales = target.vkern == "avx512" || target.vkern == "avxvnni"; // others want more instructions above 127
  passes.addPass(createBuildKernels(build));
  ConvertVKernOptions convert;
  convert.target = std::string(target.vkern);
  passes.addPass(createConvertVKern(convert));
  passes.addPass(createCanonicalizerPass());
  passes.addPass(createCSEPass());
  passes.addPass(createSCFToControlFlowPass());
  passes.addPass(createConvertVectorToLLVMPass());
  passes.addPass(createUBToLLVMConversionPass());
  passes.addPass(createConvertMathToLLVMPass());
  passes.addPass(createArithToLLVMConversionPass());
  passes.addPass(createConvertFuncToLLVMPass());
  passes.addPass(createConvertControlFlowToLLVMPass());
  passes.addPass(createReconcileUnrealizedCastsPass());
}

FailureOr<LoweredKernels> vspec::lowerKernels(ModuleOp module, const CodeTarget &target, int64_t rowCapacity, llvm::LLVMContext &context) {
  if (Result<void> fits = checkConversion(target); !fits)
    return module.emitError(fits.error().message);
  LoweredKernels lowered;
  lowered.dialect = ModuleOp::create(module.getLoc());
  OpBuilder builder(lowered.dialect->getBody(), lowered.dialect->getBody()->begin());
  for (auto kernel : module.getOps<vexec::KernelOp>())
    builder.clone(*kernel);

  PassManager early(module.getContext()), late(module.getContext());
  addLowerPasses(early, target, rowCapacity);
  if (failed(early.run(*lowered.dialect)))
    return failure();
  for (auto function : lowered.dialect->getOps<LLVM::LLVMFuncOp>()) {
    StringRef name = function.getName();
    lowered.functions.push_back(name.str());
    auto scratch = function->removeAttr("vexec.scratch_bytes"), panel = function->removeAttr("vexec.panel_bytes");
    if (scratch && panel) // of a tile function
      lowered.memory[name.rsplit('.').first] = {cast<IntegerAttr>(scratch).getInt(), cast<IntegerAttr>(panel).getInt()};
  }
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  lowered.module = translateModuleToLLVMIR(*lowered.dialect, context, "kernels");
  if (!lowered.module)
    return failure(); // the translation has told why
  return lowered;
}
