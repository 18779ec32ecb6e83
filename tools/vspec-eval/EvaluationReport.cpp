#include "EvaluationReport.h"
#include <cinttypes>
#include <cmath>
#include <cstdio>

namespace vspec {
namespace {

/// As many digits as a double needs to be read back. JSON has no infinity, which is what exp makes of a hopeless model.
std::string jsonNumber(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.17g", value);
  return std::isfinite(value) ? text : "null";
}

std::string jsonMembers(const Perplexity &perplexity) {
  return "\"ppl\": " + jsonNumber(perplexity.value) + ", \"nll\": " + jsonNumber(perplexity.meanNLL) +
         ", \"stderr\": " + jsonNumber(perplexity.standardError) + ", \"tokens\": " + std::to_string(perplexity.tokens);
}

} // namespace

std::string reportText(const Perplexity &perplexity) {
  char text[160];
  const char *format = perplexity.value < 1e6 ? "PPL = %.4f +/- %.5f (%" PRIu64 " tokens, mean NLL %.6f)\n"
                                              : "PPL = %.4e +/- %.5e (%" PRIu64 " tokens, mean NLL %.6f)\n";
  std::snprintf(text, sizeof(text), format, perplexity.value, perplexity.standardError, perplexity.tokens, perplexity.meanNLL);
  return text;
}

std::string reportText(const Comparison &comparison) {
  char text[160];
  std::snprintf(text, sizeof(text), "KL mean = %.6f nats\nKL p99 = %.6f nats\nsame top token = %.3f %%\n", comparison.divergence.mean,
                comparison.divergence.percentile99, 100 * comparison.divergence.sameTop);
  return reportText(comparison.perplexity) + text;
}

std::string reportJSON(const Perplexity &perplexity) { return "{" + jsonMembers(perplexity) + "}\n"; }

std::string reportJSON(const Comparison &comparison) {
  const Divergence &divergence = comparison.divergence;
  return "{" + jsonMembers(comparison.perplexity) + ", \"kl_mean\": " + jsonNumber(divergence.mean) +
         ", \"kl_p99\": " + jsonNumber(divergence.percentile99) + ", \"same_top\": " + jsonNumber(divergence.sameTop) + "}\n";
}

} // namespace vspec
