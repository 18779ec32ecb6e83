// How far a model's predictions are from those of a reference.
#ifndef VSPEC_EVAL_DIVERGENCE_H
#define VSPEC_EVAL_DIVERGENCE_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <vector>

namespace vspec {

struct Divergence {
  uint64_t positions;
  double mean;         // of KL(reference || model), nats
  double percentile99; // of the same, interpolated between the two nearest
  double sameTop;      // share of positions whose most probable token is the same, 0 to 1
};

/// Collects the Kullback-Leibler divergence of predictions, one position after the other.
class DivergenceMeter {
public:
  /// Compares logits f32 [vocabulary] of both. An error if the divergence is not finite.
  Result<void> add(const float *reference, const float *model, uint32_t vocabulary);

  /// Over all positions so far, at least one.
  Divergence report() const;

private:
  std::vector<double> divergences; // one for each position
  uint64_t sameTop = 0;
};

/// sum over p of p(reference) * log(p(reference) / p(model)), for logits f32 [vocabulary]. Never below zero: what rounding
/// leaves there is cut off.
double divergence(const float *reference, const float *model, uint32_t vocabulary);

} // namespace vspec
#endif
