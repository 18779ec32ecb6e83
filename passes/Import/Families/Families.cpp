// The table of families.
#include "passes/Import/Families/Families.h"

using namespace vspec;

const std::vector<Family> &vspec::families() {
  static const std::vector<Family> table = {
      {"llama", "LlamaForCausalLM", "llama", "llama", 0, true, buildLlama},
      {"qwen3", "Qwen3ForCausalLM", "qwen3", "qwen3", 128, false, buildQwen3},
      {"bitnet", nullptr, nullptr, "bitnet", 0, false, buildBitNet},
  };
  return table;
}
