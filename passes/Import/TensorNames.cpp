// The names that most families share, and how the parts of a name are put together.
#include "passes/Import/TensorNames.h"
#include <cassert>

using namespace vspec;

static constexpr NamePair common[] = {
    {"token_embd", "model.embed_tokens"},
    {"output_norm", "model.norm"},
    {"output", "lm_head"},
    {"attn_norm", "input_layernorm"},
    {"attn_q", "self_attn.q_proj"},
    {"attn_k", "self_attn.k_proj"},
    {"attn_v", "self_attn.v_proj"},
    {"attn_q_norm", "self_attn.q_norm"},
    {"attn_k_norm", "self_attn.k_norm"},
    {"attn_sub_norm", "self_attn.attn_sub_norm"},
    {"attn_output", "self_attn.o_proj"},
    {"post_attention_norm", "post_attention_layernorm"},
    {"pre_ffw_norm", "pre_feedforward_layernorm"},
    {"post_ffw_norm", "post_feedforward_layernorm"},
    {"attn_qkv", "self_attn.qkv_proj"},
    {"ffn_gate_up", "mlp.gate_up_proj"},
    {"ffn_norm", "post_attention_layernorm"},
    {"ffn_gate", "mlp.gate_proj"},
    {"ffn_up", "mlp.up_proj"},
    {"ffn_sub_norm", "mlp.ffn_sub_norm"},
    {"ffn_down", "mlp.down_proj"},
    {"ffn_gate_inp", "mlp.gate"},
    {"ffn_gate_exps.*", "mlp.experts.*.gate_proj"},
    {"ffn_up_exps.*", "mlp.experts.*.up_proj"},
    {"ffn_down_exps.*", "mlp.experts.*.down_proj"},
    {"ffn_gate_inp_shexp", "mlp.shared_expert_gate"},
    {"ffn_gate_shexp", "mlp.shared_expert.gate_proj"},
    {"ffn_up_shexp", "mlp.shared_expert.up_proj"},
    {"ffn_down_shexp", "mlp.shared_expert.down_proj"},
};

// Where GGUF has another name than ours: Gemma's ffn_norm is not what Hugging Face's post_attention_layernorm is, and a tensor of gate
// and up goes by the latter's name.
static constexpr NamePair ofLayerInGguf[] = {{"pre_ffw_norm", "ffn_norm"}, {"ffn_gate_up", "ffn_up"}};

/// A star stands for the number of an expert.
static std::string translated(const TensorNames &names, std::string_view name) {
  size_t dot = name.rfind('.');
  std::string_view number = dot == std::string_view::npos ? "" : name.substr(dot + 1);
  std::string pattern(number.empty() ? name : name.substr(0, dot + 1));
  if (!number.empty())
    pattern += "*";
  auto found = [&](const NamePair &pair) {
    std::string theirs(pair.theirs);
    return number.empty() ? theirs : theirs.replace(theirs.find('*'), 1, number);
  };
  for (const NamePair &pair : names.own)
    if (pair.ours == pattern)
      return found(pair);
  for (const NamePair &pair : common)
    if (pair.ours == pattern)
      return found(pair);
  assert(false && "a family asks for a name that it does not have");
  return std::string(name);
}

/// Takes `suffix` off the end of `name`, if it is there.
static bool dropSuffix(std::string_view &name, std::string_view suffix) {
  if (name.size() < suffix.size() || name.substr(name.size() - suffix.size()) != suffix)
    return false;
  name.remove_suffix(suffix.size());
  return true;
}

/// What belongs to no module of PyTorch is called by itself: no ".weight" follows, in GGUF files neither.
static bool isParameter(std::string_view name) { return dropSuffix(name, ".ssm_a") || dropSuffix(name, ".ssm_d"); }

std::string vspec::tensorName(Naming naming, const TensorNames &names, std::string_view name) {
  if (naming == Naming::GGUF && isParameter(name))
    return std::string(name);
  std::string ending = dropSuffix(name, ".bias") ? ".bias" : dropSuffix(name, ".scale") ? ".scale" : ".weight";
  if (naming == Naming::GGUF) {
    if (size_t stack = name.rfind("_exps."); stack != std::string_view::npos)
      return std::string(name).erase(stack, std::string_view("_exps").size()) + ending;
    size_t part = name.rfind('.') + 1;
    for (const NamePair &pair : ofLayerInGguf)
      if (pair.ours == name.substr(part))
        return std::string(name.substr(0, part)) + std::string(pair.theirs) + ending;
    return std::string(name) + ending;
  }
  std::string before;
  if (name.substr(0, 4) == "blk.") {
    size_t dot = name.find('.', 4);
    before = std::string(names.layers) + std::string(name.substr(4, dot - 4)) + ".";
    name = name.substr(dot + 1);
  }
  for (const NamePair &pair : names.own)
    if (pair.ours == std::string(name) + ending)
      return before + std::string(pair.theirs);
  return before + translated(names, name) + ending;
}

bool vspec::isOwn(const TensorNames &names, std::string_view name) {
  name = name.substr(name.rfind('.') + 1);
  for (const NamePair &pair : names.own)
    if (pair.ours.substr(0, pair.ours.rfind(".weight")) == name)
      return true;
  return false;
}

bool vspec::isDerived(Naming naming, const TensorNames &names, std::string_view tensor) {
  if (naming == Naming::GGUF)
    return tensor == "rope_freqs.weight" || tensor == "rope_factors_long.weight" || tensor == "rope_factors_short.weight" ||
           dropSuffix(tensor, ".input_scale");
  if (!names.ahead.empty() && tensor.substr(0, names.ahead.size()) == names.ahead)
    return true;
  for (std::string_view end : names.notWeights)
    if (dropSuffix(tensor, end))
      return true;
  return dropSuffix(tensor, ".rotary_emb.inv_freq");
}
