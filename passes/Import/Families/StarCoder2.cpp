// StarCoder2: biases everywhere, a feed-forward without a gate, a window in all layers.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

TensorNames vspec::starCoder2Names() { return {"model.layers.", {{"ffn_up", "mlp.c_fc"}, {"ffn_down", "mlp.c_proj"}}}; }

FamilyKeys vspec::starCoder2Keys() {
  FamilyKeys keys;
  keys.names = {{"rms_norm_eps", "norm_epsilon"}, {"attention_bias", "use_bias"}, {"mlp_bias", "use_bias"}};
  DecoderConfig &defaults = keys.defaults;
  defaults.trainedContext = 4096;
  defaults.epsilon = 1e-5f;
  defaults.gate = GateFunction::GELUTanh;
  defaults.windowPeriod = maxLayers + 1; // none is left out
  defaults.tied = defaults.attentionBias = defaults.outputBias = defaults.feedForwardBias = true;
  return keys;
}

void vspec::buildStarCoder2(StepBuilder &step, bool) {
  LayerNormLayer layer;
  layer.attention.query.bias = layer.attention.key.bias = layer.attention.value.bias = step.config.attentionBias;
  layer.output.bias = step.config.outputBias;
  layer.feedForward.bias = step.config.feedForwardBias;
  layer.norm.bias = true;
  layer.feedForwardNorm = "ffn_norm";
  buildLayerNormDecoder(step, layer);
}
