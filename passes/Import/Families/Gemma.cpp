// Gemma 1 is Llama with a scaled embedding and gains stored less 1. Gemma 2 adds norms behind attention and feed-forward, soft caps and
// windows; Gemma 3 norms heads and turns its windowed layers by another base.
#include "passes/Import/Families/Families.h"
#include <cmath>

using namespace mlir;
using namespace vspec;

// Converters to GGUF have added the 1. transformers rounds the embedding's scale to the type that it computes in, here f32.
static void readGemma(ConfigFields &, bool isGguf, DecoderConfig &config) {
  config.gainsLessOne = !isGguf;
  config.scales.embedding = float(std::sqrt(double(config.hidden)));
  if (config.gate == GateFunction::GELU) // what first releases say, and do not mean
    config.gate = GateFunction::GELUTanh;
}

float vspec::readSoftCap(ConfigFields &fields, bool isGguf, const std::string &architecture, const std::string &name, float usual) {
  std::string key = isGguf ? architecture + "." + name : name;
  if (!fields.has(key))
    return fields.isNull(key) ? 0 : usual;
  return float(fields.positive(key));
}

// Of config.json. llama.cpp knows the largest model of a generation by its number of layers: there scores are scaled by the mean
// width of a head.
static float readQueryScale(ConfigFields &fields, bool isGguf, int64_t largestLayers, const DecoderConfig &config) {
  double width = isGguf ? double(config.layers == largestLayers ? config.hidden / config.heads : config.headSize)
                        : fields.positiveOr("query_pre_attn_scalar", 256);
  return float(1 / std::sqrt(width));
}

static FamilyKeys keysOf(void (*read)(ConfigFields &, bool, DecoderConfig &)) {
  FamilyKeys keys;
  keys.defaults.tied = true;
  keys.defaults.gate = GateFunction::GELUTanh;
  keys.read = read;
  return keys;
}

FamilyKeys vspec::gemmaKeys() { return keysOf(readGemma); }

FamilyKeys vspec::gemma2Keys() {
  FamilyKeys keys = keysOf([](ConfigFields &fields, bool isGguf, DecoderConfig &config) {
    readGemma(fields, isGguf, config);
    config.scales.attention = readQueryScale(fields, isGguf, 46, config);
    config.scales.attentionCap = readSoftCap(fields, isGguf, "gemma2", "attn_logit_softcapping", 50);
    config.scales.logitCap = readSoftCap(fields, isGguf, "gemma2", "final_logit_softcapping", 30);
  });
  keys.defaults.window = 4096;
  keys.defaults.windowPeriod = 2;
  return keys;
}

FamilyKeys vspec::gemma3Keys() {
  FamilyKeys keys = keysOf([](ConfigFields &fields, bool isGguf, DecoderConfig &config) {
    readGemma(fields, isGguf, config);
    config.scales.attention = readQueryScale(fields, isGguf, 62, config);
    config.scales.attentionCap = readSoftCap(fields, isGguf, "gemma3", "attn_logit_softcapping", 0);
    config.scales.logitCap = readSoftCap(fields, isGguf, "gemma3", "final_logit_softcapping", 0);
    if (fields.booleanOr("use_bidirectional_attention", false))
      fields.refuse("use_bidirectional_attention", "is true, expected a model whose tokens see only what is before them");
  });
  DecoderConfig &defaults = keys.defaults;
  defaults.vocabulary = 262208;
  defaults.heads = 8;
  defaults.cacheHeads = 4;
  defaults.trainedContext = 131072;
  defaults.window = 4096;
  defaults.windowPeriod = 6;
  defaults.rope.base = 1e6;
  defaults.windowRope = Rope();
  return keys;
}

static void build(StepBuilder &step, bool normsHeads) {
  const DecoderConfig &config = step.config;
  LinearOptions attention, output;
  attention.bias = config.attentionBias;
  output.bias = config.outputBias;

  Value x = step.embed();
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    step.enterLayer(layer);
    Value n = step.norm(x, "attn_norm");
    Value q = step.linear(n, "attn_q", config.queryWidth(), attention);
    Value k = step.linear(n, "attn_k", config.cacheWidth(), attention);
    Value v = step.linear(n, "attn_v", config.cacheWidth(), attention);
    if (normsHeads) {
      q = step.norm(q, "attn_q_norm", config.heads);
      k = step.norm(k, "attn_k_norm", config.cacheHeads);
    }
    Value a = step.linear(step.attend(q, k, v), "attn_output", config.hidden, output);
    x = step.add(x, step.norm(a, "post_attention_norm"), "attn_residual");

    n = step.norm(x, "pre_ffw_norm");
    Value gate = step.linear(n, "ffn_gate", config.feedForward);
    Value up = step.linear(n, "ffn_up", config.feedForward);
    Value h = step.linear(step.gate(gate, up), "ffn_down", config.hidden);
    x = step.add(x, step.norm(h, "post_ffw_norm"), "ffn_residual");
  }
  step.logits(x);
}

void vspec::buildGemma2(StepBuilder &step, bool) { build(step, /*normsHeads=*/false); }
void vspec::buildGemma3(StepBuilder &step, bool) { build(step, /*normsHeads=*/true); }
