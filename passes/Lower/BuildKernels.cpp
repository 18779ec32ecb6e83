// Replaces the bodies in vspec by the functions that compute them.
#include "dialects/VKern/VKern.h"
#include "dialects/VSpec/VSpec.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/Lower/BuildKernel.h"
#include "passes/Lower/Passes.h"
#include "passes/PlanMemory/LaunchTiles.h"

namespace vspec {
#define GEN_PASS_DEF_BUILDKERNELS
#include "passes/Lower/Passes.h.inc"
} // namespace vspec

using namespace mlir;
using namespace vspec;

namespace {
struct BuildKernels : vspec::impl::BuildKernelsBase<BuildKernels> {
  using BuildKernelsBase::BuildKernelsBase;

  void runOnOperation() override {
    if (registerBytes != 64 && registerBytes != 32 && registerBytes != 16) {
      getOperation().emitError() << "register-bytes is " << registerBytes.getValue() << ", expected 64, 32 or 16";
      return signalPassFailure();
    }
    if (integerRows < 1 || floatRows < 1 || rowCapacity < 1) {
      getOperation().emitError() << "integer-rows is " << integerRows.getValue() << ", float-rows " << floatRows.getValue()
                                 << " and row-capacity " << rowCapacity.getValue() << ", expected at least 1 each";
      return signalPassFailure();
    }
    KernelTarget target{registerBytes, integerRows, floatRows, rowCapacity, foldsScales};
    OpBuilder builder(&getContext());
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<vexec::KernelOp>())) {
      builder.setInsertionPoint(kernel);
      auto body = *kernel.getBodyRegion().getOps<func::FuncOp>().begin();
      FailureOr<KernelFunctions> functions = onlyOp<AttentionOp>(body)      ? buildAttentionKernel(builder, kernel, target)
                                             : onlyOp<MergeSplitsOp>(body)  ? buildMergeKernel(builder, kernel, target)
                                             : onlyOp<EmbedOp>(body)        ? buildEmbedKernel(builder, kernel, target)
                                             : onlyOp<RouteOp>(body)        ? buildRouteKernel(builder, kernel, target)
                                             : onlyOp<LinearOp>(body)       ? buildLinearKernel(builder, kernel, target)
                                             : onlyOp<CausalConv1dOp>(body) ? buildConvolutionKernel(builder, kernel, target)
                                             : onlyOp<SSMScanOp>(body)      ? buildScanKernel(builder, kernel, target)
                                             : onlyOp<GatedDeltaOp>(body)   ? buildDeltaKernel(builder, kernel, target)
                                             : onlyOp<GatedLinearOp>(body)  ? buildGatedLinearKernel(builder, kernel, target)
                                             : onlyOp<SparseLinearOp>(body) ? buildSparseLinearKernel(builder, kernel, target)
                                                                            : buildRowKernel(builder, kernel, target);
      if (failed(functions))
        return signalPassFailure();
      functions->tile->setAttr("vexec.scratch_bytes", builder.getI64IntegerAttr(functions->scratchBytes));
      functions->tile->setAttr("vexec.panel_bytes", builder.getI64IntegerAttr(functions->panelBytes));
    }
    for (Operation &op : llvm::make_early_inc_range(*getOperation().getBody()))
      if (!isa<LLVM::GlobalOp>(op) && (!isa<func::FuncOp>(op) || !cast<func::FuncOp>(op).getName().contains('.')))
        op.erase();
  }
};
} // namespace
