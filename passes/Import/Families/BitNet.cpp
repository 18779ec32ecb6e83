// BitNet b1.58: Llama with one more norm before attn_output and ffn_down. In files of llama.cpp's architecture "bitnet" the matrices are
// ternary, the one scale of each may be a tensor of its own, heads are not permuted, and the gate is silu, not the square of relu.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

FamilyKeys vspec::bitNetKeys() {
  FamilyKeys keys;
  keys.defaults.gate = GateFunction::ReLU2;
  keys.defaults.epsilon = 1e-5f;
  keys.read = [](ConfigFields &, bool isGguf, DecoderConfig &config) {
    if (isGguf)
      config.gate = GateFunction::SiLU;
  };
  return keys;
}

void vspec::buildBitNet(StepBuilder &step, bool) {
  const DecoderConfig &config = step.config;

  Value x = step.embed();
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    step.enterLayer(layer);
    Value n = step.norm(x, "attn_norm");
    Value q = step.linear(n, "attn_q", config.queryWidth());
    Value k = step.linear(n, "attn_k", config.cacheWidth());
    Value v = step.linear(n, "attn_v", config.cacheWidth());
    Value a = step.norm(step.attend(q, k, v), "attn_sub_norm");
    x = step.add(x, step.linear(a, "attn_output", config.hidden), "attn_residual");

    n = step.norm(x, "ffn_norm");
    Value gate = step.linear(n, "ffn_gate", config.feedForward);
    Value up = step.linear(n, "ffn_up", config.feedForward);
    Value h = step.norm(step.gate(gate, up), "ffn_sub_norm");
    x = step.add(x, step.linear(h, "ffn_down", config.hidden), "ffn_residual");
  }
  step.logits(x);
}
