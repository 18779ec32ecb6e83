// Families that Llama's function builds: what their files say besides, or leave out.
#include "passes/Import/Families/Families.h"

using namespace vspec;

FamilyKeys vspec::mistralKeys() {
  FamilyKeys keys;
  keys.defaults.trainedContext = 131072;
  keys.defaults.window = 4096;
  keys.defaults.windowPeriod = maxLayers + 1; // none is left out
  return keys;
}

FamilyKeys vspec::qwen2Keys() {
  FamilyKeys keys;
  keys.defaults.attentionBias = true;
  keys.defaults.window = 4096;
  return keys;
}

FamilyKeys vspec::qwen2MoeKeys() {
  FamilyKeys keys = qwen2Keys();
  keys.read = [](ConfigFields &fields, bool isGguf, DecoderConfig &config) {
    config.attentionBias = isGguf || fields.booleanOr("qkv_bias", true);
    if (!config.experts.normalized)
      config.experts.normalized = false;
  };
  return keys;
}

FamilyKeys vspec::mixtralKeys() {
  FamilyKeys keys;
  keys.defaults.epsilon = 1e-5f;
  keys.defaults.rope.base = 1e6;
  keys.defaults.trainedContext = 131072;
  keys.defaults.windowPeriod = maxLayers + 1; // none is left out, where a file has a window
  keys.defaults.experts.count = 8;
  keys.defaults.experts.chosen = 2;
  keys.defaults.experts.normalized = true;
  return keys;
}

static void readGranite(ConfigFields &fields, const char *scope, DecoderConfig &config) {
  auto read = [&](const char *inConfig, const char *inGguf) {
    return float(fields.positiveOr(scope ? std::string(scope) + inGguf : inConfig, 1));
  };
  config.scales.embedding = read("embedding_multiplier", "embedding_scale");
  config.scales.residual = read("residual_multiplier", "residual_scale");
  config.scales.attention = read("attention_multiplier", "attention.scale");
  config.scales.logits = 1 / read("logits_scaling", "logit_scale");
}

FamilyKeys vspec::graniteKeys() {
  FamilyKeys keys;
  keys.read = [](ConfigFields &fields, bool isGguf, DecoderConfig &config) { readGranite(fields, isGguf ? "granite." : nullptr, config); };
  return keys;
}

FamilyKeys vspec::graniteMoeKeys() {
  FamilyKeys keys;
  keys.defaults.trainedContext = 2048;
  keys.defaults.experts.count = 8;
  keys.defaults.experts.chosen = 2;
  keys.defaults.experts.normalized = true;
  keys.read = [](ConfigFields &fields, bool isGguf, DecoderConfig &config) {
    readGranite(fields, isGguf ? "granitemoe." : nullptr, config);
    if (!isGguf)
      config.experts.sharedFeedForward = fields.countOrZero("shared_intermediate_size", maxWidth);
  };
  return keys;
}

// Each fourth layer does not turn. GGUF files do not say so.
FamilyKeys vspec::smolLM3Keys() {
  FamilyKeys keys;
  keys.defaults.tied = true;
  keys.defaults.rope.base = 2e6;
  keys.read = [](ConfigFields &fields, bool, DecoderConfig &config) {
    int64_t period = fields.countOr("no_rope_layer_interval", maxLayers, 4);
    std::vector<double> told = fields.numbersOr("no_rope_layers", config.layers);
    for (int64_t layer = 0; layer < config.layers; ++layer)
      config.turning.push_back(told.empty() ? (layer + 1) % period != 0 : told[size_t(layer)] != 0);
    if (fields.booleanOr("use_sliding_window", false) && !fields.has("layer_types"))
      fields.refuse("use_sliding_window", "is true without layer_types, expected them to say which layers have the window");
  };
  return keys;
}

TensorNames vspec::mixtralNames() {
  TensorNames names;
  names.own = {{"ffn_gate_inp", "block_sparse_moe.gate"},
               {"ffn_gate_exps.*", "block_sparse_moe.experts.*.w1"},
               {"ffn_up_exps.*", "block_sparse_moe.experts.*.w3"},
               {"ffn_down_exps.*", "block_sparse_moe.experts.*.w2"}};
  return names;
}
