// Chooses the next token from logits. Deterministic everywhere: own random numbers, own exponential, sums in a fixed order.
#ifndef VSPEC_RUNTIME_SAMPLER_H
#define VSPEC_RUNTIME_SAMPLER_H
#include "runtime/Status.h"
#include <cstdint>
#include <memory>
#include <vector>

namespace vspec {

/// PCG-XSH-RR 64/32 (O'Neill 2014) with stream 54: 32 bits a draw.
class RandomNumbers {
public:
  explicit RandomNumbers(uint64_t seed);
  uint32_t next();
  /// In [0, 1), a multiple of 2^-53.
  double uniform();

private:
  uint64_t state;
};

/// exp(x) for x <= 0: relative error below 1e-15, 0 below -700. Polynomial and exact scaling only, so equal on all machines.
double exponential(double x);

class Sampler {
public:
  static Status open(uint32_t vocabulary, const vspec_sampler_options &options, std::unique_ptr<Sampler> &sampler);

  /// `logits` f32 [vocabulary]. NaN counts as -infinity; fails if no logit is above -infinity.
  Status sample(const float *logits, int32_t &token);
  void accept(int32_t token);
  void reset(uint64_t seed);

private:
  Sampler(uint32_t vocabulary, const vspec_sampler_options &options);
  struct Candidate {
    float logit;
    int32_t token;
  };
  Candidate collect(const float *logits);
  void sortTo(size_t count);
  size_t cut(double best, double &mass);

  vspec_sampler_options options;
  RandomNumbers random;
  std::vector<Candidate> candidates; // [vocabulary]
  size_t live = 0;                   // how many of them are used
  size_t sorted = 0;                 // how many are in order at the front: best first
  std::vector<int32_t> window;       // [repetition_window], a ring of accepted tokens
  uint64_t accepted = 0;
  std::vector<uint32_t> recent; // [vocabulary]: how often a token is in the window
};

} // namespace vspec
#endif
