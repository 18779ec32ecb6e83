#include "KernelReference.h"
#include "vspec/Support/SmallFloat.h"
#include <algorithm>
#include <limits>
#include <numeric>

using namespace vspec;
using namespace vspec::reference;

static constexpr float infinity = std::numeric_limits<float>::infinity();

static int valueOf(const NormalForm &form, unsigned code) {
  int value = int(form.table.empty() ? code : form.table[code]) - int(form.bias);
  return form.tableLow.empty() ? value : 256 * value + int(form.tableLow[code]) - 128;
}

static float elementOf(const NormalForm &form, const CodedRows &weight, int64_t row, int64_t k) {
  size_t at = size_t(row * weight.columns + k);
  if (form.isFloat())
    return elementValue(form.element, weight.floats[at]);
  return form.floatTable.empty() ? float(valueOf(form, weight.codes[at])) : form.floatTable[weight.codes[at]];
}

// A row's sum times what the whole row shares.
static float scaledRow(const NormalForm &form, const CodedRows &weight, int64_t row, float sum) {
  if (form.scale.empty())
    sum *= form.unit;
  return form.rowScale ? sum * weight.rowScale[size_t(row)] : sum;
}

Int8Row reference::quantize(const float *x, int64_t columns, int64_t block) {
  Int8Row row;
  for (int64_t begin = 0; begin < columns; begin += block) {
    int64_t end = std::min(begin + block, columns);
    float most = 0;
    for (int64_t k = begin; k < end; ++k)
      most = std::max(most, std::fabs(x[k]));
    bool isZero = most < 0x1p-120f;
    row.scales.push_back(isZero ? 0 : most / 127);
    float factor = isZero ? 0 : 127 / most;
    for (int64_t k = begin; k < end; ++k)
      row.codes.push_back(int(std::nearbyint(x[k] * factor)));
  }
  return row;
}

// What a decoder makes of the blocks, as codes and f32 scales.
static NormalForm withoutDecoder(NormalForm form, CodedRows &weight) {
  const Decoder &decoder = *form.decoder;
  form.decoder = nullptr;
  form.scale[0] = {Number::F32, 32, decoder.group};
  CodedRows decoded(form, weight.rows, weight.columns);
  decoded.rowScale = weight.rowScale;
  std::vector<float> scales(decoder.columns / decoder.group);
  const uint8_t *block = weight.blocks.data();
  for (size_t at = 0; at < decoded.codes.size(); at += decoder.columns, block += decoder.bytes) {
    decoder.decode(block, &decoded.codes[at], scales.data());
    for (size_t g = 0; g < scales.size(); ++g)
      decoded.scale[0][at / decoder.group + g] = bitsOfFloat(scales[g]);
  }
  weight = decoded;
  return form;
}

// The finest number of several levels, an integer, and the product of the coarser ones.
static int finestOf(const std::vector<NormalLevel> &levels, const std::vector<std::vector<uint32_t>> &stored, const CodedRows &weight,
                    int64_t row, int64_t k) {
  return int(numberValue(levels[0], stored[0][size_t(row * weight.groups(levels[0]) + k / levels[0].group)]));
}

static float coarserOf(const std::vector<NormalLevel> &levels, const std::vector<std::vector<uint32_t>> &stored, const CodedRows &weight,
                       int64_t row, int64_t k) {
  float product = 1;
  for (size_t i = 1; i < levels.size(); ++i)
    product *= numberValue(levels[i], stored[i][size_t(row * weight.groups(levels[i]) + k / levels[i].group)]);
  return product;
}

// An integer sum ends with the weight's group, with 64 columns if it has none, or with the activation block.
static float flushedBlock(const NormalForm &form, const CodedRows &weight, const Int8Row &x, int64_t row, int64_t begin, int64_t block) {
  int64_t flush = std::min<int64_t>(form.flush ? form.flush : 64, block);
  float inner = 0;
  for (int64_t g = begin; g < std::min(begin + block, weight.columns); g += flush) {
    int products = 0, activations = 0;
    for (int64_t k = g; k < std::min(g + flush, weight.columns); ++k) {
      products += valueOf(form, weight.codes[size_t(row * weight.columns + k)]) * x.codes[size_t(k)];
      activations += x.codes[size_t(k)];
    }
    inner = !form.scale.empty() ? std::fma(weight.scaleAt(form, row, g) * form.tableUnit, float(products), inner)
                                : inner + float(products) * form.tableUnit;
    if (!form.minimum.empty())
      inner = std::fma(weight.minimumAt(form, row, g), float(activations), inner);
  }
  return inner;
}

