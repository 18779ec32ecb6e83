// The models that can be imported. A family is one file with one function, and a line of the table in Families.cpp.
#ifndef VSPEC_PASSES_IMPORT_FAMILIES_FAMILIES_H
#define VSPEC_PASSES_IMPORT_FAMILIES_FAMILIES_H
#include "passes/Import/Config.h"
#include "passes/Import/StepBuilder.h"

namespace vspec {

struct Family {
  const char *name;
  const char *architecture;     // in `architectures` of a config.json; nullptr: no such checkpoints
  const char *modelType;        // its `model_type`
  const char *ggufArchitecture; // `general.architecture` of a GGUF file
  int64_t defaultHeadSize;      // of a config.json without head_dim; 0: hidden / heads
  bool permutedInGguf;          // Q and K rows of GGUF files are pairs, see #vspec.unpermute_heads
  void (*build)(StepBuilder &step, bool permuted);
  FamilyKeys (*keys)() = nullptr; // if its files say more, or leave out other things, than Llama's
  TensorNames names = {};         // of Hugging Face folders
  bool isStateSpace = false;      // has recurrences and no attention: readHFStateSpace, readGGUFStateSpace
};

const std::vector<Family> &families();

/// What Q, K and V bring along.
struct AttentionOptions {
  LinearOptions query, key, value;
};

/// Of Q, K and V in the tensor attn_qkv: one behind the other, or for each head of the cache its queries, its key and its value.
AttentionOptions partsOfQKV(const DecoderConfig &config, bool byHead, const LinearOptions &common = {});

/// A layer of the families whose norms take the mean off: where they differ.
struct LayerNormLayer {
  AttentionOptions attention;
  LinearOptions output, feedForward, norm; // of the output of attention; of all norms but those of heads
  std::string attentionNorm = "attn_norm";
  std::string feedForwardNorm; // empty: it reads what attention reads
  bool isParallel = false;     // the feed-forward stands beside attention, not behind it
  bool isGated = false;
  bool normsHeads = false;
  bool headsApart = false; // and then each head's gain is a tensor of its own
};
void buildLayerNormDecoder(StepBuilder &step, const LayerNormLayer &layer, const LinearOptions &output = {});

/// The bound that a file names; one that is null in config.json is none, and GGUF files leave that out.
float readSoftCap(ConfigFields &fields, bool isGguf, const std::string &architecture, const std::string &name, float usual);

/// A layer of the families that are like Llama's but for these.
struct LlamaLayer {
  ExpertOptions experts;
  std::string feedForwardNorm = "ffn_norm";
};
void buildLikeLlama(StepBuilder &step, bool permuted, const LlamaLayer &layer);

void buildLlama(StepBuilder &step, bool permuted);
void buildGPTOSS(StepBuilder &step, bool permuted);
void buildGraniteMoe(StepBuilder &step, bool permuted);
void buildQwen3(StepBuilder &step, bool permuted);
void buildQwen3Next(StepBuilder &step, bool permuted);
void buildBitNet(StepBuilder &step, bool permuted);
void buildMamba2(StepBuilder &step, bool permuted);
void buildGemma2(StepBuilder &step, bool permuted);
void buildGemma3(StepBuilder &step, bool permuted);
void buildGemma3n(StepBuilder &step, bool permuted);
void buildOlmo2(StepBuilder &step, bool permuted);
void buildPhi3(StepBuilder &step, bool permuted);
void buildCohere(StepBuilder &step, bool permuted);
void buildFalcon(StepBuilder &step, bool permuted);
void buildGPT2(StepBuilder &step, bool permuted);
void buildGPTNeoX(StepBuilder &step, bool permuted);
void buildPhi2(StepBuilder &step, bool permuted);
void buildStableLM(StepBuilder &step, bool permuted);
void buildStarCoder2(StepBuilder &step, bool permuted);

FamilyKeys bitNetKeys();
FamilyKeys gemmaKeys();
FamilyKeys gemma2Keys();
FamilyKeys gemma3Keys();
FamilyKeys gemma3nKeys();
FamilyKeys graniteKeys();
FamilyKeys gptOSSKeys();
FamilyKeys graniteMoeKeys();
FamilyKeys mistralKeys();
FamilyKeys mixtralKeys();
FamilyKeys olmo2Keys();
FamilyKeys phi3Keys();
FamilyKeys qwen2Keys();
FamilyKeys qwen2MoeKeys();
FamilyKeys qwen3NextKeys();
FamilyKeys smolLM3Keys();
FamilyKeys cohereKeys();
FamilyKeys cohere2Keys();
FamilyKeys falconKeys();
FamilyKeys gpt2Keys();
FamilyKeys gptNeoXKeys();
FamilyKeys phi2Keys();
FamilyKeys stableLMKeys();
FamilyKeys starCoder2Keys();

TensorNames falconNames();
TensorNames gemma3nNames();
TensorNames gptOSSNames();
TensorNames graniteMoeNames();
TensorNames mixtralNames();
TensorNames gpt2Names();
TensorNames gptNeoXNames();
TensorNames mamba2Names();
TensorNames phi2Names();
TensorNames qwen3NextNames();
TensorNames stableLMNames();
TensorNames starCoder2Names();

} // namespace vspec
#endif
