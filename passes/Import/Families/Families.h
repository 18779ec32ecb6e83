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
};

const std::vector<Family> &families();

void buildLlama(StepBuilder &step, bool permuted);
void buildQwen3(StepBuilder &step, bool permuted);
void buildBitNet(StepBuilder &step, bool permuted);
void buildGemma2(StepBuilder &step, bool permuted);
void buildGemma3(StepBuilder &step, bool permuted);
void buildOlmo2(StepBuilder &step, bool permuted);
void buildPhi3(StepBuilder &step, bool permuted);

FamilyKeys bitNetKeys();
FamilyKeys gemmaKeys();
FamilyKeys gemma2Keys();
FamilyKeys gemma3Keys();
FamilyKeys graniteKeys();
FamilyKeys mistralKeys();
FamilyKeys olmo2Keys();
FamilyKeys phi3Keys();
FamilyKeys qwen2Keys();
FamilyKeys qwen2MoeKeys();
FamilyKeys smolLM3Keys();

} // namespace vspec
#endif
