#include "vspec/Eval/Divergence.h"
#include "vspec/Eval/LogSoftmax.h"
#include <algorithm>
#include <cmath>

namespace vspec {

double divergence(const float *reference, const float *model, uint32_t vocabulary) {
  const double referenceSum = logSumExp(reference, vocabulary), modelSum = logSumExp(model, vocabulary);
  double total = 0;
  for (uint32_t i = 0; i < vocabulary; ++i) {
    const double logReference = reference[i] - referenceSum;
    const double probability = std::exp(logReference);
    if (probability == 0)
      continue; // p log p goes to zero with p
    total += probability * (logReference - (model[i] - modelSum));
  }
  return total < 0 ? 0 : total;
}

Result<void> DivergenceMeter::add(const float *reference, const float *model, uint32_t vocabulary) {
  const double value = divergence(reference, model, vocabulary);
  if (!std::isfinite(value))
    return Error{"position " + std::to_string(divergences.size()) + ": the divergence is " + std::to_string(value) +
                 ", expected a finite number (do the logits hold NaN or infinity?)"};
  divergences.push_back(value);
  sameTop += largest(reference, vocabulary) == largest(model, vocabulary);
  return {};
}

Divergence DivergenceMeter::report() const {
  assert(!divergences.empty());
  std::vector<double> sorted = divergences;
  std::sort(sorted.begin(), sorted.end());
  double sum = 0;
  for (double value : sorted)
    sum += value;
  const double place = 0.99 * double(sorted.size() - 1);
  const size_t below = size_t(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double percentile99 = sorted[below] + (place - double(below)) * (sorted[above] - sorted[below]);
  const double count = double(sorted.size());
  return {sorted.size(), sum / count, percentile99, double(sameTop) / count};
}

} // namespace vspec
