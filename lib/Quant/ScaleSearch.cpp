// A few candidates for the scale, each with its nearest codes and, for these codes, the scale of least squared error in closed
// form. The inner loop works on four weights at a time: vectors as types, since the loop vectoriser is off.
#include "ScaleSearch.h"
#include <algorithm>
#include <cmath>
#include <cstring>

using namespace vspec;

using Lanes = float __attribute__((vector_size(16)));
using Integers = int32_t __attribute__((vector_size(16)));

ScaleSearch::ScaleSearch(const Element &element, const NormalForm &form)
    : isUniform(form.table.empty() && form.floatTable.empty()), bias(form.bias) {
  bool isTernary = element.kind == Element::Kind::Ternary;
  least = -float(form.bias);
  most = isTernary || form.isFloat() ? 1 : float(int(form.maxValue()) - int(form.bias));
  if (!isUniform) {
    std::vector<std::pair<float, uint8_t>> entries;
    for (unsigned code = 0; code < 1u << form.bits; ++code) {
      float value = !form.floatTable.empty() ? form.floatTable[code] : float(int(form.table[code]) - int(form.bias));
      if (std::isfinite(value)) // small floats have codes that are none
        entries.push_back({value, uint8_t(code)});
    }
    std::sort(entries.begin(), entries.end());
    for (auto [value, code] : entries)
      if (values.empty() || value != values.back()) {
        values.push_back(value);
        codeOf.push_back(code);
      }
    least = values.front();
    most = values.back();
    for (size_t i = 0; i + 1 < values.size(); ++i)
      thresholds.push_back((values[i] + values[i + 1]) / 2);
    cells.resize(256);
    cellsPerUnit = most > least ? 256 / (most - least) : 0;
    for (size_t cell = 1; cell < cells.size(); ++cell) {
      // One cell early, whatever the rounding of cellsPerUnit.
      float x = least + float(cell - 1) / cellsPerUnit;
      while (size_t(cells[cell]) < thresholds.size() && x > thresholds[cells[cell]])
        ++cells[cell];
    }
    for (size_t cell = 0; cell < cells.size(); ++cell)
      mostSteps = std::max(mostSteps, cell + 2 < cells.size() ? cells[cell + 2] - cells[cell] : int(thresholds.size()) - cells[cell]);
    thresholds.push_back(INFINITY);
    for (int i = 0; i < sketchSize; ++i)
      sketch.push_back(values[nearestEntry(least + (float(i) + 0.5f) * (most - least) / sketchSize)]);
  }
  for (int i = 0; i < 8; ++i)
    if (isUniform)
      reaches.push_back(largest() + (isTernary ? 0 : -0.8f) + 0.3f * float(i)); // in steps
    else
      reaches.push_back(largest() * (0.67f + 0.07f * float(i)));
}

unsigned ScaleSearch::nearestEntry(float x) const {
  float position = (x - least) * cellsPerUnit;
  position = position > 0 ? position : 0;
  unsigned entry = cells[int(position < 255 ? position : 255)];
  for (int i = 0; i < mostSteps; ++i) // without branches that the weights decide
    entry += x > thresholds[entry];
  return entry;
}

/// Nearest even for what is far below 2^22.
template <typename T> static T roundToInteger(T x) {
  const float magic = 12582912.0f; // 1.5 * 2^23
  return (x + magic) - magic;
}

template <typename T> static T nearestStep(T weight, float inverse, float minimum, T low, T high) {
  T x = (weight - minimum) * inverse;
  x = x > low ? x : low; // NaN, of differences that overflow, becomes low
  x = x < high ? x : high;
  return roundToInteger(x);
}

