// What kernels compute, number by number: docs/Numerics.md in plain C++. Slow, and free of everything that makes a kernel a
// kernel: no vectors, tiles, layouts or padding.
#ifndef VSPEC_TEST_PASSES_LOWER_KERNELREFERENCE_H
#define VSPEC_TEST_PASSES_LOWER_KERNELREFERENCE_H
#include "vspec/Quant/CodedRows.h"
#include <string>
#include <vector>

namespace vspec::reference {

/// A row of activations in int8.
struct Int8Row {
  std::vector<int> codes;    // [columns]
  std::vector<float> scales; // [blocks]
};
Int8Row quantize(const float *x, int64_t columns, int64_t block);

/// The products of a row of activations with all rows of a weight.
std::vector<float> linear(const NormalForm &form, const CodedRows &weight, const Int8Row &x, int64_t block);
std::vector<float> linear(const NormalForm &form, const CodedRows &weight, const float *x);

/// A row of a weight times one of activations, both of so many parts of equal length.
float productOfParts(const float *weight, const float *x, int64_t columns, int64_t parts);
/// The sum over a split of the inputs whose number is not zero: `weight` is [count][outputs].
std::vector<float> sparseSum(const float *weight, const float *x, int64_t count, int64_t outputs);

/// In place.
void rmsNorm(float *x, int64_t count, const float *gain, float epsilon); // no gain: nullptr
void excess(float *x, int64_t count, float deviations);
void matchMagnitude(float *x, const float *like, int64_t count, float epsilon);

void layerNorm(float *x, int64_t count, const float *gain, const float *bias, float epsilon); // no bias: nullptr

float exp(float x);
float silu(float x);
float geluTanh(float x);
float softplus(float x);
float softCap(float x, float cap);
float gelu(float x);
float sigmoid(float x);
float clampedSwish(float x, float y);

/// What a row chooses: experts, and their weights.
struct Choices {
  std::vector<int> experts;
  std::vector<float> weights;
};
/// `scores` as #vspec.scores has it; `scale` multiplies the weights unless it is 1.
Choices route(const float *logits, int64_t experts, int64_t chosen, const std::string &scores, float scale);

/// Keys (or values) of one head as a cache holds them: a coded row for each token.
CodedRows cacheRows(const NormalForm &form, int64_t tokens, int64_t headSize);
void storeInCache(const NormalForm &form, CodedRows &cache, int64_t token, const float *x);

/// One query of one head over tokens [first, position], in splits of so many; `sink` is a score that is no token's, or null.
std::vector<float> attention(const NormalForm &keyForm, const CodedRows &keys, const NormalForm &valueForm, const CodedRows &values,
                             const float *query, int64_t first, int64_t position, float scale, int64_t split,
                             const float *sink = nullptr);

/// One channel: `inputs` are the last of them, oldest first, as many as weights.
float convolution(const std::vector<float> &inputs, const float *weights, float bias);

/// One head of Mamba-2 over one row: its state is [b.size()][x.size()].
struct Head {
  float decay, skip, bias, leastStep, mostStep;
};
std::vector<float> scan(const Head &head, std::vector<float> &state, float dt, const std::vector<float> &x, const std::vector<float> &b,
                        const std::vector<float> &c);

/// The same of a gated delta rule.
struct DeltaHead {
  float decay, bias;
};
std::vector<float> gatedDelta(const DeltaHead &head, std::vector<float> &state, float dt, float beta, const std::vector<float> &query,
                              const std::vector<float> &key, const std::vector<float> &value);

} // namespace vspec::reference
#endif
