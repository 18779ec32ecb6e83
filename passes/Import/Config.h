// Readers of a model's numbers, and what is too large to be true. No MLIR.
#ifndef VSPEC_PASSES_IMPORT_CONFIG_H
#define VSPEC_PASSES_IMPORT_CONFIG_H
#include "passes/Import/DecoderConfig.h"
#include "vspec/Checkpoint/Checkpoint.h"
#include "vspec/Support/Json.h"
#include "vspec/Support/Result.h"

namespace vspec {

constexpr int64_t maxVocabulary = 1 << 24, maxWidth = 1 << 20, maxLayers = 4096, maxHeads = 4096, maxHeadSize = 4096;
constexpr int64_t maxContext = 0x7fffffff;

/// config.json. Errors name the file and the key. `defaultHeadSize`: of files without head_dim; 0: hidden / heads.
Result<DecoderConfig> readHFConfig(const Json &config, int64_t defaultHeadSize);

/// The metadata of a GGUF file, whose keys begin with the name of its architecture.
Result<DecoderConfig> readGGUFConfig(const Checkpoint &checkpoint, const std::string &architecture);

} // namespace vspec
#endif
