// vspec-opt: reads a module, runs passes on it, writes it. For tests and for looking.
#include "dialects/VExec/VExec.h"
#include "dialects/VKern/VKern.h"
#include "dialects/VSpec/VSpec.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Fuse/Passes.h"
#include "passes/Lower/Passes.h"
#include "passes/Pack/Passes.h"
#include "passes/Pipelines/Passes.h"
#include "passes/PlanKV/Passes.h"
#include "passes/PlanMemory/Passes.h"
#include "passes/Quantize/Passes.h"
#include "llvm/Support/CommandLine.h"

static void registerDialects(mlir::DialectRegistry &registry) {
  registry.insert<vspec::VSpecDialect, vspec::vexec::VExecDialect, vspec::vkern::VKernDialect>();
  registry.insert<mlir::arith::ArithDialect, mlir::cf::ControlFlowDialect, mlir::func::FuncDialect, mlir::gpu::GPUDialect,
                  mlir::LLVM::LLVMDialect, mlir::math::MathDialect, mlir::NVVM::NVVMDialect, mlir::scf::SCFDialect, mlir::ub::UBDialect,
                  mlir::vector::VectorDialect>();
}

static void registerPasses() {
  vspec::registerQuantizePasses();
  vspec::registerPlanKVPasses();
  vspec::registerFusePasses();
  vspec::registerPackPasses();
  vspec::registerPlanMemoryPasses();
  vspec::registerLowerPasses();
  vspec::registerPipelinesPasses();
  mlir::registerCanonicalizerPass();
  mlir::registerCSEPass();
  mlir::registerArithToLLVMConversionPass();
  mlir::registerConvertControlFlowToLLVMPass();
  mlir::registerConvertFuncToLLVMPass();
  mlir::registerConvertMathToLLVMPass();
  mlir::registerConvertVectorToLLVMPass();
  mlir::registerConvertVectorToSCF();
  mlir::registerReconcileUnrealizedCastsPass();
  mlir::registerSCFToControlFlowPass();
  mlir::registerUBToLLVMConversionPass();
}

int main(int argc, char **argv) {
  llvm::cl::SetVersionPrinter([](llvm::raw_ostream &os) { os << "vspec-opt " VSPEC_VERSION "\n"; });
  mlir::DialectRegistry registry;
  registerDialects(registry);
  registerPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Runs passes on a vspec module\n", registry));
}
