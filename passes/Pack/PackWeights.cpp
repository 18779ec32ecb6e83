#include "passes/Pack/Passes.h"

namespace vspec {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "passes/Pack/Passes.h.inc"
} // namespace vspec

using namespace mlir;
using namespace vspec;

namespace {
StringRef asWhat(Layout layout) {
  return layout == Layout::Plain ? "vector" : layout == Layout::RowParts ? "matrix of single rows" : "matrix";
}

struct PackWeights : vspec::impl::PackWeightsBase<PackWeights> {
  void runOnOperation() override {
    DenseMap<Attribute, Layout> layouts;
    std::pair<Layout, Layout> differing; // the last use's, and one's before
    auto use = [&](FlatSymbolRefAttr weight, Layout layout) {
      differing = {layout, layouts.try_emplace(weight, layout).first->second};
      return differing.first == differing.second;
    };
    WalkResult walked = getOperation().walk([&](Operation *op) {
      bool agree = true;
      if (auto linear = dyn_cast<LinearOp>(op))
        agree = use(linear.getWeightAttr(), Layout::Rows16);
      else if (auto embed = dyn_cast<EmbedOp>(op))
        agree = use(embed.getWeightAttr(), Layout::Rows16) && (!embed.getPositionsAttr() || use(embed.getPositionsAttr(), Layout::Plain));
      else if (auto gated = dyn_cast<GatedLinearOp>(op))
        agree = use(gated.getWeightAttr(), Layout::RowParts);
      else if (auto sparse = dyn_cast<SparseLinearOp>(op))
        agree = use(sparse.getWeightAttr(), Layout::RowParts);
      else if (auto norm = dyn_cast<RMSNormOp>(op))
        agree = !norm.getGainAttr() || use(norm.getGainAttr(), Layout::Plain);
      else if (auto norm = dyn_cast<LayerNormOp>(op))
        agree = use(norm.getGainAttr(), Layout::Plain) && (!norm.getBiasAttr() || use(norm.getBiasAttr(), Layout::Plain));
      else if (auto scale = dyn_cast<ScaleColumnsOp>(op))
        agree = use(scale.getGainAttr(), Layout::Plain);
      else if (auto permute = dyn_cast<PermuteColumnsOp>(op))
        agree = use(permute.getOrderAttr(), Layout::Plain);
      else if (auto bias = dyn_cast<AddBiasOp>(op))
        agree = use(bias.getBiasAttr(), Layout::Plain);
      else if (auto convolution = dyn_cast<CausalConv1dOp>(op))
        agree =
            use(convolution.getWeightAttr(), Layout::Plain) && (!convolution.getBias() || use(convolution.getBiasAttr(), Layout::Plain));
      else if (auto scan = dyn_cast<SSMScanOp>(op))
        agree =
            use(scan.getDecayAttr(), Layout::Plain) && use(scan.getSkipAttr(), Layout::Plain) && use(scan.getDtBiasAttr(), Layout::Plain);
      else if (auto delta = dyn_cast<GatedDeltaOp>(op))
        agree = use(delta.getDecayAttr(), Layout::Plain) && use(delta.getDtBiasAttr(), Layout::Plain);
      else if (auto attention = dyn_cast<AttentionOp>(op))
        agree = !attention.getSinksAttr() || use(attention.getSinksAttr(), Layout::Plain);
      else if (auto merge = dyn_cast<MergeSplitsOp>(op))
        agree = !merge.getSinksAttr() || use(merge.getSinksAttr(), Layout::Plain);
      if (agree)
        return WalkResult::advance();
      op->emitOpError("reads a weight as a ") << asWhat(differing.first) << " that another reads as a " << asWhat(differing.second);
      return WalkResult::interrupt();
    });
    if (walked.wasInterrupted())
      return signalPassFailure();
    for (auto weight : llvm::make_early_inc_range(getOperation().getOps<WeightOp>())) {
      auto it = layouts.find(FlatSymbolRefAttr::get(weight.getSymNameAttr()));
      if (it == layouts.end()) {
        weight.erase();
        continue;
      }
      weight.setType(weight.getWeightType().withLayout(it->second));
    }
  }
};
} // namespace
