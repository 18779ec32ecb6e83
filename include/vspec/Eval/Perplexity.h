// Perplexity of tokens under a model's logits, and its standard error.
#ifndef VSPEC_EVAL_PERPLEXITY_H
#define VSPEC_EVAL_PERPLEXITY_H
#include "vspec/Support/Result.h"
#include <cstdint>

namespace vspec {

struct Perplexity {
  uint64_t tokens;      // that were scored
  double meanNLL;       // nats for a token
  double value;         // exp(meanNLL)
  double standardError; // of `value`; 0 for fewer than two tokens
};

/// Collects -log p(token), one token after the other.
class PerplexityMeter {
public:
  /// Scores `token` by logits f32 [vocabulary]. An error if the token is outside of the vocabulary, or if the logits give it
  /// no probability above zero.
  Result<void> add(const float *logits, uint32_t vocabulary, int32_t token);

  /// Over all tokens so far, at least one. The standard error is llama-perplexity's: of the mean, with n - 1, times the
  /// perplexity, which is its slope.
  Perplexity report() const;

private:
  uint64_t tokens = 0;
  double sum = 0, sumOfSquares = 0; // of the nats
};

} // namespace vspec
#endif
