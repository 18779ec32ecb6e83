#include "vspec/Eval/Perplexity.h"
#include "vspec/Eval/LogSoftmax.h"
#include <algorithm>
#include <cmath>

namespace vspec {

Result<void> PerplexityMeter::add(const float *logits, uint32_t vocabulary, int32_t token) {
  if (token < 0 || uint32_t(token) >= vocabulary)
    return Error{"token " + std::to_string(token) + " is outside of the vocabulary of " + std::to_string(vocabulary)};
  const double nats = logSumExp(logits, vocabulary) - logits[token];
  if (!std::isfinite(nats))
    return Error{"scored token " + std::to_string(tokens) + ": -log of its probability is " + std::to_string(nats) +
                 ", expected a finite number (do the logits hold NaN or infinity?)"};
  ++tokens;
  sum += nats;
  sumOfSquares += nats * nats;
  return {};
}

Perplexity PerplexityMeter::report() const {
  assert(tokens > 0);
  const double mean = sum / tokens;
  // Rounding can push the variance of equal values below zero.
  const double variance = std::max(0.0, sumOfSquares / tokens - mean * mean);
  const double value = std::exp(mean);
  return {tokens, mean, value, tokens < 2 ? 0.0 : value * std::sqrt(variance / double(tokens - 1))};
}

} // namespace vspec
