#include "runtime/Sampler.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

using namespace vspec;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

// Slow and obvious: all tokens sorted, libm's exponential, one cut after the other. Returns the tokens that remain with their
// probabilities.
std::vector<std::pair<int32_t, double>> reference(std::vector<float> logits, const vspec_sampler_options &options,
                                                  const std::vector<int32_t> &accepted) {
  size_t first = accepted.size() - std::min<size_t>(accepted.size(), options.repetition_window);
  std::vector<bool> recent(logits.size());
  for (size_t i = first; i < accepted.size(); ++i)
    recent[size_t(accepted[i])] = true;
  std::vector<int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  for (size_t i = 0; i < logits.size(); ++i) {
    if (recent[i] && options.repetition_penalty > 0)
      logits[i] = logits[i] > 0 ? logits[i] / options.repetition_penalty : logits[i] * options.repetition_penalty;
    logits[i] /= options.temperature;
  }
  std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    float x = logits[size_t(a)], y = logits[size_t(b)];
    return x != y ? x > y : a < b;
  });
  if (options.top_k && options.top_k < order.size())
    order.resize(options.top_k);
  auto weights = [&] {
    std::vector<double> w;
    for (int32_t token : order)
      w.push_back(std::exp(double(logits[size_t(token)]) - double(logits[size_t(order[0])])));
    return w;
  };
  std::vector<double> w = weights();
  double total = std::accumulate(w.begin(), w.end(), 0.0), sum = 0;
  size_t keep = order.size();
  if (options.top_p > 0 && options.top_p < 1) {
    keep = 0;
    while (keep < order.size() && (keep == 0 || sum < options.top_p * total))
      sum += w[keep++];
  }
  while (keep > 1 && w[keep - 1] < options.min_p)
    --keep;
  total = std::accumulate(w.begin(), w.begin() + ptrdiff_t(keep), 0.0);
  std::vector<std::pair<int32_t, double>> kept;
  for (size_t i = 0; i < keep; ++i)
    kept.push_back({order[i], w[i] / total});
  return kept;
}

std::vector<float> randomLogits(size_t count, RandomNumbers &random) {
  std::vector<float> logits(count);
  for (float &logit : logits)
    logit = float(random.uniform() * 16 - 8);
  return logits;
}

std::unique_ptr<Sampler> opened(uint32_t vocabulary, const vspec_sampler_options &options) {
  std::unique_ptr<Sampler> sampler;
  Status status = Sampler::open(vocabulary, options, sampler);
  EXPECT_TRUE(status.ok()) << status.message;
  return sampler;
}

vspec_sampler_options with(float temperature, uint32_t topK = 0, float topP = 0, float minP = 0) {
  vspec_sampler_options options{};
  options.temperature = temperature;
  options.top_k = topK;
  options.top_p = topP;
  options.min_p = minP;
  options.seed = 11;
  return options;
}

} // namespace

TEST(RandomNumbers, AreThoseOfPCG) {
  // The published demonstration of pcg32 with seed 42 and stream 54.
  RandomNumbers random(42);
  for (uint32_t expected : {0xa15c02b7u, 0x7b47f409u, 0xba1d3330u, 0x83d2f293u, 0xbfa4784bu, 0xcbed606eu})
    EXPECT_EQ(random.next(), expected);
  for (int i = 0; i < 1000; ++i) {
    double u = random.uniform();
    EXPECT_TRUE(u >= 0 && u < 1);
  }
}

TEST(Exponential, IsCloseToLibm) {
  EXPECT_EQ(exponential(0), 1);
  EXPECT_EQ(exponential(-701), 0);
  EXPECT_EQ(exponential(-std::numeric_limits<double>::infinity()), 0);
  for (double x = -699; x < 0; x += 0.0137)
    ASSERT_NEAR(exponential(x) / std::exp(x), 1, 1e-15) << x;
}

TEST(Sampler, GreedyTakesTheFirstOfTheBest) {
  auto sampler = opened(5, {});
  int32_t token = -1;
  float ties[5] = {1, 3, 3, -infinity, NAN}, none[5] = {NAN, -infinity, NAN, -infinity, NAN}, most[5] = {0, NAN, 5, infinity, 1};
  EXPECT_TRUE(sampler->sample(ties, token).ok());
  EXPECT_EQ(token, 1);
  EXPECT_TRUE(sampler->sample(most, token).ok());
  EXPECT_EQ(token, 3);
  EXPECT_EQ(sampler->sample(none, token).message, "none of the 5 logits is above minus infinity");
}

