// OLMo 2: no norm before attention and feed-forward, but one behind each, and one over the whole rows of Q and of K.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

FamilyKeys vspec::olmo2Keys() {
  FamilyKeys keys;
  keys.defaults.epsilon = 1e-5f;
  return keys;
}

void vspec::buildOlmo2(StepBuilder &step, bool) {
  const DecoderConfig &config = step.config;
  LinearOptions attention, output;
  attention.bias = config.attentionBias;
  output.bias = config.outputBias;

  Value x = step.embed();
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    step.enterLayer(layer);
    Value q = step.linear(x, "attn_q", config.queryWidth(), attention);
    Value k = step.linear(x, "attn_k", config.cacheWidth(), attention);
    Value v = step.linear(x, "attn_v", config.cacheWidth(), attention);
    Value a = step.attend(step.norm(q, "attn_q_norm"), step.norm(k, "attn_k_norm"), v);
    a = step.linear(a, "attn_output", config.hidden, output);
    x = step.add(x, step.norm(a, "post_attention_norm"), "attn_residual");

    Value gate = step.linear(x, "ffn_gate", config.feedForward);
    Value up = step.linear(x, "ffn_up", config.feedForward);
    Value h = step.linear(step.gate(gate, up), "ffn_down", config.hidden);
    x = step.add(x, step.norm(h, "post_ffw_norm"), "ffn_residual");
  }
  step.logits(x);
}
