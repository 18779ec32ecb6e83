// What a weight is called. vspec's names are GGUF's without ".weight": token_embd, blk.0.attn_q, blk.0.attn_q.bias. No MLIR.
#ifndef VSPEC_PASSES_IMPORT_TENSORNAMES_H
#define VSPEC_PASSES_IMPORT_TENSORNAMES_H
#include <string>
#include <string_view>

namespace vspec {

enum class Naming { GGUF, HuggingFace };

/// The name of the checkpoint's tensor: "blk.0.attn_q" is "blk.0.attn_q.weight" or "model.layers.0.self_attn.q_proj.weight".
/// `name` is one of ours.
std::string tensorName(Naming naming, std::string_view name);

/// Whether a tensor is no weight: old Hugging Face files hold the inverse frequencies, which the config tells; of GGUF files
/// the config's reader takes the factors of RoPE, and input scales are for processors that round activations to nvfp4.
bool isDerived(Naming naming, std::string_view tensor);

} // namespace vspec
#endif
