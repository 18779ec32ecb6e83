#include "runtime/Sampler.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace vspec {
namespace {

constexpr uint64_t multiplier = 6364136223846793005u, increment = 54u << 1 | 1;
constexpr uint32_t maxWindow = 1u << 20;
// Candidates are put in order in pieces: most draws end among the best few.
constexpr size_t firstPiece = 128;

constexpr double inverseFactorials[14] = {
    1.0,        1.0,         1.0 / 2,      1.0 / 6,       1.0 / 24,       1.0 / 120,       1.0 / 720,
    1.0 / 5040, 1.0 / 40320, 1.0 / 362880, 1.0 / 3628800, 1.0 / 39916800, 1.0 / 479001600, 1.0 / 6227020800};

} // namespace

RandomNumbers::RandomNumbers(uint64_t seed) : state(0) {
  next();
  state += seed;
  next();
}

uint32_t RandomNumbers::next() {
  uint64_t old = state;
  state = old * multiplier + increment;
  uint32_t shifted = uint32_t((old >> 18 ^ old) >> 27), turn = uint32_t(old >> 59);
  return shifted >> turn | shifted << (-turn & 31);
}

double RandomNumbers::uniform() {
  uint64_t high = next();
  return double((high << 32 | next()) >> 11) * 0x1p-53;
}

// x = n ln 2 + r with |r| <= ln 2 / 2, exp(r) by its Taylor polynomial of degree 13, times 2^n by its bits.
double exponential(double x) {
  if (!(x > -700))
    return 0;
  constexpr double perLog2 = 1.4426950408889634, high = 0x1.62e42fee00000p-1, low = 0x1.a39ef35793c76p-33;
  double n = double(int64_t(x * perLog2 - 0.5)); // x <= 0: truncation towards zero rounds to nearest
  double r = (x - n * high) - n * low;
  double sum = inverseFactorials[13];
  for (int k = 12; k >= 0; --k)
    sum = inverseFactorials[k] + sum * r;
  uint64_t bits = uint64_t(int64_t(n) + 1023) << 52;
  double power;
  std::memcpy(&power, &bits, sizeof power);
  return sum * power;
}

Sampler::Sampler(uint32_t vocabulary, const vspec_sampler_options &options)
    : options(options), random(options.seed), candidates(vocabulary), window(options.repetition_window), recent(vocabulary) {}

Status Sampler::open(uint32_t vocabulary, const vspec_sampler_options &options, std::unique_ptr<Sampler> &sampler) {
  auto refuse = [](const char *name, float value, const char *expected) {
    return Status(VSPEC_INVALID_ARGUMENT, std::string(name) + " is " + std::to_string(value) + ", expected " + expected);
  };
  if (!(options.temperature >= 0 && options.temperature <= 1e6f))
    return refuse("temperature", options.temperature, "0 to 1000000");
  if (!(options.top_p >= 0 && options.top_p <= 1))
    return refuse("top_p", options.top_p, "0 to 1");
  if (!(options.min_p >= 0 && options.min_p <= 1))
    return refuse("min_p", options.min_p, "0 to 1");
  if (!(options.repetition_penalty >= 0 && options.repetition_penalty <= 1e6f))
    return refuse("repetition_penalty", options.repetition_penalty, "0 to 1000000");
  if (options.repetition_window > maxWindow)
    return {VSPEC_INVALID_ARGUMENT, "repetition_window is " + std::to_string(options.repetition_window) + ", at most " +
                                        std::to_string(maxWindow) + " tokens are kept"};
  sampler.reset(new Sampler(vocabulary, options));
  return {};
}

void Sampler::reset(uint64_t seed) {
  random = RandomNumbers(seed);
  accepted = 0;
  std::fill(recent.begin(), recent.end(), 0);
}

void Sampler::accept(int32_t token) {
  if (window.empty() || token < 0 || size_t(token) >= recent.size())
    return;
  int32_t &place = window[accepted % window.size()];
  if (accepted >= window.size())
    --recent[size_t(place)];
  place = token;
  ++recent[size_t(token)];
  ++accepted;
}

// All tokens with a logit above -infinity, after penalty and temperature, by id. Returns the first of the best.
Sampler::Candidate Sampler::collect(const float *logits) {
  float penalty = options.repetition_penalty;
  Candidate best{0, -1};
  live = sorted = 0;
  for (size_t i = 0; i < recent.size(); ++i) {
    float logit = logits[i];
    if (penalty > 0 && recent[i])
      logit = logit > 0 ? logit / penalty : logit * penalty;
    if (options.temperature > 0)
      logit /= options.temperature;
    if (!(logit > -std::numeric_limits<float>::infinity()))
      continue;
    candidates[live] = {std::min(logit, std::numeric_limits<float>::max()), int32_t(i)};
    if (best.token < 0 || candidates[live].logit > best.logit)
      best = candidates[live];
    ++live;
  }
  return best;
}

// Brings the best `count` candidates to the front, in order.
void Sampler::sortTo(size_t count) {
  count = std::min(count, live);
  if (count <= sorted)
    return;
  auto better = [](const Candidate &a, const Candidate &b) { return a.logit != b.logit ? a.logit > b.logit : a.token < b.token; };
  Candidate *first = candidates.data() + sorted, *middle = candidates.data() + count, *last = candidates.data() + live;
  if (middle != last)
    std::nth_element(first, middle, last, better);
  std::sort(first, middle, better);
  sorted = count;
}

// The best candidates that remain after top-k, top-p and min-p. `mass` is the sum of exp(logit - best) over them.
size_t Sampler::cut(double best, double &mass) {
  bool topK = options.top_k && options.top_k<live, topP = options.top_p> 0 && options.top_p < 1;
  if (topK)
    sortTo(options.top_k);
  size_t count = topK ? options.top_k : live;
  // By rank after top-k, else by id: the order of what is not sorted yet would depend on the standard library.
  mass = 0;
  for (size_t i = 0; i < count; ++i)
    mass += exponential(candidates[i].logit - best);
  if (!topP && options.min_p <= 0)
    return count;
  double total = mass;
  mass = 0;
  for (size_t i = 0; i < count; ++i) {
    if (i == sorted)
      sortTo(std::max(firstPiece, 2 * sorted));
    double weight = exponential(candidates[i].logit - best);
    if (i && (weight < options.min_p || (topP && mass >= options.top_p * total)))
      return i;
    mass += weight;
  }
  return count;
}

Status Sampler::sample(const float *logits, int32_t &token) {
  Candidate best = collect(logits);
  if (!live)
    return {VSPEC_INVALID_ARGUMENT, "none of the " + std::to_string(recent.size()) + " logits is above minus infinity"};
  token = best.token;
  if (options.temperature <= 0)
    return {};
  double mass;
  size_t count = cut(best.logit, mass);
  double target = random.uniform() * mass, sum = 0;
  for (size_t i = 0; i < count && sum <= target; ++i) {
    if (i == sorted)
      sortTo(std::max(firstPiece, 2 * sorted));
    token = candidates[i].token;
    sum += exponential(candidates[i].logit - double(best.logit));
  }
  return {};
}

} // namespace vspec
