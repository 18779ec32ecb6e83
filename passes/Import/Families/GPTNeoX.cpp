// GPT-NeoX and Pythia: heads turn in part, attention and feed-forward stand side by side with a norm each. Hugging Face folders hold Q, K
// and V of each head beside each other; converters to GGUF put them one behind the other.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

TensorNames vspec::gptNeoXNames() {
  return {"gpt_neox.layers.",
          {{"token_embd", "gpt_neox.embed_in"},
           {"output_norm", "gpt_neox.final_layer_norm"},
           {"output", "embed_out"},
           {"attn_qkv", "attention.query_key_value"},
           {"attn_output", "attention.dense"},
           {"ffn_up", "mlp.dense_h_to_4h"},
           {"ffn_down", "mlp.dense_4h_to_h"}},
          {".attention.bias", ".attention.masked_bias"}};
}

FamilyKeys vspec::gptNeoXKeys() {
  FamilyKeys keys;
  keys.names = {{"rms_norm_eps", "layer_norm_eps"}, {"partial_rotary_factor", "rotary_pct"}, {"rope_theta", "rotary_emb_base"}};
  keys.defaults.rope.part = 0.25;
  keys.defaults.trainedContext = 2048;
  keys.defaults.epsilon = 1e-5f;
  keys.defaults.gate = GateFunction::GELU;
  keys.defaults.attentionBias = keys.defaults.outputBias = true;
  keys.read = [](ConfigFields &fields, bool isGguf, DecoderConfig &config) {
    config.parallel = fields.booleanOr(isGguf ? "gptneox.use_parallel_residual" : "use_parallel_residual", true);
  };
  return keys;
}

void vspec::buildGPTNeoX(StepBuilder &step, bool) {
  LinearOptions attention;
  attention.bias = step.config.attentionBias;
  LayerNormLayer layer;
  layer.attention = partsOfQKV(step.config, /*byHead=*/!step.isGguf(), attention);
  layer.output.bias = step.config.outputBias;
  layer.feedForward.bias = layer.norm.bias = true;
  layer.feedForwardNorm = "ffn_norm";
  layer.isParallel = step.config.parallel;
  buildLayerNormDecoder(step, layer);
}
