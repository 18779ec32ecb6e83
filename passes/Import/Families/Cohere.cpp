// Command R and Command R7B (Cohere2): norms without biases, attention and feed-forward side by side with one norm, logits times a
// constant. RoPE turns neighbours, so Q and K are put into halves, and so are the gains of their norms. The layers of Cohere2 that see all
// tokens do not turn.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

static FamilyKeys keysOf(void (*read)(ConfigFields &, bool, DecoderConfig &)) {
  FamilyKeys keys;
  keys.names = {{"rms_norm_eps", "layer_norm_eps"}};
  keys.defaults.trainedContext = 8192;
  keys.defaults.epsilon = 1e-5f;
  keys.defaults.tied = true;
  keys.read = read;
  return keys;
}

FamilyKeys vspec::cohereKeys() {
  FamilyKeys keys = keysOf([](ConfigFields &fields, bool isGguf, DecoderConfig &config) {
    config.scales.logits = float(fields.positiveOr(isGguf ? "command-r.logit_scale" : "logit_scale", 0.0625));
    config.normsHeads = !isGguf && fields.booleanOr("use_qk_norm", false);
  });
  keys.defaults.rope.base = 500000;
  return keys;
}

FamilyKeys vspec::cohere2Keys() {
  FamilyKeys keys = keysOf([](ConfigFields &fields, bool isGguf, DecoderConfig &config) {
    config.scales.logits = float(fields.positiveOr(isGguf ? "cohere2.logit_scale" : "logit_scale", 0.0625));
    for (int64_t window : config.windows)
      config.turning.push_back(window != 0);
  });
  keys.defaults.window = 4096;
  keys.defaults.windowPeriod = 4;
  return keys;
}

void vspec::buildCohere(StepBuilder &step, bool) {
  const DecoderConfig &config = step.config;
  LayerNormLayer layer;
  AttentionOptions &attention = layer.attention;
  attention.query.bias = attention.key.bias = attention.value.bias = config.attentionBias;
  attention.query.permutedHeads = config.heads;
  attention.key.permutedHeads = config.cacheHeads;
  layer.output.bias = config.outputBias;
  layer.isParallel = layer.isGated = true;
  layer.normsHeads = step.isGguf() ? step.has("blk.0.attn_q_norm") : config.normsHeads;
  buildLayerNormDecoder(step, layer);
}
