// Readers of a model's numbers, and what is too large to be true. No MLIR.
#ifndef VSPEC_PASSES_IMPORT_CONFIG_H
#define VSPEC_PASSES_IMPORT_CONFIG_H
#include "passes/Import/ConfigFields.h"
#include "passes/Import/DecoderConfig.h"
#include "passes/Import/TensorNames.h"
#include "vspec/Checkpoint/Checkpoint.h"
#include "vspec/Support/Json.h"
#include "vspec/Support/Result.h"

namespace vspec {

constexpr int64_t maxVocabulary = 1 << 24, maxWidth = 1 << 20, maxLayers = 4096, maxHeads = 4096, maxHeadSize = 4096, maxExperts = 65536;
constexpr int64_t maxConvolution = 16, maxStateSize = 4096;
constexpr int64_t maxContext = 0x7fffffff;

/// What a family knows of its files: what a key means that is absent, and keys that no other family has.
struct FamilyKeys {
  DecoderConfig defaults; // headSize 0: hidden / heads
  /// {"hidden_size", "n_embd"}: what a config.json calls a key, unless it has it by its usual name.
  std::vector<NamePair> names = {};
  bool fourfoldFeedForward = false; // where a config.json does not tell, it is so many times as wide as the model
  bool feedForwardsDiffer = false;  // their width may be a list, with a number for each layer
  /// Reads the keys of a config.json or of GGUF metadata, after all others.
  void (*read)(ConfigFields &fields, bool isGguf, DecoderConfig &config) = nullptr;
};

/// config.json. Errors name the file and the key. `context`: the most tokens of a session; 0: what the file says.
Result<DecoderConfig> readHFConfig(const Json &config, const FamilyKeys &family = {}, int64_t context = 0);

/// The metadata of a GGUF file, whose keys begin with the name of its architecture.
Result<DecoderConfig> readGGUFConfig(const Checkpoint &checkpoint, const std::string &architecture, const FamilyKeys &family = {},
                                     int64_t context = 0);

/// The same of a model of state-space layers, which has no attention.
Result<DecoderConfig> readHFStateSpace(const Json &config);
Result<DecoderConfig> readGGUFStateSpace(const Checkpoint &checkpoint, const std::string &architecture);

} // namespace vspec
#endif
