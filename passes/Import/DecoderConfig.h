// The numbers of a decoder-only model, whatever file they come from. No MLIR.
#ifndef VSPEC_PASSES_IMPORT_DECODERCONFIG_H
#define VSPEC_PASSES_IMPORT_DECODERCONFIG_H
#include "passes/Import/RopeFrequencies.h"
#include <string>
#include <vector>

namespace vspec {

enum class GateFunction { SiLU, GELUTanh, GELU, ReLU2 };

struct DecoderConfig {
  std::string name;   // of this model; empty if the file does not tell
  std::string format; // of random weights, as text of the format algebra
  int64_t vocabulary = 0, hidden = 0, layers = 0, feedForward = 0;
  int64_t heads = 0, cacheHeads = 0, headSize = 0; // query heads; heads of keys and values
  int64_t trainedContext = 0;                      // 0: unknown
  std::vector<int64_t> windows;                    // of each layer: how many tokens a query sees; 0: all
  float epsilon = 0;                               // of norms
  double ropeBase = 0;
  RopeScaling ropeScaling;
  GateFunction gate = GateFunction::SiLU;
  bool tied = false;          // logits are made with the embedding
  bool attentionBias = false; // Q, K, V and output have biases
  bool feedForwardBias = false;

  int64_t queryWidth() const { return heads * headSize; }
  int64_t cacheWidth() const { return cacheHeads * headSize; }
};

} // namespace vspec
#endif
