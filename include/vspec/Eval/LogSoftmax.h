// Logits to log-probabilities, in double.
#ifndef VSPEC_EVAL_LOGSOFTMAX_H
#define VSPEC_EVAL_LOGSOFTMAX_H
#include <cstdint>

namespace vspec {

/// log(sum(exp(logits))) over logits [count], count >= 1: what a logit is less to give its log-probability. The largest
/// logit is taken out first, so nothing overflows; the sum runs in ascending order. Not finite if a logit is NaN or
/// +infinity, or if all of them are -infinity.
double logSumExp(const float *logits, uint32_t count);

/// Index of the largest of logits [count], count >= 1; the lowest index of equal ones.
uint32_t largest(const float *logits, uint32_t count);

} // namespace vspec
#endif
