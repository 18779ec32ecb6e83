// Mamba-2: no attention, but a short convolution and a recurrence in each layer (Dao and Gu, arXiv:2405.21060).
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

TensorNames vspec::mamba2Names() {
  return {"backbone.layers.",
          {{"token_embd", "backbone.embeddings"},
           {"output_norm", "backbone.norm_f"},
           {"attn_norm", "norm"},
           {"ssm_in", "mixer.in_proj"},
           {"ssm_conv1d", "mixer.conv1d"},
           {"ssm_norm", "mixer.norm"},
           {"ssm_out", "mixer.out_proj"},
           {"ssm_a.weight", "mixer.A_log"},
           {"ssm_d.weight", "mixer.D"},
           {"ssm_dt.bias", "mixer.dt_bias"}}};
}

void vspec::buildMamba2(StepBuilder &step, bool) {
  const DecoderConfig &config = step.config;
  const StateSpace &ssm = config.stateSpace;
  int64_t inner = ssm.innerWidth(), mixed = ssm.mixedWidth(), all = inner + mixed + ssm.heads;
  // One tensor holds what makes the gate, the inputs of the convolution, and the time steps.
  auto part = [&](Value x, const char *name, int64_t first, int64_t count) {
    LinearOptions options{ssm.bias};
    options.part = {"ssm_in", count, first, all};
    return step.linear(x, name, count, options);
  };

  Value x = step.embed();
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    step.enterLayer(layer);
    Value n = step.norm(x, "attn_norm");
    Value z = part(n, "ssm_in_gate", 0, inner);
    Value mixing = part(n, "ssm_in_mixed", inner, mixed);
    Value dt = part(n, "ssm_in_dt", inner + mixed, ssm.heads);
    Value y = step.gate(z, step.scan(step.convolve(mixing), dt));
    y = step.normGroups(y, "ssm_norm", ssm.groups);
    x = step.add(x, step.linear(y, "ssm_out", config.hidden, {ssm.bias}), "ssm_residual");
  }
  step.logits(x);
}
