#include "passes/Pipelines/Pipelines.h"
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
#include "mlir/Transforms/Passes.h"
#include "passes/Fuse/Passes.h"
#include "passes/Lower/Passes.h"
#include "passes/Pack/Passes.h"
#include "passes/Pipelines/Passes.h"
#include "passes/PlanKV/Passes.h"
#include "passes/PlanMemory/Passes.h"
#include "passes/Quantize/Passes.h"

using namespace mlir;
using namespace vspec;

static void addStage(OpPassManager &passes, const PipelineOptions &options, Stage stage) {
  switch (stage) {
  case Stage::Import:
  case Stage::Lower:
  case Stage::Emit:
    return;
  case Stage::Quantize: {
    SelectFormatsOptions formats;
    formats.weights = options.weights;
    passes.addPass(createSelectFormats(formats));
    QuantizeActivationsOptions activations;
    activations.activations = options.activations;
    passes.addPass(createQuantizeActivations(activations));
    return;
  }
  case Stage::PlanKV: {
    PlanKVOptions plan;
    plan.keys = options.keys;
    plan.values = options.values;
    plan.context = options.context;
    plan.chunk = options.prefillRows;
    passes.addPass(createPlanKV(plan));
    return;
  }
  case Stage::Fuse:
    passes.addPass(createFuseLaunches());
    return;
  case Stage::Pack:
    passes.addPass(createPackWeights());
    return;
  case Stage::PlanMemory: {
    PlanMemoryOptions plan;
    plan.decodeRows = options.decodeRows;
    plan.prefillRows = options.prefillRows;
    passes.addPass(createPlanMemory(plan));
    return;
  }
  }
}

void vspec::addStages(OpPassManager &passes, const PipelineOptions &options, Stage last) {
  for (Stage stage : {Stage::Import, Stage::Quantize, Stage::PlanKV, Stage::Fuse, Stage::Pack, Stage::PlanMemory}) {
    if (stage > last)
      return;
    addStage(passes, options, stage);
    VerifyStageOptions verify;
    verify.after = stageNames[int(stage)];
    passes.addPass(createVerifyStage(verify));
  }
}

void vspec::registerDialects(DialectRegistry &registry) {
  registry.insert<VSpecDialect, vexec::VExecDialect, vkern::VKernDialect, arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect,
                  gpu::GPUDialect, LLVM::LLVMDialect, math::MathDialect, NVVM::NVVMDialect, scf::SCFDialect, ub::UBDialect,
                  vector::VectorDialect>();
}

void vspec::registerPasses() {
  registerQuantizePasses();
  registerPlanKVPasses();
  registerFusePasses();
  registerPackPasses();
  registerPlanMemoryPasses();
  registerLowerPasses();
  registerPipelinesPasses();
  registerCanonicalizerPass();
  registerCSEPass();
  registerArithToLLVMConversionPass();
  registerConvertControlFlowToLLVMPass();
  registerConvertFuncToLLVMPass();
  registerConvertMathToLLVMPass();
  registerConvertVectorToLLVMPass();
  registerConvertVectorToSCF();
  registerReconcileUnrealizedCastsPass();
  registerSCFToControlFlowPass();
  registerUBToLLVMConversionPass();
}