// Finest numbers that are integers belong to the integer sum, which ends with the next level's group.
static float exactBlock(const NormalForm &form, const CodedRows &weight, const Int8Row &x, int64_t row, int64_t begin, int64_t block) {
  float inner = 0;
  for (int64_t e = begin; e < std::min(begin + block, weight.columns); e += form.exactColumns(unsigned(block))) {
    int products = 0, activations = 0;
    for (int64_t k = e; k < std::min(e + form.exactColumns(unsigned(block)), weight.columns); ++k) {
      int value = valueOf(form, weight.codes[size_t(row * weight.columns + k)]);
      products += finestOf(form.scale, weight.scale, weight, row, k) * value * x.codes[size_t(k)];
      if (!form.minimum.empty())
        activations += finestOf(form.minimum, weight.minimum, weight, row, k) * x.codes[size_t(k)];
    }
    inner = std::fma(coarserOf(form.scale, weight.scale, weight, row, e) * form.unit, float(products), inner);
    if (!form.minimum.empty())
      inner = std::fma(coarserOf(form.minimum, weight.minimum, weight, row, e), float(activations), inner);
  }
  return inner;
}

std::vector<float> reference::linear(const NormalForm &form, const CodedRows &weight, const Int8Row &x, int64_t block) {
  if (CodedRows decoded = weight; form.decoder)
    return linear(withoutDecoder(form, decoded), decoded, x, block);
  bool isExact = form.exactColumns(unsigned(block)) > std::min<int64_t>(form.flush ? form.flush : 64, block);
  std::vector<float> result;
  for (int64_t row = 0; row < weight.rows; ++row) {
    float sum = 0;
    for (int64_t begin = 0; begin < weight.columns; begin += block)
      sum = std::fma(x.scales[size_t(begin / block)], (isExact ? exactBlock : flushedBlock)(form, weight, x, row, begin, block), sum);
    result.push_back(scaledRow(form, weight, row, sum));
  }
  return result;
}

std::vector<float> reference::linear(const NormalForm &form, const CodedRows &weight, const float *x) {
  if (CodedRows decoded = weight; form.decoder)
    return linear(withoutDecoder(form, decoded), decoded, x);
  std::vector<float> result;
  int64_t group = form.flush ? form.flush : weight.columns;
  for (int64_t row = 0; row < weight.rows; ++row) {
    float all = 0;
    for (int64_t begin = 0; begin < weight.columns; begin += group) {
      float sum = 0, activations = 0;
      for (int64_t k = begin; k < std::min(begin + group, weight.columns); ++k) {
        sum = std::fma(elementOf(form, weight, row, k), x[k], sum);
        activations += x[k];
      }
      all = form.flush ? std::fma(weight.scaleAt(form, row, begin), sum, all) : sum;
      if (!form.minimum.empty())
        all = std::fma(weight.minimumAt(form, row, begin), activations, all);
    }
    result.push_back(scaledRow(form, weight, row, all));
  }
  return result;
}

// The mean of f(x[i]): gcd(count, 16) sums, added in ascending order.
template <typename AddTo> static float meanOf(const float *x, int64_t count, AddTo addTo) {
  int64_t lanes = std::gcd(count, int64_t(16));
  std::vector<float> sums(size_t(lanes), 0.0f);
  for (int64_t i = 0; i < count; ++i)
    sums[size_t(i % lanes)] = addTo(x[i], sums[size_t(i % lanes)]);
  return std::accumulate(sums.begin() + 1, sums.end(), sums[0]) / float(count);
}

static float meanOfSquares(const float *x, int64_t count) {
  return meanOf(x, count, [](float number, float sum) { return std::fma(number, number, sum); });
}

static std::pair<float, float> meanAndVariance(const float *x, int64_t count) {
  float mean = meanOf(x, count, [](float number, float sum) { return sum + number; });
  return {mean, meanOf(x, count, [&](float number, float sum) { return std::fma(number - mean, number - mean, sum); })};
}

void reference::rmsNorm(float *x, int64_t count, const float *gain, float epsilon) {
  float factor = 1 / std::sqrt(meanOfSquares(x, count) + epsilon);
  for (int64_t i = 0; i < count; ++i)
    x[i] = gain ? x[i] * factor * gain[i] : x[i] * factor;
}

