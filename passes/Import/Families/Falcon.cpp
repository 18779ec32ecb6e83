// Falcon: attention and feed-forward side by side, with one norm (7B, 11B) or two (40B, 180B). Hugging Face folders hold, for each head of
// the cache, its queries, its key and its value; converters to GGUF put Q, K and V one behind the other.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

TensorNames vspec::falconNames() {
  return {"transformer.h.",
          {{"token_embd", "transformer.word_embeddings"},
           {"output_norm", "transformer.ln_f"},
           {"attn_norm_2", "ln_attn"},
           {"mlp_norm", "ln_mlp"},
           {"attn_qkv", "self_attention.query_key_value"},
           {"attn_output", "self_attention.dense"},
           {"ffn_up", "mlp.dense_h_to_4h"},
           {"ffn_down", "mlp.dense_4h_to_h"}}};
}

static void read(ConfigFields &fields, bool isGguf, DecoderConfig &config) {
  config.parallel = true;
  if (isGguf)
    return;
  if (fields.booleanOr("alibi", false))
    fields.refuse("alibi", "is true, which no kernel computes; expected false, heads that turn by their position");
  bool isNew = fields.booleanOr("new_decoder_architecture", false);
  if (!isNew)
    config.cacheHeads = fields.booleanOr("multi_query", true) ? 1 : config.heads;
  config.parallel = isNew || fields.booleanOr("parallel_attn", true);
  config.twoNorms = isNew && fields.countOr("num_ln_in_parallel_attn", 2, 2) == 2;
  config.attentionBias = config.outputBias = config.feedForwardBias = fields.booleanOr("bias", false);
}

FamilyKeys vspec::falconKeys() {
  FamilyKeys keys;
  keys.names = {{"hidden_size", "n_embed"},
                {"num_hidden_layers", "n_layer"},
                {"num_attention_heads", "n_head"},
                {"num_key_value_heads", "num_kv_heads"},
                {"intermediate_size", "ffn_hidden_size"},
                {"rms_norm_eps", "layer_norm_epsilon"},
                {"hidden_act", "activation"}};
  keys.fourfoldFeedForward = true;
  keys.defaults.trainedContext = 2048;
  keys.defaults.epsilon = 1e-5f;
  keys.defaults.gate = GateFunction::GELU;
  keys.defaults.tied = true;
  keys.read = read;
  return keys;
}

void vspec::buildFalcon(StepBuilder &step, bool) {
  const DecoderConfig &config = step.config;
  bool hasTwoNorms = step.isGguf() ? step.has("blk.0.attn_norm_2") : config.twoNorms;
  LinearOptions attention;
  attention.bias = config.attentionBias;
  LayerNormLayer layer;
  layer.attention = partsOfQKV(config, /*byHead=*/!step.isGguf(), attention);
  layer.output.bias = config.outputBias;
  layer.feedForward.bias = config.feedForwardBias;
  layer.norm.bias = true;
  layer.isParallel = config.parallel;
  if (hasTwoNorms) {
    layer.attentionNorm = "attn_norm_2";
    layer.feedForwardNorm = step.isGguf() ? "attn_norm" : "mlp_norm";
  } else if (!layer.isParallel) {
    layer.feedForwardNorm = "ffn_norm";
  }
  buildLayerNormDecoder(step, layer);
}
