// What a weight is called. vspec's names are GGUF's without ".weight": token_embd, blk.0.attn_q, blk.0.attn_q.bias. No MLIR.
#ifndef VSPEC_PASSES_IMPORT_TENSORNAMES_H
#define VSPEC_PASSES_IMPORT_TENSORNAMES_H
#include <string>
#include <string_view>
#include <vector>

namespace vspec {

enum class Naming { GGUF, HuggingFace };

struct NamePair {
  std::string_view ours, theirs;
};

/// What the Hugging Face folders of a family call its tensors. Most follow Llama; a family's file has what is different.
struct TensorNames {
  std::string_view layers = "model.layers."; // before the number of a layer
  // {"attn_output", "attention.dense"}: asked before the common ones. With its ending, {"attn_sinks.weight", "self_attn.sinks"}, it is
  // a whole name.
  std::vector<NamePair> own = {};
  std::vector<std::string_view> notWeights = {}; // ends of names: what training code left behind
  std::string_view ahead = {};                   // "mtp.": before all names of what predicts further tokens, which is not needed

  /// "model.": what stands before all names of the decoder.
  std::string_view start() const { return layers.substr(0, layers.find('.') + 1); }
};

/// The name of the checkpoint's tensor: "blk.0.attn_q" is "blk.0.attn_q.weight" or "model.layers.0.self_attn.q_proj.weight", and
/// "blk.0.ffn_up_exps.7", which only old GGUF files have apart, "blk.0.ffn_up.7.weight" or
/// "model.layers.0.mlp.experts.7.up_proj.weight".
/// `name` is one of ours.
std::string tensorName(Naming naming, const TensorNames &names, std::string_view name);

/// Whether the family itself says what the tensor of this name of ours, without an ending, is called.
bool isOwn(const TensorNames &names, std::string_view name);

/// Whether a tensor is no weight: old Hugging Face files hold the inverse frequencies, which the config tells; of GGUF files
/// the config's reader takes the factors of RoPE, and input scales are for processors that round activations to nvfp4.
bool isDerived(Naming naming, const TensorNames &names, std::string_view tensor);

} // namespace vspec
#endif
