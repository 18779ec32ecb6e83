#include "dialects/VExec/VExec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/Pipelines/Passes.h"
#include "passes/Pipelines/Pipelines.h"
#include "vspec/Quant/Format.h"

namespace vspec {
#define GEN_PASS_DEF_VERIFYSTAGE
#include "passes/Pipelines/Passes.h.inc"
} // namespace vspec

using namespace mlir;
using namespace vspec;

namespace {
LogicalResult afterImport(ModuleOp module) {
  if (!module.lookupSymbol<func::FuncOp>("step"))
    return module.emitError("after import: has no function @step");
  for (auto weight : module.getOps<WeightOp>())
    if (weight.getSource().empty())
      return weight.emitError() << "after import: @" << weight.getSymName() << " has no source";
  return success();
}

LogicalResult afterQuantize(ModuleOp module) {
  SymbolTable symbols(module);
  WalkResult walked = module.walk([&](LinearOp linear) -> WalkResult {
    WeightType type = symbols.lookup<WeightOp>(linear.getWeight()).getWeightType();
    Result<NormalForm> form = normalForm(type.getParsedFormat(), type.getColumns());
    if (!form)
      return linear.emitOpError("after quantize: has a weight without a kernel: ") << form.error().message;
    if (linear.getInput().getDefiningOp<QuantizeOp>() && !form->hasIntegerForm())
      return linear.emitOpError("after quantize: reads int8 activations, but its weight has no integer form: ") << type.getFormat();
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

LogicalResult afterPlanKV(ModuleOp module) {
  for (auto cache : module.getOps<KVCacheOp>())
    if (!cache.getCacheType().isPlanned())
      return cache.emitError() << "after plan-kv: @" << cache.getSymName() << " has no capacity";
  return success();
}

LogicalResult afterFuse(ModuleOp module) {
  auto step = module.lookupSymbol<func::FuncOp>("step");
  if (!step || step.isExternal())
    return module.emitError("after fuse: has no function @step with a body");
  for (Operation &op : step.getBody().front().without_terminator())
    if (!isa<FusedOp>(op))
      return op.emitOpError("after fuse: is outside of all launches");
  return success();
}

LogicalResult afterPack(ModuleOp module) {
  for (auto weight : module.getOps<WeightOp>())
    if (weight.getWeightType().getLayout() == Layout::Unpacked)
      return weight.emitError() << "after pack: @" << weight.getSymName() << " has no layout";
  return success();
}

LogicalResult afterPlanMemory(ModuleOp module) {
  auto program = module.lookupSymbol<vexec::ProgramOp>("step");
  if (!program)
    return module.emitError("after plan-memory: has no program @step");
  WalkResult walked = program.walk([&](vexec::LaunchOp launch) -> WalkResult {
    auto kernel = module.lookupSymbol<vexec::KernelOp>(launch.getKernel());
    auto body = *kernel.getBodyRegion().getOps<func::FuncOp>().begin();
    size_t reads = body.getNumArguments(), writes = body.getNumResults();
    for (Operation &op : kernel.getBodyRegion().front())
      reads += isa<WeightOp, KVCacheOp, RecurrentStateOp>(op);
    if (launch.getReads().size() != reads || launch.getWrites().size() != writes)
      return launch.emitOpError("after plan-memory: reads ")
             << launch.getReads().size() << " operands and writes " << launch.getWrites().size() << ", but @" << launch.getKernel()
             << " reads " << reads << " and writes " << writes;
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

struct VerifyStage : vspec::impl::VerifyStageBase<VerifyStage> {
  using VerifyStageBase::VerifyStageBase;

  void runOnOperation() override {
    using Check = LogicalResult (*)(ModuleOp);
    static const Check checks[] = {afterImport, afterQuantize, afterPlanKV, afterFuse, afterPack, afterPlanMemory};
    for (auto [index, check] : llvm::enumerate(checks))
      if (after == stageNames[index]) {
        if (failed(check(getOperation())))
          signalPassFailure();
        return markAllAnalysesPreserved();
      }
    getOperation().emitError() << "there is no stage '" << after << "'";
    signalPassFailure();
  }
};
} // namespace
