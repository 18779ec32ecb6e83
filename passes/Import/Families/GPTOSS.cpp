// gpt-oss: Llama with experts, whose attention has sinks, and a window in every other layer. Everything has biases. Hugging Face folders
// hold gate and up of all experts in one tensor, row by row in turn: as MXFP4, or transposed as plain floats.
#include "passes/Import/Families/Families.h"

using namespace mlir;
using namespace vspec;

// Those of configuration_gpt_oss.py. Both forms of files leave out that YaRN's ramp is not rounded.
static void readScaling(ConfigFields &fields, bool isGguf, DecoderConfig &config) {
  RopeScaling &scaling = config.rope.scaling;
  if (isGguf) {
    scaling.truncate = false;
  } else if (!fields.has("rope_parameters") && !fields.has("rope_scaling")) {
    scaling.kind = RopeScaling::Kind::YaRN;
    scaling.factor = 32;
    scaling.truncate = false;
    scaling.originalContext = 4096;
    scaling.attentionFactor = yarnAttentionFactor(scaling.factor);
  }
}

static void expect(ConfigFields &fields, const char *key, double number) {
  if (double found = fields.positiveOr(key, number); found != number)
    fields.refuse(key, "is " + std::to_string(found) + ", expected " + std::to_string(number) + ", with which experts are computed");
}

FamilyKeys vspec::gptOSSKeys() {
  FamilyKeys keys;
  DecoderConfig &defaults = keys.defaults;
  defaults.vocabulary = 201088;
  defaults.heads = 64, defaults.cacheHeads = 8;
  defaults.trainedContext = 131072;
  defaults.epsilon = 1e-5f;
  defaults.rope.base = 150000;
  defaults.window = 128, defaults.windowPeriod = 2;
  defaults.attentionBias = defaults.outputBias = true;
  defaults.sinks = true;
  defaults.experts.count = 128, defaults.experts.chosen = 4;
  defaults.experts.normalized = true;
  keys.read = [](ConfigFields &fields, bool isGguf, DecoderConfig &config) {
    config.gate = GateFunction::ClampedSwish;
    readScaling(fields, isGguf, config);
    expect(fields, "swiglu_limit", 7);
    expect(fields, "swiglu_alpha", 1.702);
  };
  return keys;
}

TensorNames vspec::gptOSSNames() {
  TensorNames names;
  names.own = {{"ffn_gate_inp", "mlp.router"},
               {"attn_sinks.weight", "self_attn.sinks"},
               {"ffn_gate_up_exps.weight", "mlp.experts.gate_up_proj"},
               {"ffn_gate_up_exps.bias", "mlp.experts.gate_up_proj_bias"},
               {"ffn_down_exps.weight", "mlp.experts.down_proj"},
               {"ffn_down_exps.bias", "mlp.experts.down_proj_bias"}};
  return names;
}

void vspec::buildGPTOSS(StepBuilder &step, bool permuted) {
  LlamaLayer layer;
  layer.feedForwardNorm = "post_attention_norm";
  ExpertOptions &experts = layer.experts;
  experts.router.bias = experts.gate.bias = experts.up.bias = experts.down.bias = true;
  if (!step.isGguf()) {
    experts.gate.transposed = experts.up.transposed = experts.down.transposed = true;
    experts.gate.part = {"ffn_gate_up_exps", 1, 0, 2};
    experts.up.part = {"ffn_gate_up_exps", 1, 1, 2};
  }
  buildLikeLlama(step, permuted, layer);
}
