// Powers without libm, whose results differ between machines, and the scalings of RoPE.
#include "passes/Import/RopeFrequencies.h"
#include <algorithm>
#include <cmath>

using namespace vspec;

// ln 2 in two parts; the first has its low bits zero, so that a small integer times it is exact.
static constexpr double log2High = 0x1.62e42fefa3800p-1, log2Low = 0x1.ef35793c76730p-45;

/// ln m + e ln 2 for value = m * 2^e, m in [sqrt 1/2, sqrt 2): ln m = 2 (z + z^3/3 + z^5/5 + ...) with z = (m - 1) / (m + 1),
/// |z| < 0.172, so 12 terms leave less than 1e-19.
double vspec::portableLog(double value) {
  int exponent;
  double mantissa = std::frexp(value, &exponent); // exact
  if (mantissa < 0.70710678118654752) {
    mantissa *= 2;
    --exponent;
  }
  double z = (mantissa - 1) / (mantissa + 1), sum = 0;
  for (int term = 23; term >= 1; term -= 2)
    sum = sum * z * z + 1.0 / term;
  return exponent * log2High + (2 * z * sum + exponent * log2Low);
}

/// 2^k e^r with |r| <= ln 2 / 2; 16 terms of e^r = 1 + r (1 + r/2 (1 + r/3 (...))) leave less than 1e-20.
static double portableExp(double value) {
  double scaled = value * 1.4426950408889634;
  int k = int(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  double r = (value - k * log2High) - k * log2Low, sum = 1;
  for (int term = 16; term >= 1; --term)
    sum = 1 + sum * r / term;
  return std::ldexp(sum, k); // exact
}

double vspec::portablePower(double base, double exponent) { return exponent == 0 ? 1 : portableExp(exponent * portableLog(base)); }

static double llama3Scaled(double frequency, const RopeScaling &scaling) {
  double wavelength = 2 * 3.141592653589793 / frequency;
  if (wavelength < scaling.originalContext / scaling.highFactor)
    return frequency;
  if (wavelength > scaling.originalContext / scaling.lowFactor)
    return frequency / scaling.factor;
  double kept = (scaling.originalContext / wavelength - scaling.lowFactor) / (scaling.highFactor - scaling.lowFactor);
  return (1 - kept) * frequency / scaling.factor + kept * frequency;
}

double vspec::yarnAttentionFactor(double factor, double mscale) { return factor <= 1 ? 1 : 0.1 * mscale * portableLog(factor) + 1; }

namespace {
// Where YaRN's stretch sets in, in pairs: `low` is the last one that is kept.
struct YarnRamp {
  double low, high;

  YarnRamp(int64_t columns, double base, const RopeScaling &scaling) {
    auto pairThatTurns = [&](double times) {
      return double(columns) * portableLog(scaling.originalContext / (times * 2 * 3.141592653589793)) / (2 * portableLog(base));
    };
    low = pairThatTurns(scaling.betaFast), high = pairThatTurns(scaling.betaSlow);
    if (scaling.truncate)
      low = std::floor(low), high = std::ceil(high);
    low = std::max(low, 0.0), high = std::min(high, double(columns - 1));
    if (low == high)
      high += 0.001;
  }

  double stretched(double frequency, double factor, int64_t pair) const {
    double kept = 1 - std::clamp((double(pair) - low) / (high - low), 0.0, 1.0);
    return frequency / factor * (1 - kept) + frequency * kept;
  }
};
} // namespace

std::vector<float> vspec::ropeFrequencies(int64_t columns, double base, const RopeScaling &scaling) {
  std::vector<float> frequencies(columns / 2);
  for (int64_t i = 0; i < columns / 2; ++i) {
    double frequency = portablePower(base, -2.0 * double(i) / double(columns));
    if (scaling.kind == RopeScaling::Kind::Linear)
      frequency /= scaling.factor;
    else if (scaling.kind == RopeScaling::Kind::Llama3)
      frequency = llama3Scaled(frequency, scaling);
    else if (scaling.kind == RopeScaling::Kind::YaRN)
      frequency = YarnRamp(columns, base, scaling).stretched(frequency, scaling.factor, i);
    if (!scaling.factors.empty())
      frequency /= double(scaling.factors[i]);
    frequencies[i] = float(frequency);
  }
  return frequencies;
}