TEST(Sampler, DrawsAreThoseOfTheReference) {
  RandomNumbers source(5);
  for (uint32_t vocabulary : {1u, 2u, 127u, 128u, 129u, 1000u, 5000u})
    for (auto options : {with(1), with(0.3f), with(5), with(1, 1), with(2, 40), with(1, 0, 0.9f), with(3, 0, 0.999f), with(1, 0, 0, 0.05f),
                         with(4, 300, 0.8f, 0.1f), with(1, 100000, 1, 0)}) {
      options.repetition_penalty = 1.3f;
      options.repetition_window = 7;
      auto sampler = opened(vocabulary, options);
      RandomNumbers random(options.seed);
      std::vector<int32_t> accepted;
      for (int draw = 0; draw < 25; ++draw) {
        std::vector<float> logits = randomLogits(vocabulary, source);
        auto kept = reference(logits, options, accepted);
        double target = random.uniform(), sum = 0;
        size_t i = 0;
        while (i + 1 < kept.size() && (sum += kept[i].second) <= target)
          ++i;
        int32_t token = -1;
        ASSERT_TRUE(sampler->sample(logits.data(), token).ok());
        ASSERT_EQ(token, kept[i].first) << "vocabulary " << vocabulary << ", draw " << draw;
        sampler->accept(token);
        accepted.push_back(token);
      }
    }
}

TEST(Sampler, FrequenciesFollowTheProbabilities) {
  std::vector<float> logits = {0, std::log(2.0f), std::log(3.0f), std::log(4.0f)};
  auto sampler = opened(4, with(1));
  int counts[4] = {};
  for (int i = 0; i < 20000; ++i) {
    int32_t token;
    ASSERT_TRUE(sampler->sample(logits.data(), token).ok());
    ++counts[token];
  }
  for (int i = 0; i < 4; ++i)
    EXPECT_NEAR(counts[i], 2000 * (i + 1), 250);
}

TEST(Sampler, RepetitionPenaltyForgetsWhatLeavesTheWindow) {
  vspec_sampler_options options{};
  options.repetition_penalty = 2;
  options.repetition_window = 2;
  auto sampler = opened(3, options);
  float logits[3] = {4, 3, -1};
  auto next = [&] {
    int32_t token;
    EXPECT_TRUE(sampler->sample(logits, token).ok());
    return token;
  };
  EXPECT_EQ(next(), 0);
  sampler->accept(0); // 2, 3, -1
  EXPECT_EQ(next(), 1);
  sampler->accept(0);
  sampler->accept(2); // 0 is still in the window once
  EXPECT_EQ(next(), 1);
  sampler->accept(2);
  EXPECT_EQ(next(), 0);
  sampler->accept(0);
  sampler->reset(0);
  EXPECT_EQ(next(), 0);
  sampler->accept(-1); // not tokens: no effect
  sampler->accept(3);
  EXPECT_EQ(next(), 0);
}

TEST(Sampler, ResetStartsAgain) {
  RandomNumbers source(1);
  std::vector<float> logits = randomLogits(500, source);
  auto sampler = opened(500, with(2));
  auto draws = [&] {
    std::vector<int32_t> tokens(20);
    for (int32_t &token : tokens)
      EXPECT_TRUE(sampler->sample(logits.data(), token).ok());
    return tokens;
  };
  auto first = draws();
  EXPECT_NE(draws(), first);
  sampler->reset(11);
  EXPECT_EQ(draws(), first);
}

TEST(Sampler, RefusesOptions) {
  auto refused = [](vspec_sampler_options options) {
    std::unique_ptr<Sampler> sampler;
    Status status = Sampler::open(10, options, sampler);
    EXPECT_EQ(status.code, VSPEC_INVALID_ARGUMENT);
    EXPECT_FALSE(sampler);
    return status.message;
  };
  EXPECT_EQ(refused(with(-1)), "temperature is -1.000000, expected 0 to 1000000");
  EXPECT_EQ(refused(with(NAN)), "temperature is nan, expected 0 to 1000000");
  EXPECT_EQ(refused(with(1, 0, 1.5f)), "top_p is 1.500000, expected 0 to 1");
  EXPECT_EQ(refused(with(1, 0, 1, -0.5f)), "min_p is -0.500000, expected 0 to 1");
  vspec_sampler_options options{};
  options.repetition_penalty = infinity;
  EXPECT_EQ(refused(options), "repetition_penalty is inf, expected 0 to 1000000");
  options.repetition_penalty = 1;
  options.repetition_window = 1048577;
  EXPECT_EQ(refused(options), "repetition_window is 1048577, at most 1048576 tokens are kept");
}
