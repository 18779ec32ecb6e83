// GPT-2: learned positions; Q, K and V in one tensor. Hugging Face folders hold matrices as columns x rows.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

TensorNames vspec::gpt2Names() {
  return {"transformer.h.",
          {{"token_embd", "transformer.wte"},
           {"position_embd", "transformer.wpe"},
           {"output_norm", "transformer.ln_f"},
           {"attn_norm", "ln_1"},
           {"attn_qkv", "attn.c_attn"},
           {"attn_output", "attn.c_proj"},
           {"ffn_norm", "ln_2"},
           {"ffn_up", "mlp.c_fc"},
           {"ffn_down", "mlp.c_proj"}},
          {".attn.bias", ".attn.masked_bias"}};
}

FamilyKeys vspec::gpt2Keys() {
  FamilyKeys keys;
  keys.names = {{"hidden_size", "n_embd"},
                {"num_hidden_layers", "n_layer"},
                {"num_attention_heads", "n_head"},
                {"max_position_embeddings", "n_positions"},
                {"intermediate_size", "n_inner"},
                {"rms_norm_eps", "layer_norm_epsilon"},
                {"hidden_act", "activation_function"}};
  keys.fourfoldFeedForward = true;
  keys.defaults.trainedContext = 1024;
  keys.defaults.epsilon = 1e-5f;
  keys.defaults.gate = GateFunction::GELUTanh;
  keys.defaults.tied = true;
  keys.read = [](ConfigFields &fields, bool isGguf, DecoderConfig &config) {
    if (isGguf)
      return;
    config.positions = config.trainedContext;
    if (!fields.booleanOr("scale_attn_weights", true))
      config.scales.attention = 1;
    for (const char *key : {"scale_attn_by_inverse_layer_idx", "add_cross_attention"})
      if (fields.booleanOr(key, false))
        fields.refuse(key, "is true, expected false");
  };
  return keys;
}

void vspec::buildGPT2(StepBuilder &step, bool) {
  LinearOptions matrix;
  matrix.bias = true;
  matrix.transposed = !step.isGguf();
  LayerNormLayer layer;
  layer.attention = partsOfQKV(step.config, /*byHead=*/false, matrix);
  layer.output = layer.feedForward = matrix;
  layer.norm.bias = true;
  layer.feedForwardNorm = "ffn_norm";
  buildLayerNormDecoder(step, layer);
}
