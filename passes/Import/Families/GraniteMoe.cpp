// Granite 3 with experts, and with one that every token meets besides: Granite, whose Hugging Face folders hold the gates of all experts
// above their ups in one tensor.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

TensorNames vspec::graniteMoeNames() {
  TensorNames names;
  names.own = {{"ffn_gate_inp", "block_sparse_moe.router.layer"},
               {"ffn_gate_up_exps", "block_sparse_moe.input_linear"},
               {"ffn_down_exps", "block_sparse_moe.output_linear"},
               {"ffn_gate_up_shexp", "shared_mlp.input_linear"},
               {"ffn_down_shexp", "shared_mlp.output_linear"}};
  return names;
}

void vspec::buildGraniteMoe(StepBuilder &step, bool permuted) {
  const ExpertConfig &config = step.config.experts;
  LlamaLayer layer;
  layer.experts.weighsShared = false;
  if (!step.isGguf()) {
    int64_t width = config.feedForward, sharedWidth = config.sharedFeedForward;
    layer.experts.gate.part = {"ffn_gate_up_exps", width, 0, 2 * width};
    layer.experts.up.part = {"ffn_gate_up_exps", width, width, 2 * width};
    layer.experts.sharedGate.part = {"ffn_gate_up_shexp", sharedWidth, 0, 2 * sharedWidth};
    layer.experts.sharedUp.part = {"ffn_gate_up_shexp", sharedWidth, sharedWidth, 2 * sharedWidth};
  }
  buildLikeLlama(step, permuted, layer);
}
