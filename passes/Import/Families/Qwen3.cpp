// Qwen3, dense and with experts: Llama with a norm over each head of Q and K before they turn.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

void vspec::buildQwen3(StepBuilder &step, bool) {
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
    q = step.norm(q, "attn_q_norm", config.heads);
    k = step.norm(k, "attn_k_norm", config.cacheHeads);
    Value a = step.attend(q, k, v);
    x = step.add(x, step.linear(a, "attn_output", config.hidden, output), "attn_residual");

    n = step.norm(x, "ffn_norm");
    x = step.add(x, step.feedForward(n), "ffn_residual");
  }
  step.logits(x);
}