ScaleSearch::Sums ScaleSearch::sums(const float *weights, int64_t count, float inverse, float minimum, float low, float high) const {
  int64_t i = 0;
  Lanes lows = {low, low, low, low}, highs = {high, high, high, high}, q = {}, qq = {}, wq = {};
  float sketchPerUnit = most > least ? sketchSize / (most - least) : 0;
  Lanes none = {}, last = none + float(sketchSize - 1);
  const float *nearest = sketch.data();
  for (; i + 4 <= count; i += 4) {
    Lanes weight, step;
    std::memcpy(&weight, weights + i, sizeof(weight));
    if (isUniform)
      step = nearestStep(weight, inverse, minimum, lows, highs);
    else {
      Lanes place = ((weight - minimum) * inverse - least) * sketchPerUnit;
      place = place > none ? place : none;
      place = place < last ? place : last;
      Integers cell = __builtin_convertvector(place, Integers);
      step = Lanes{nearest[cell[0]], nearest[cell[1]], nearest[cell[2]], nearest[cell[3]]};
    }
    q += step;
    qq += step * step;
    wq += weight * step;
  }
  Sums total = {(q[0] + q[1]) + (q[2] + q[3]), (qq[0] + qq[1]) + (qq[2] + qq[3]), (wq[0] + wq[1]) + (wq[2] + wq[3])};
  for (; i < count; ++i) {
    float value = isUniform ? nearestStep(weights[i], inverse, minimum, low, high) : values[nearestEntry((weights[i] - minimum) * inverse)];
    total.q += value;
    total.qq += value * value;
    total.wq += weights[i] * value;
  }
  return total;
}

static float inverseOf(float scale) {
  float inverse = 1 / scale;
  return std::isfinite(inverse) ? inverse : 0; // of 0, and of what is too small to be a scale
}

static std::pair<float, float> rangeOf(const float *weights, int64_t count) {
  float low = 0, high = 0;
  for (int64_t i = 0; i < count; ++i) {
    low = weights[i] < low ? weights[i] : low;
    high = weights[i] > high ? weights[i] : high;
  }
  return {low, high};
}

GroupFit ScaleSearch::symmetric(const float *weights, int64_t count, bool signedScale) const {
  auto [low, high] = rangeOf(weights, count);
  float extreme = high > -low ? high : low; // of the largest magnitude, with its sign
  // With a sign: the extreme becomes the value of the largest magnitude. Without: the smallest scale that clips nothing.
  float full = std::max(least < 0 ? low / least : 0.0f, most > 0 ? high / most : 0.0f);
  if (signedScale)
    full = extreme / (-least > most ? least : most);
  GroupFit best;
  double bestScore = 0;
  auto attempt = [&](float scale) {
    Sums s = sums(weights, count, inverseOf(scale), 0, least, most);
    // The squared error of the best scale for these codes is less than with no codes by wq * wq / qq.
    double score = s.qq > 0 ? double(s.wq) * s.wq / s.qq : 0;
    if (score > bestScore && (signedScale || s.wq > 0)) {
      bestScore = score;
      best.scale = s.wq / s.qq;
    }
  };
  for (float reach : reaches)
    attempt(full * (largest() / reach));
  if (signedScale && least != -most && least < 0 && most > 0)
    attempt(extreme / (-least > most ? most : least));
  return best;
}

GroupFit ScaleSearch::powerOfTwo(const float *weights, int64_t count) const {
  GroupFit best, start = symmetric(weights, count, false);
  if (start.scale <= 0)
    return best;
  int exponent;
  std::frexp(start.scale, &exponent);
  double bestError = 0; // without the squares of the weights
  for (int e = exponent - 2; e <= exponent + 1; ++e) {
    float scale = std::ldexp(1.0f, e);
    Sums s = sums(weights, count, inverseOf(scale), 0, least, most);
    double error = double(scale) * scale * s.qq - 2.0 * scale * s.wq;
    if (error < bestError) {
      bestError = error;
      best.scale = scale;
    }
  }
  return best;
}

