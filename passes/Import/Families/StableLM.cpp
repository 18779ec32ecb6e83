// StableLM: Llama with layer norms and heads that turn in part. StableLM 2 12B norms heads, each with its own gain, and has attention and
// feed-forward side by side with one norm.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

TensorNames vspec::stableLMNames() {
  return {"model.layers.", {{"attn_q_norm.*", "self_attn.q_layernorm.norms.*"}, {"attn_k_norm.*", "self_attn.k_layernorm.norms.*"}}};
}

FamilyKeys vspec::stableLMKeys() {
  FamilyKeys keys;
  keys.names = {{"rms_norm_eps", "layer_norm_eps"}};
  keys.defaults.rope.part = 0.25;
  keys.defaults.trainedContext = 4096;
  keys.defaults.epsilon = 1e-5f;
  keys.read = [](ConfigFields &fields, bool isGguf, DecoderConfig &config) {
    if (isGguf)
      return; // its tensors tell
    config.attentionBias = fields.booleanOr("use_qkv_bias", false);
    config.parallel = fields.booleanOr("use_parallel_residual", false);
    config.normsHeads = fields.booleanOr("qk_layernorm", false);
  };
  return keys;
}

void vspec::buildStableLM(StepBuilder &step, bool) {
  LayerNormLayer layer;
  layer.attention.query.bias = layer.attention.key.bias = layer.attention.value.bias = step.config.attentionBias;
  layer.norm.bias = layer.isGated = true;
  layer.isParallel = step.isGguf() ? !step.has("blk.0.ffn_norm") : step.config.parallel;
  layer.feedForwardNorm = layer.isParallel ? "" : "ffn_norm";
  layer.normsHeads = step.isGguf() ? step.has("blk.0.attn_q_norm") : step.config.normsHeads;
  layer.headsApart = !step.isGguf();
  buildLayerNormDecoder(step, layer);
}