void reference::layerNorm(float *x, int64_t count, const float *gain, const float *bias, float epsilon) {
  auto [mean, variance] = meanAndVariance(x, count);
  float factor = 1 / std::sqrt(variance + epsilon);
  for (int64_t i = 0; i < count; ++i)
    x[i] = bias ? std::fma((x[i] - mean) * factor, gain[i], bias[i]) : (x[i] - mean) * factor * gain[i];
}

float reference::productOfParts(const float *weight, const float *x, int64_t columns, int64_t parts) {
  std::vector<float> sums;
  for (int64_t part = 0, count = columns / parts; part < parts; ++part) {
    float chains[4] = {0, 0, 0, 0};
    for (int64_t k = 0; k < count; ++k)
      chains[k % 4] = std::fma(weight[part * count + k], x[part * count + k], chains[k % 4]);
    sums.push_back((chains[0] + chains[1]) + (chains[2] + chains[3]));
  }
  for (int64_t half = parts / 2; half >= 1; half /= 2)
    for (int64_t part = 0; part < half; ++part)
      sums[size_t(part)] += sums[size_t(part + half)];
  return sums[0];
}

std::vector<float> reference::sparseSum(const float *weight, const float *x, int64_t count, int64_t outputs) {
  std::vector<float> sums(size_t(outputs), 0.0f);
  for (int64_t k = 0; k < count; ++k)
    for (int64_t n = 0; n < outputs; ++n)
      if (x[k] != 0)
        sums[size_t(n)] = std::fma(x[k], weight[k * outputs + n], sums[size_t(n)]);
  return sums;
}

void reference::excess(float *x, int64_t count, float deviations) {
  auto [mean, variance] = meanAndVariance(x, count);
  float least = std::fma(deviations, std::sqrt(variance), mean);
  for (int64_t i = 0; i < count; ++i)
    x[i] = std::max(x[i] - least, 0.0f);
}

void reference::matchMagnitude(float *x, const float *like, int64_t count, float epsilon) {
  float factor = std::sqrt(meanOfSquares(like, count)) / std::sqrt(std::max(meanOfSquares(x, count), epsilon));
  for (int64_t i = 0; i < count; ++i)
    x[i] *= factor;
}

float reference::exp(float x) {
  if (x < -87.3f)
    return 0;
  x = std::min(x, 88.0f);
  float n = std::nearbyint(x * 1.4426950408889634f);
  float r = std::fma(n, -0.693359375f, x);
  r = std::fma(n, 2.12194440e-4f, r);
  float p = 1.9875691500e-4f;
  for (float c : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f})
    p = std::fma(p, r, c);
  return (std::fma(p, r * r, r) + 1) * std::ldexp(1.0f, int(n));
}

float reference::silu(float x) { return x / (1 + reference::exp(-x)); }

float reference::geluTanh(float x) {
  float u = std::fma(x * x * x, 0.044715f, x) * float(2 * 0.7978845608028654);
  return x / (1 + reference::exp(-u));
}

float reference::softplus(float x) {
  float u = reference::exp(-std::fabs(x)), s = u / (2 + u), z = s * s;
  float series = float(1.0 / 15);
  for (double divisor : {13, 11, 9, 7, 5, 3})
    series = std::fma(series, z, float(1 / divisor));
  return (x > 0 ? x : 0) + std::fma(series * z, s + s, s + s);
}

float reference::softCap(float x, float cap) {
  float e = reference::exp(std::fabs(x) * float(-2 / double(cap)));
  return std::copysign((1 - e) / (1 + e) * cap, x);
}

float reference::gelu(float x) {
  float size = std::fabs(x), t = 1 / std::fma(size, 0.3125f, 1.0f), p = -1.847957261e-02f;
  for (float c : {8.844598383e-02f, -1.440061778e-01f, 6.477150321e-02f, 5.433238577e-03f, 5.123651028e-02f, 9.158306569e-02f,
                  1.115632802e-01f, 1.247887686e-01f, 1.246633977e-01f})
    p = std::fma(p, t, c);
  float below = p * t * reference::exp(size * -0.5f * size);
  return x * (x < 0 ? below : 1 - below);
}

float reference::sigmoid(float x) { return 1 / (1 + exp(-x)); }

float reference::clampedSwish(float x, float y) {
  x = std::min(x, 7.0f);
  return x / (1 + exp(x * -1.702f)) * (std::max(std::min(y, 7.0f), -7.0f) + 1);
}

