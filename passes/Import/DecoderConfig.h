// The numbers of a decoder-only model, whatever file they come from. No MLIR.
#ifndef VSPEC_PASSES_IMPORT_DECODERCONFIG_H
#define VSPEC_PASSES_IMPORT_DECODERCONFIG_H
#include "passes/Import/RopeFrequencies.h"
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace vspec {

enum class GateFunction { SiLU, GELUTanh, GELU, ReLU2, ClampedSwish };

/// Constants that numbers on their way are multiplied by or bounded to.
struct Scales {
  float embedding = 1, residual = 1, logits = 1;
  float attention = 0;                  // of scores; 0: 1 / sqrt(head size)
  float attentionCap = 0, logitCap = 0; // 0: none
};

/// Feed-forwards of which each token chooses some.
struct ExpertConfig {
  int64_t count = 0, chosen = 0, feedForward = 0; // count 0: none
  int64_t sharedFeedForward = 0;                  // of the one that every token meets; 0: none
  std::optional<bool> normalized;                 // whether the weights of those chosen sum to 1; unset: as the family does it
  std::vector<bool> layers;                       // which have experts
  bool in(int64_t layer) const { return layer < int64_t(layers.size()) && layers[layer]; }
};

/// The sizes of a Mamba-2 layer, or of one with a gated delta rule.
struct StateSpace {
  int64_t heads = 0, headSize = 0, stateSize = 0, groups = 1; // groups of heads share B and C, or query and key
  int64_t convolution = 0;                                    // inputs that an output of it sees
  std::optional<float> leastStep, mostStep;                   // of time
  bool bias = false, convolutionBias = true;
  int64_t innerWidth() const { return heads * headSize; }
  /// What the convolution mixes: x, B and C, or queries, keys and values.
  int64_t mixedWidth() const { return innerWidth() + 2 * groups * stateSize; }
};

/// Residual streams of which layers compute with one, and inputs of each layer.
struct StreamConfig {
  int64_t count = 0, active = 0;
  bool scalesActive = true;                     // before it meets the layer's input
  int64_t laurelRank = 0;                       // of the path beside attention
  int64_t inputWidth = 0, inputVocabulary = 0;  // of each layer's input, and tokens that have one of their own
  std::vector<std::optional<float>> deviations; // of each layer: its gates keep what lies so far above their mean; unset: all
};

struct DecoderConfig {
  std::string name;   // of this model; empty if the file does not tell
  std::string format; // of random weights, as text of the format algebra
  int64_t vocabulary = 0, hidden = 0, layers = 0, feedForward = 0;
  int64_t heads = 0, cacheHeads = 0, headSize = 0; // query heads; heads of keys and values
  int64_t positions = 0;                           // learned ones, added to the embedding; heads do not turn then
  int64_t trainedContext = 0;                      // 0: unknown
  std::vector<int64_t> windows;                    // of each layer: how many tokens a query sees; 0: all
  int64_t window = 0;                              // of files that do not tell; 0: none
  int64_t windowPeriod = 0;                        // all layers but each so-many-th have the window; 0: what the file tells
  int64_t sharedLayers = 0;                        // the last so many keep no keys and values
  std::vector<int64_t> feedForwards;               // of each layer, where they differ
  float epsilon = 0;                               // of norms
  Rope rope;
  std::optional<Rope> windowRope; // of layers with a window, if theirs is another
  std::vector<bool> turning;      // of each layer: whether its heads turn; empty: all do
  Scales scales;
  GateFunction gate = GateFunction::SiLU;
  StateSpace stateSpace;       // of models that have such layers
  std::vector<bool> recurrent; // which layers; empty: all or none, as the family is
  int64_t layersAhead = 0;     // of the file, behind the others, which predict further tokens and are not needed
  int64_t recurrentPeriod = 0; // all layers but each so-many-th; 0: what the family is
  bool tied = false;           // logits are made with the embedding
  bool attentionBias = false;  // Q, K and V have biases
  bool outputBias = false;     // so has the output of attention
  bool feedForwardBias = false;
  bool gainsLessOne = false; // gains of norms are stored less 1
  ExpertConfig experts;
  StreamConfig streams;
  bool parallel = false;   // the feed-forward stands beside attention, not behind it
  bool twoNorms = false;   // and then each has a norm of its own
  bool normsHeads = false; // of Q and K
  bool sinks = false;      // attention has a score for each head that is no token's

  const Rope &ropeOf(int64_t layer) const { return windowRope && windows[layer] ? *windowRope : rope; }
  bool turns(int64_t layer) const { return !positions && (turning.empty() || turning[layer]); }
  int64_t feedForwardOf(int64_t layer) const { return feedForwards.empty() ? feedForward : feedForwards[layer]; }
  /// Whose cache a layer reads: its own, or that of the last one with a cache that sees as many tokens; -1: there is none.
  int64_t cacheLayer(int64_t layer) const {
    int64_t found = std::min(layer, layers - sharedLayers - 1);
    while (found >= 0 && windows[found] != windows[layer])
      --found;
    return found;
  }
  int64_t queryWidth() const { return heads * headSize; }
  int64_t cacheWidth() const { return cacheHeads * headSize; }
};

} // namespace vspec
#endif
