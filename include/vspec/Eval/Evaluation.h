// Perplexity and divergence of a text by llama-perplexity's protocol, for anything that makes logits.
//
// The text is encoded as a whole and cut into consecutive chunks of `context` tokens; the rest is dropped. Where the model
// wants one, the first token of a chunk is replaced by BOS. Each chunk starts from an empty context, and only its second half
// is scored: position i predicts token i + 1 for i in [context / 2, context - 1). With 512 tokens that is
//
//   token      0 (or BOS)  1  ...  256  |  257  ...  511
//   predicted                           |  by position 256 ... 510: 255 tokens
//
// The last token of a chunk is predicted but never fed, because nothing after it is scored.
#ifndef VSPEC_EVAL_EVALUATION_H
#define VSPEC_EVAL_EVALUATION_H
#include "vspec/Eval/Divergence.h"
#include "vspec/Eval/Perplexity.h"
#include "vspec/Support/Result.h"
#include <cstdint>
#include <functional>
#include <vector>

namespace vspec {

/// Gets logits f32 [count][vocabulary] of a run of tokens, valid during the call.
using LogitsTaker = std::function<Result<void>(uint32_t count, const float *logits)>;

/// A model with one context.
class LogitsSource {
public:
  virtual ~LogitsSource() = default;
  virtual uint32_t vocabulary() const = 0;
  /// Empties the context.
  virtual Result<void> reset() = 0;
  /// Appends tokens [count] to the context. If there is a taker, it gets the logits of every token, in order.
  virtual Result<void> feed(const int32_t *tokens, uint64_t count, const LogitsTaker &take) = 0;
};

/// Called before each chunk.
using ChunkProgress = std::function<void(uint64_t done, uint64_t total)>;

struct ChunkProtocol {
  uint32_t context = 512;  // tokens of a chunk, at least 3
  int32_t firstToken = -1; // replaces the first token of each chunk; -1: none does

  uint64_t chunks(uint64_t tokens) const { return tokens / context; }
  /// The first position whose prediction counts.
  uint32_t firstScored() const { return context / 2; }
  /// How many do.
  uint32_t scored() const { return context - 1 - firstScored(); }
};

struct Comparison {
  Perplexity perplexity; // of the model
  Divergence divergence; // of the model from the reference
};

/// Perplexity of the tokens. An error if they do not fill one chunk.
Result<Perplexity> evaluatePerplexity(LogitsSource &model, const std::vector<int32_t> &tokens, const ChunkProtocol &protocol,
                                      const ChunkProgress &progress = nullptr);

/// Divergence from a reference with the same vocabulary, over the same positions. Both advance side by side, so that no more
/// than a block of logits is ever held.
Result<Comparison> evaluateDivergence(LogitsSource &model, LogitsSource &reference, const std::vector<int32_t> &tokens,
                                      const ChunkProtocol &protocol, const ChunkProgress &progress = nullptr);

} // namespace vspec
#endif
