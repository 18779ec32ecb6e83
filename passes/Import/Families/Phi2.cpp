// Phi-1, 1.5 and 2: attention and feed-forward side by side with one norm, biases on everything, the logits included.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

TensorNames vspec::phi2Names() {
  return {"model.layers.",
          {{"output_norm", "model.final_layernorm"}, {"attn_output", "self_attn.dense"}, {"ffn_up", "mlp.fc1"}, {"ffn_down", "mlp.fc2"}}};
}

FamilyKeys vspec::phi2Keys() {
  FamilyKeys keys;
  keys.names = {{"rms_norm_eps", "layer_norm_eps"}};
  keys.defaults.rope.part = 0.5;
  keys.defaults.trainedContext = 2048;
  keys.defaults.epsilon = 1e-5f;
  keys.defaults.gate = GateFunction::GELUTanh;
  keys.read = [](ConfigFields &fields, bool isGguf, DecoderConfig &) {
    if (!isGguf && fields.booleanOr("qk_layernorm", false))
      fields.refuse("qk_layernorm", "is true, expected false");
  };
  return keys;
}

void vspec::buildPhi2(StepBuilder &step, bool) {
  LinearOptions matrix;
  matrix.bias = true;
  LayerNormLayer layer;
  layer.attention =
      step.has("blk.0.attn_qkv") ? partsOfQKV(step.config, /*byHead=*/false, matrix) : AttentionOptions{matrix, matrix, matrix};
  layer.output = layer.feedForward = layer.norm = matrix;
  layer.isParallel = true;
  buildLayerNormDecoder(step, layer, matrix);
}
