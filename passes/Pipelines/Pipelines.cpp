#include "passes/Pipelines/Pipelines.h"
#include "dialects/VExec/VExec.h"
#include "dialects/VKern/VKern.h"
#include "dialects/VSpec/VSpec.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Conversion/VectorToSCF/VectorToSCF.h"
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
    activations.block = options.activationBlock;
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

namespace {
/// What vspec-opt's pipelines take: the options of vspec-compile, by the same names.
struct StagesOptions : PassPipelineOptions<StagesOptions> {
  Option<Stage> last{*this, "last", llvm::cl::desc("stage to end with"), llvm::cl::init(Stage::PlanMemory),
                     llvm::cl::values(clEnumValN(Stage::Quantize, "quantize", ""), clEnumValN(Stage::PlanKV, "plan-kv", ""),
                                      clEnumValN(Stage::Fuse, "fuse", ""), clEnumValN(Stage::Pack, "pack", ""),
                                      clEnumValN(Stage::PlanMemory, "plan-memory", ""))};
  Option<std::string> weights{*this, "weights", llvm::cl::desc("rules; none: the defaults"), llvm::cl::init("")};
  Option<std::string> activations{*this, "activations", llvm::cl::desc("int8, bf16 or f32"), llvm::cl::init("int8")};
  Option<std::string> activationBlock{*this, "activation-block", llvm::cl::desc("group or token"), llvm::cl::init("group")};
  Option<std::string> keys{*this, "k", llvm::cl::desc("format of the keys"), llvm::cl::init("f16")};
  Option<std::string> values{*this, "v", llvm::cl::desc("format of the values"), llvm::cl::init("f16")};
  Option<int64_t> context{*this, "context", llvm::cl::desc("most tokens of a session"), llvm::cl::init(0)};
  Option<int64_t> decodeRows{*this, "decode-rows", llvm::cl::desc("row capacity of decode"), llvm::cl::init(1)};
  Option<int64_t> prefillRows{*this, "prefill-rows", llvm::cl::desc("row capacity of prefill"), llvm::cl::init(64)};
};

void registerPipelines() {
  PassPipelineRegistration<StagesOptions>(
      "vspec-stages", "all stages behind Import up to `last`, each with its check", [](OpPassManager &passes, const StagesOptions &given) {
        PipelineOptions options;
        options.weights = given.weights;
        options.activations = given.activations;
        options.activationBlock = given.activationBlock;
        options.keys = given.keys;
        options.values = given.values;
        options.context = given.context;
        options.decodeRows = given.decodeRows;
        options.prefillRows = given.prefillRows;
        addStages(passes, options, given.last);
      });
}
} // namespace

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
  registerPipelines();
  registerCanonicalizerPass();
  registerCSEPass();
  // Each by itself: the header of all conversions takes 15 s to compile.
  registerPass([] { return createArithToLLVMConversionPass(); });
  registerPass([] { return createConvertControlFlowToLLVMPass(); });
  registerPass([] { return createConvertFuncToLLVMPass(); });
  registerPass([] { return createConvertMathToLLVMPass(); });
  registerPass([] { return createConvertVectorToLLVMPass(); });
  registerPass([] { return createConvertVectorToSCFPass(); });
  registerPass([] { return createReconcileUnrealizedCastsPass(); });
  registerPass([] { return createSCFToControlFlowPass(); });
  registerPass([] { return createUBToLLVMConversionPass(); });
}