Choices reference::route(const float *logits, int64_t experts, int64_t chosen, const std::string &scores, float scale) {
  std::vector<int> order(static_cast<size_t>(experts));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return logits[a] > logits[b]; });
  Choices choices{{order.begin(), order.begin() + chosen}, {}};
  bool isSigmoid = scores.compare(0, 7, "sigmoid") == 0;
  float greatest = logits[order[0]], sum = 0;
  for (int expert : choices.experts) {
    choices.weights.push_back(isSigmoid ? sigmoid(logits[expert]) : exp(logits[expert] - greatest));
    sum += choices.weights.back();
  }
  if (scores == "softmax") {
    std::vector<float> sums(size_t(std::gcd(experts, int64_t(16))), 0.0f);
    for (int64_t i = 0; i < experts; ++i)
      sums[size_t(i) % sums.size()] += exp(logits[i] - greatest);
    sum = std::accumulate(sums.begin() + 1, sums.end(), sums[0]);
  }
  for (float &weight : choices.weights) {
    if (scores != "sigmoid")
      weight /= sum;
    if (scale != 1)
      weight *= scale;
  }
  return choices;
}

CodedRows reference::cacheRows(const NormalForm &form, int64_t tokens, int64_t headSize) { return CodedRows(form, tokens, headSize); }

void reference::storeInCache(const NormalForm &form, CodedRows &cache, int64_t token, const float *x) {
  size_t row = size_t(token * cache.columns);
  if (form.isFloat()) {
    for (int64_t k = 0; k < cache.columns; ++k)
      cache.floats[row + size_t(k)] = form.element == ElementKind::F16 ? floatToHalf(x[k]) : bitsOfFloat(x[k]);
    return;
  }
  int largest = (1 << (form.bits - 1)) - 1;
  for (int64_t g = 0; g < cache.columns; g += form.flush) {
    int64_t end = std::min(g + form.flush, cache.columns);
    float most = 0;
    for (int64_t k = g; k < end; ++k)
      most = std::max(most, std::fabs(x[k]));
    uint16_t stored = floatToHalf(most / float(largest));
    cache.scale[0][size_t(token * cache.groups(form.scale[0]) + g / form.flush)] = stored;
    float scale = halfToFloat(stored), factor = scale == 0 ? 0 : 1 / scale;
    for (int64_t k = g; k < end; ++k)
      cache.codes[row + size_t(k)] = uint8_t(std::clamp(int(std::nearbyint(x[k] * factor)), -largest, largest) + int(form.bias));
  }
}

// The softmax of the tokens [first, last] of one split, from nothing: f32 [head size] sums, their total and maximum.
static void attendSplit(const NormalForm &valueForm, const CodedRows &values, std::vector<float> &scores, int64_t first, int64_t last,
                        std::vector<float> &output, float &total, float &maximum) {
  float totals[16] = {};
  for (int64_t block = first / 64 * 64; block <= last; block += 64) {
    int64_t begin = std::max(block, first), end = std::min(block + 64, last + 1);
    float before = maximum, sums[16] = {};
    for (int64_t t = begin; t < end; ++t)
      maximum = std::max(maximum, scores[size_t(t)]);
    float correction = reference::exp(before - maximum);
    std::vector<float> weights(64, 0.0f);
    for (int64_t t = begin; t < end; ++t)
      sums[t % 16] += weights[size_t(t - block)] = reference::exp(scores[size_t(t)] - maximum);
    for (int i = 0; i < 16; ++i)
      totals[i] = std::fma(totals[i], correction, sums[i]);
    for (int64_t d = 0; d < values.columns; ++d) {
      float &sum = output[size_t(d)];
      sum *= correction;
      if (valueForm.isFloat()) {
        for (int64_t t = begin; t < end; ++t)
          sum = std::fma(weights[size_t(t - block)], elementOf(valueForm, values, t, d), sum);
        continue;
      }
      for (int64_t part = 0; part < 64; part += 32) {
        std::vector<float> scaled(32, 0.0f);
        for (int64_t t = std::max(begin, block + part); t < std::min(end, block + part + 32); ++t)
          scaled[size_t(t - block - part)] = weights[size_t(t - block)] * values.scaleAt(valueForm, t, d);
        Int8Row row = quantize(scaled.data(), 32, 32);
        int products = 0;
        for (int64_t t = std::max(begin, block + part); t < std::min(end, block + part + 32); ++t)
          products += row.codes[size_t(t - block - part)] * valueOf(valueForm, values.codes[size_t(t * values.columns + d)]);
        sum = std::fma(row.scales[0], float(products), sum);
      }
    }
  }
  total = std::accumulate(totals + 1, totals + 16, totals[0]);
}

