// The table of families.
#include "passes/Import/Families/Families.h"

using namespace vspec;

const std::vector<Family> &vspec::families() {
  static const std::vector<Family> table = {
      {"llama", "LlamaForCausalLM", "llama", "llama", 0, true, buildLlama},
      {"qwen3", "Qwen3ForCausalLM", "qwen3", "qwen3", 128, false, buildQwen3},
      {"bitnet", "BitNetForCausalLM", "bitnet", "bitnet", 0, false, buildBitNet, bitNetKeys},
      {"mistral", "MistralForCausalLM", "mistral", nullptr, 0, true, buildLlama, mistralKeys},
      {"qwen2", "Qwen2ForCausalLM", "qwen2", "qwen2", 0, false, buildLlama, qwen2Keys},
      {"gemma", "GemmaForCausalLM", "gemma", "gemma", 256, false, buildLlama, gemmaKeys},
      {"gemma2", "Gemma2ForCausalLM", "gemma2", "gemma2", 256, false, buildGemma2, gemma2Keys},
      {"gemma3", "Gemma3ForCausalLM", "gemma3_text", "gemma3", 256, false, buildGemma3, gemma3Keys},
      {"gemma3", "Gemma3ForConditionalGeneration", "gemma3", nullptr, 256, false, buildGemma3, gemma3Keys},
      {"gemma3n", "Gemma3nForCausalLM", "gemma3n_text", "gemma3n", 256, false, buildGemma3n, gemma3nKeys, gemma3nNames()},
      {"gemma3n", "Gemma3nForConditionalGeneration", "gemma3n", nullptr, 256, false, buildGemma3n, gemma3nKeys, gemma3nNames()},
      {"phi3", "Phi3ForCausalLM", "phi3", "phi3", 0, false, buildPhi3, phi3Keys},
      {"olmo2", "Olmo2ForCausalLM", "olmo2", "olmo2", 0, false, buildOlmo2, olmo2Keys},
      {"smollm3", "SmolLM3ForCausalLM", "smollm3", "smollm3", 0, true, buildLlama, smolLM3Keys},
      {"granite", "GraniteForCausalLM", "granite", "granite", 0, true, buildLlama, graniteKeys},
      {"mixtral", "MixtralForCausalLM", "mixtral", nullptr, 0, true, buildLlama, mixtralKeys, mixtralNames()},
      {"granitemoe", "GraniteMoeForCausalLM", "granitemoe", "granitemoe", 0, true, buildGraniteMoe, graniteMoeKeys, graniteMoeNames()},
      {"granitemoe", "GraniteMoeSharedForCausalLM", "granitemoeshared", nullptr, 0, true, buildGraniteMoe, graniteMoeKeys,
       graniteMoeNames()},
      {"gpt-oss", "GptOssForCausalLM", "gpt_oss", "gpt-oss", 64, false, buildGPTOSS, gptOSSKeys, gptOSSNames()},
      {"qwen2moe", "Qwen2MoeForCausalLM", "qwen2_moe", "qwen2moe", 0, false, buildLlama, qwen2MoeKeys},
      {"qwen3moe", "Qwen3MoeForCausalLM", "qwen3_moe", "qwen3moe", 0, false, buildQwen3},
      {"gpt2", "GPT2LMHeadModel", "gpt2", "gpt2", 0, false, buildGPT2, gpt2Keys, gpt2Names()},
      {"gpt-neox", "GPTNeoXForCausalLM", "gpt_neox", "gptneox", 0, false, buildGPTNeoX, gptNeoXKeys, gptNeoXNames()},
      {"starcoder2", "Starcoder2ForCausalLM", "starcoder2", "starcoder2", 0, false, buildStarCoder2, starCoder2Keys, starCoder2Names()},
      {"stablelm", "StableLmForCausalLM", "stablelm", "stablelm", 0, false, buildStableLM, stableLMKeys, stableLMNames()},
      {"phi2", "PhiForCausalLM", "phi", "phi2", 0, false, buildPhi2, phi2Keys, phi2Names()},
      {"falcon", "FalconForCausalLM", "falcon", "falcon", 0, false, buildFalcon, falconKeys, falconNames()},
      {"command-r", "CohereForCausalLM", "cohere", "command-r", 0, false, buildCohere, cohereKeys},
      {"cohere2", "Cohere2ForCausalLM", "cohere2", "cohere2", 0, false, buildCohere, cohere2Keys},
      {"qwen3next", "Qwen3NextForCausalLM", "qwen3_next", "qwen3next", 256, false, buildQwen3Next, qwen3NextKeys, qwen3NextNames()},
      {"mamba2", "Mamba2ForCausalLM", "mamba2", "mamba2", 0, false, buildMamba2, nullptr, mamba2Names(), /*isStateSpace=*/true},
  };
  return table;
}
