// Llama 1 to 3 and what is built like them (TinyLlama, SmolLM2, stories260K; Mistral, Qwen2, Gemma, Granite, SmolLM3): pre-norm,
// grouped queries, SwiGLU or experts of it (Mixtral, Qwen2-MoE). Windows, biases, constants and layers that do not turn are the
// configuration's.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

void vspec::buildLlama(StepBuilder &step, bool permuted) { buildLikeLlama(step, permuted, {}); }

void vspec::buildLikeLlama(StepBuilder &step, bool permuted, const LlamaLayer &layerOptions) {
  const DecoderConfig &config = step.config;
  LinearOptions queries, keys, values, output, feedForward;
  queries.bias = keys.bias = values.bias = config.attentionBias;
  output.bias = config.outputBias;
  feedForward.bias = config.feedForwardBias;
  if (permuted) {
    queries.permutedHeads = config.heads;
    keys.permutedHeads = config.cacheHeads;
  }

  Value x = step.embed();
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    step.enterLayer(layer);
    Value n = step.norm(x, "attn_norm");
    Value q = step.linear(n, "attn_q", config.queryWidth(), queries);
    Value k = step.linear(n, "attn_k", config.cacheWidth(), keys);
    Value v = step.linear(n, "attn_v", config.cacheWidth(), values);
    Value a = step.attend(q, k, v);
    x = step.add(x, step.linear(a, "attn_output", config.hidden, output), "attn_residual");

    n = step.norm(x, layerOptions.feedForwardNorm);
    x = step.add(x, step.feedForward(n, feedForward, layerOptions.experts), "ffn_residual");
  }
  step.logits(x);
}
