// Phi-3, Phi-3.5 and Phi-4: Llama whose Q, K and V are one tensor, and gate and up another. Their rows become weights of their own.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

FamilyKeys vspec::phi3Keys() {
  FamilyKeys keys;
  keys.defaults.epsilon = 1e-5f;
  keys.defaults.trainedContext = 4096;
  keys.defaults.windowPeriod = maxLayers + 1; // none is left out
  return keys;
}

void vspec::buildPhi3(StepBuilder &step, bool) {
  const DecoderConfig &config = step.config;
  auto [query, key, value] = partsOfQKV(config, /*byHead=*/false);
  LinearOptions ofGate, ofUp;
  ofGate.part = {"ffn_gate_up", config.feedForward, 0, 2 * config.feedForward};
  ofUp.part = {"ffn_gate_up", config.feedForward, config.feedForward, 2 * config.feedForward};

  Value x = step.embed();
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    step.enterLayer(layer);
    Value n = step.norm(x, "attn_norm");
    Value q = step.linear(n, "attn_q", config.queryWidth(), query);
    Value k = step.linear(n, "attn_k", config.cacheWidth(), key);
    Value v = step.linear(n, "attn_v", config.cacheWidth(), value);
    Value a = step.attend(q, k, v);
    x = step.add(x, step.linear(a, "attn_output", config.hidden), "attn_residual");

    n = step.norm(x, "ffn_norm");
    Value gate = step.linear(n, "ffn_gate", config.feedForward, ofGate);
    Value up = step.linear(n, "ffn_up", config.feedForward, ofUp);
    x = step.add(x, step.linear(step.gate(gate, up), "ffn_down", config.hidden), "ffn_residual");
  }
  step.logits(x);
}
