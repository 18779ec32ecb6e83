#include "vspec/Eval/LogSoftmax.h"
#include <cmath>

namespace vspec {

double logSumExp(const float *logits, uint32_t count) {
  const double top = logits[largest(logits, count)];
  double sum = 0;
  for (uint32_t i = 0; i < count; ++i)
    sum += std::exp(logits[i] - top);
  return top + std::log(sum);
}

uint32_t largest(const float *logits, uint32_t count) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < count; ++i)
    if (logits[i] > logits[best])
      best = i;
  return best;
}

} // namespace vspec
