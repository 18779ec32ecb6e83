// What the families whose norms take the mean off have in common: attention and a feed-forward, one behind the other or side by side.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

AttentionOptions vspec::partsOfQKV(const DecoderConfig &config, bool byHead, const LinearOptions &common) {
  int64_t groups = byHead ? config.cacheHeads : 1, queries = config.queryWidth() / groups, keys = config.cacheWidth() / groups;
  auto part = [&](int64_t count, int64_t first) {
    LinearOptions options = common;
    options.part = {"attn_qkv", count, first, queries + 2 * keys};
    return options;
  };
  return {part(queries, 0), part(keys, queries), part(keys, queries + keys)};
}

// All but the last matrix.
static Value feedForward(StepBuilder &step, Value n, const LayerNormLayer &layer) {
  int64_t width = step.config.feedForward;
  Value gate = layer.isGated ? step.linear(n, "ffn_gate", width, layer.feedForward) : Value();
  Value up = step.linear(n, "ffn_up", width, layer.feedForward);
  return gate ? step.gate(gate, up) : step.activate(up);
}

void vspec::buildLayerNormDecoder(StepBuilder &step, const LayerNormLayer &layer, const LinearOptions &output) {
  const DecoderConfig &config = step.config;
  auto [query, key, value] = layer.attention;
  LinearOptions queryNorm, keyNorm;
  queryNorm.permutedHeads = query.permutedHeads;
  keyNorm.permutedHeads = key.permutedHeads;
  queryNorm.headsApart = keyNorm.headsApart = layer.headsApart;

  Value x = step.embed();
  for (int64_t number = 0; number < config.layers; ++number) {
    step.enterLayer(number);
    Value n = step.layerNorm(x, layer.attentionNorm, layer.norm), h;
    Value q = step.linear(n, "attn_q", config.queryWidth(), query);
    Value k = step.linear(n, "attn_k", config.cacheWidth(), key);
    Value v = step.linear(n, "attn_v", config.cacheWidth(), value);
    // In front of attention: where it reads the same norm, it shares the launch of Q, K and V.
    if (layer.isParallel)
      h = feedForward(step, layer.feedForwardNorm.empty() ? n : step.layerNorm(x, layer.feedForwardNorm, layer.norm), layer);
    if (layer.normsHeads) {
      q = step.layerNorm(q, "attn_q_norm", queryNorm, config.heads);
      k = step.layerNorm(k, "attn_k_norm", keyNorm, config.cacheHeads);
    }
    x = step.add(x, step.linear(step.attend(q, k, v), "attn_output", config.hidden, layer.output), "attn_residual");
    if (!layer.isParallel)
      h = feedForward(step, step.layerNorm(x, layer.feedForwardNorm, layer.norm), layer);
    x = step.add(x, step.linear(h, "ffn_down", config.hidden, layer.feedForward), "ffn_residual");
  }
  step.output(step.layerNorm(step.select(x), "output_norm", layer.norm), output);
}