std::vector<float> reference::attention(const NormalForm &keyForm, const CodedRows &keys, const NormalForm &valueForm,
                                        const CodedRows &values, const float *query, int64_t first, int64_t position, float scale,
                                        int64_t split, const float *sink) {
  std::vector<float> scores =
      keyForm.isFloat() ? linear(keyForm, keys, query) : linear(keyForm, keys, quantize(query, keys.columns, 32), 32);
  for (float &score : scores)
    score *= scale;
  std::vector<float> output;
  float total = 0, maximum = -infinity;
  for (int64_t start = first / split * split; start <= position; start += split) {
    std::vector<float> sums(size_t(values.columns), 0.0f);
    float ofSplit = 0, highest = -infinity;
    attendSplit(valueForm, values, scores, std::max(start, first), std::min(start + split - 1, position), sums, ofSplit, highest);
    if (output.empty()) {
      output = sums, total = ofSplit, maximum = highest;
      continue;
    }
    float before = maximum;
    maximum = std::max(maximum, highest);
    float correction = reference::exp(before - maximum), weight = reference::exp(highest - maximum);
    total = std::fma(total, correction, ofSplit * weight);
    for (size_t d = 0; d < output.size(); ++d)
      output[d] = std::fma(output[d], correction, sums[d] * weight);
  }
  float correction = 1;
  if (sink) {
    float greatest = std::max(maximum, *sink);
    correction = reference::exp(maximum - greatest);
    total = std::fma(total, correction, reference::exp(*sink - greatest));
  }
  for (float &value : output)
    value *= correction / total;
  return output;
}

static float unitFactor(const std::vector<float> &x) {
  size_t lanes = std::gcd(x.size(), size_t(16));
  std::vector<float> squares(lanes, 0.0f);
  for (size_t i = 0; i < x.size(); ++i)
    squares[i % lanes] = std::fma(x[i], x[i], squares[i % lanes]);
  return 1 / std::sqrt(std::accumulate(squares.begin() + 1, squares.end(), squares[0]) + 1e-6f);
}

std::vector<float> reference::gatedDelta(const DeltaHead &head, std::vector<float> &state, float dt, float beta,
                                         const std::vector<float> &query, const std::vector<float> &key, const std::vector<float> &value) {
  float kept = reference::exp(head.decay * softplus(dt + head.bias)), share = 1 / (1 + reference::exp(-beta));
  float keyFactor = unitFactor(key), queryFactor = unitFactor(query) * float(1 / std::sqrt(double(query.size())));
  std::vector<float> y;
  for (size_t p = 0; p < value.size(); ++p) {
    float known = 0, sum = 0;
    for (size_t n = 0; n < key.size(); ++n)
      known = std::fma(state[n * value.size() + p], key[n] * keyFactor, known);
    float change = share * (value[p] - kept * known);
    for (size_t n = 0; n < key.size(); ++n) {
      float &number = state[n * value.size() + p];
      number = std::fma(number, kept, key[n] * keyFactor * change);
      sum = std::fma(number, query[n] * queryFactor, sum);
    }
    y.push_back(sum);
  }
  return y;
}

float reference::convolution(const std::vector<float> &inputs, const float *weights, float bias) {
  float sum = bias;
  for (size_t k = 0; k < inputs.size(); ++k)
    sum = std::fma(weights[k], inputs[k], sum);
  return silu(sum);
}

std::vector<float> reference::scan(const Head &head, std::vector<float> &state, float dt, const std::vector<float> &x,
                                   const std::vector<float> &b, const std::vector<float> &c) {
  float step = std::min(std::max(softplus(dt + head.bias), head.leastStep), head.mostStep), kept = reference::exp(step * head.decay);
  std::vector<float> y;
  for (size_t p = 0; p < x.size(); ++p) {
    float sum = 0;
    for (size_t n = 0; n < b.size(); ++n) {
      float &number = state[n * x.size() + p];
      number = std::fma(number, kept, step * x[p] * b[n]);
      sum = std::fma(number, c[n], sum);
    }
    y.push_back(std::fma(head.skip, x[p], sum));
  }
  return y;
}