GroupFit ScaleSearch::affine(const float *weights, int64_t count, bool negativeMinimum) const {
  float low = count ? weights[0] : 0, high = low;
  double sum = 0, squares = 0, n = double(count);
  for (int64_t i = 0; i < count; ++i) {
    low = std::min(low, weights[i]);
    high = std::max(high, weights[i]);
    sum += weights[i];
    squares += double(weights[i]) * weights[i];
  }
  if (negativeMinimum)
    low = std::min(low, 0.0f);
  GroupFit best;
  best.minimum = negativeMinimum ? std::min(float(sum / std::max(n, 1.0)), 0.0f) : float(sum / std::max(n, 1.0));
  if (low == high || most == least) {
    best.minimum = low; // exact
    return best;
  }
  double bestError = squares - 2 * best.minimum * sum + n * best.minimum * best.minimum;
  for (size_t i = 0; i < reaches.size(); ++i) {
    float span = most - least, steps = isUniform ? span - 0.5f + 0.3f * float(i) : span * reaches[i] / largest();
    float scale = (high - low) / steps, minimum = low + (high - low) / 2 - scale * ((least + most) / 2);
    if (negativeMinimum)
      minimum = std::min(minimum, 0.0f);
    Sums s = sums(weights, count, inverseOf(scale), minimum, least, most);
    double determinant = n * s.qq - double(s.q) * s.q;
    if (determinant <= 0)
      continue;
    double fitted = (n * s.wq - sum * s.q) / determinant, offset = (sum - fitted * s.q) / n;
    if (negativeMinimum && offset > 0) {
      fitted = s.qq > 0 ? s.wq / s.qq : 0;
      offset = 0;
    }
    double error =
        squares - 2 * fitted * s.wq - 2 * offset * sum + fitted * fitted * s.qq + 2 * fitted * offset * s.q + n * offset * offset;
    if (error < bestError && fitted > 0) {
      bestError = error;
      best = {float(fitted), float(offset), 0};
    }
  }
  return best;
}

GroupFit ScaleSearch::zeroPoint(const float *weights, int64_t count, unsigned zeroBits) const {
  auto [low, high] = rangeOf(weights, count);
  GroupFit best;
  double bestScore = 0;
  float steps = most - least;
  for (int i = 0; i < 8; ++i) {
    float scale = (high - low) / (steps - 0.5f + 0.3f * float(i)), inverse = inverseOf(scale);
    float zero = std::min(roundToInteger(-low * inverse), float((1u << zeroBits) - 1));
    Sums s = sums(weights, count, inverse, 0, -zero, steps - zero);
    double score = s.qq > 0 ? double(s.wq) * s.wq / s.qq : 0;
    if (score > bestScore && s.wq > 0) {
      bestScore = score;
      best = {s.wq / s.qq, 0, unsigned(zero)};
    }
  }
  return best;
}

/// Where the zero of a four lies: at the smallest magnitude, the first of equal ones.
static int64_t zeroOfFour(const float *weights) {
  int64_t zero = 0;
  for (int64_t i = 1; i < 4; ++i)
    if (std::fabs(weights[i]) < std::fabs(weights[zero]))
      zero = i;
  return zero;
}

GroupFit ScaleSearch::oneZeroInFour(const float *weights, int64_t count) const {
  double kept = 0;
  for (int64_t i = 0; i < count; i += 4) {
    int64_t zero = zeroOfFour(weights + i);
    for (int64_t j = 0; j < 4; ++j)
      kept += j == zero ? 0 : std::fabs(weights[i + j]);
  }
  return {count ? float(kept / (double(count) * 0.75)) : 0, 0, 0};
}

void ScaleSearch::oneZeroInFourCodes(const float *weights, int64_t count, uint8_t *codes) {
  for (int64_t i = 0; i < count; i += 4) {
    int64_t zero = zeroOfFour(weights + i);
    for (int64_t j = 0; j < 4; ++j)
      codes[i + j] = j == zero ? 1 : weights[i + j] < 0 ? 0 : 2;
  }
}

void ScaleSearch::nearestCodes(const float *weights, int64_t count, float scale, float minimum, uint8_t *codes) const {
  float inverse = inverseOf(scale);
  for (int64_t i = 0; i < count; ++i)
    if (isUniform)
      codes[i] = uint8_t(int(nearestStep(weights[i], inverse, minimum, least, most)) + int(bias));
    else
      codes[i] = codeOf[nearestEntry((weights[i] - minimum) * inverse)];
}
