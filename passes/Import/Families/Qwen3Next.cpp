// Qwen3-Next: three layers of four remember by a gated delta rule (Yang, Kautz and Hatamizadeh, arXiv:2412.06464), the others
// attend with a gated output; experts in all.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

TensorNames vspec::qwen3NextNames() {
  TensorNames names;
  names.own = {{"ssm_in", "linear_attn.in_proj_qkvz"}, {"ssm_ba", "linear_attn.in_proj_ba"}, {"ssm_conv1d", "linear_attn.conv1d"},
               {"ssm_norm", "linear_attn.norm"},       {"ssm_out", "linear_attn.out_proj"},  {"ssm_a.weight", "linear_attn.A_log"},
               {"ssm_dt.bias", "linear_attn.dt_bias"}};
  names.ahead = "mtp.";
  return names;
}

FamilyKeys vspec::qwen3NextKeys() {
  FamilyKeys keys;
  keys.defaults.rope.part = 0.25;
  keys.defaults.stateSpace.convolutionBias = false;
  keys.defaults.recurrentPeriod = 4;
  keys.read = [](ConfigFields &fields, bool isGguf, DecoderConfig &config) {
    config.gainsLessOne = !isGguf;
    if (isGguf)
      return;
    if (!fields.has("norm_topk_prob"))
      config.experts.normalized = true;
    StateSpace &ssm = config.stateSpace;
    ssm.heads = fields.countOr("linear_num_value_heads", maxHeads, 32);
    ssm.headSize = fields.countOr("linear_value_head_dim", maxHeadSize, 128);
    ssm.groups = fields.countOr("linear_num_key_heads", maxHeads, 16);
    ssm.stateSize = fields.countOr("linear_key_head_dim", maxStateSize, 128);
    ssm.convolution = fields.countOr("linear_conv_kernel_dim", maxConvolution, 4);
    if (ssm.heads % ssm.groups != 0)
      fields.refuse("linear_num_value_heads",
                    "is " + std::to_string(ssm.heads) + ", expected a multiple of linear_num_key_heads, " + std::to_string(ssm.groups));
    if (ssm.convolution < 2)
      fields.refuse("linear_conv_kernel_dim", "is 1, expected at least 2");
  };
  return keys;
}

// Hugging Face files hold queries, keys, values and gates of each group together; GGUF files of all groups, and the gates apart.
static Value deltaNet(StepBuilder &step, Value n, int64_t layer) {
  const StateSpace &ssm = step.config.stateSpace;
  int64_t shared = ssm.heads / ssm.groups, keys = ssm.groups * ssm.stateSize, values = ssm.innerWidth();
  auto part = [&](const char *name, const char *tensor, int64_t rows, int64_t groups, int64_t first, int64_t every) {
    LinearOptions options;
    options.part = {tensor, rows / groups, first, every};
    return step.linear(n, name, rows, options);
  };
  Value q, k, v, z;
  if (step.has("blk." + std::to_string(layer) + ".attn_qkv")) {
    q = part("ssm_q", "attn_qkv", keys, 1, 0, 2 * keys + values);
    k = part("ssm_k", "attn_qkv", keys, 1, keys, 2 * keys + values);
    v = part("ssm_v", "attn_qkv", values, 1, 2 * keys, 2 * keys + values);
    z = step.linear(n, "attn_gate", values);
  } else {
    int64_t key = ssm.stateSize, value = shared * ssm.headSize, all = 2 * (key + value);
    q = part("ssm_q", "ssm_in", keys, ssm.groups, 0, all);
    k = part("ssm_k", "ssm_in", keys, ssm.groups, key, all);
    v = part("ssm_v", "ssm_in", values, ssm.groups, 2 * key, all);
    z = part("ssm_z", "ssm_in", values, ssm.groups, 2 * key + value, all);
  }
  Value beta = part("ssm_beta", "ssm_ba", ssm.heads, ssm.groups, 0, 2 * shared);
  Value dt = part("ssm_dt", "ssm_ba", ssm.heads, ssm.groups, shared, 2 * shared);
  Value y = step.remember(step.convolve({q, k, v}), dt, beta);
  return step.linear(step.gate(z, step.normHeads(y, "ssm_norm", ssm.heads)), "ssm_out", step.config.hidden);
}

// Each head of the queries' matrix is followed by that of its gate.
static Value gatedAttention(StepBuilder &step, Value n) {
  const DecoderConfig &config = step.config;
  LinearOptions query{config.attentionBias}, gate{config.attentionBias};
  query.part = {"attn_q", config.headSize, 0, 2 * config.headSize};
  gate.part = {"attn_q", config.headSize, config.headSize, 2 * config.headSize};
  Value q = step.linear(n, "attn_q_values", config.queryWidth(), query);
  Value g = step.linear(n, "attn_q_gate", config.queryWidth(), gate);
  Value k = step.linear(n, "attn_k", config.cacheWidth(), {config.attentionBias});
  Value v = step.linear(n, "attn_v", config.cacheWidth(), {config.attentionBias});
  q = step.norm(q, "attn_q_norm", config.heads);
  k = step.norm(k, "attn_k_norm", config.cacheHeads);
  Value a = step.gateBySigmoid(g, step.attend(q, k, v));
  return step.linear(a, "attn_output", config.hidden, {config.outputBias});
}

void vspec::buildQwen3Next(StepBuilder &step, bool) {
  const DecoderConfig &config = step.config;
  Value x = step.embed();
  for (int64_t layer = 0; layer < config.layers; ++layer) {
    step.enterLayer(layer);
    Value n = step.norm(x, "attn_norm");
    x = step.add(x, config.recurrent[layer] ? deltaNet(step, n, layer) : gatedAttention(step, n), "attn_residual");
    x = step.add(x, step.feedForward(step.norm(x, "post_attention_norm")), "ffn_residual");
  }
  step.logits(x);
}
