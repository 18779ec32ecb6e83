// Results of an evaluation as text for people and as JSON.
#ifndef VSPEC_TOOLS_VSPECEVAL_EVALUATIONREPORT_H
#define VSPEC_TOOLS_VSPECEVAL_EVALUATIONREPORT_H
#include "vspec/Eval/Evaluation.h"
#include <string>

namespace vspec {

/// PPL = 3.5448 +/- 0.04994 (14025 tokens, mean NLL 1.265449)
std::string reportText(const Perplexity &perplexity);
/// The same, and lines for mean and 99th percentile of the divergence and the share of equal top tokens.
std::string reportText(const Comparison &comparison);

/// {"ppl": .., "nll": .., "stderr": .., "tokens": ..}; "stderr" is the standard error of "ppl".
std::string reportJSON(const Perplexity &perplexity);
/// The same, and "kl_mean", "kl_p99" (nats) and "same_top" (0 to 1).
std::string reportJSON(const Comparison &comparison);

} // namespace vspec
#endif
