#include "lib/Quant/ScaleSearch.h"
#include "RandomRows.h"
#include <cmath>
using namespace vspec;

static ScaleSearch searchOf(const char *text) { return ScaleSearch(formatOf(text).element, formOf(text, 256)); }

/// Of weights rebuilt from the nearest codes.
static double squaredError(const char *text, const std::vector<float> &weights, float scale, float minimum) {
  NormalForm form = formOf(text, 256);
  std::vector<uint8_t> codes(weights.size());
  searchOf(text).nearestCodes(weights.data(), int64_t(weights.size()), scale, minimum, codes.data());
  double error = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    float value = !form.floatTable.empty() ? form.floatTable[codes[i]]
                                           : float(int(form.table.empty() ? codes[i] : form.table[codes[i]]) - int(form.bias));
    error += std::pow(double(scale) * value + minimum - weights[i], 2);
  }
  return error;
}

TEST(ScaleSearch, a_group_of_exact_multiples_is_found) {
  std::vector<float> weights;
  for (int q = -8; q <= 7; ++q)
    weights.push_back(0.25f * float(q));
  GroupFit fit = searchOf("int4").symmetric(weights.data(), 16, true);
  EXPECT_FLOAT_EQ(fit.scale, 0.25f);
  for (float &weight : weights)
    weight += 3;
  fit = searchOf("int4:min").affine(weights.data(), 16, false);
  EXPECT_FLOAT_EQ(fit.scale, 0.25f);
  EXPECT_FLOAT_EQ(fit.minimum, 1);
}

TEST(ScaleSearch, the_largest_weight_takes_the_larger_side) {
  std::vector<float> weights = {0.8f, -0.7f, 0.1f, 0};
  EXPECT_LT(searchOf("int4").symmetric(weights.data(), 4, true).scale, 0);
  EXPECT_GT(searchOf("int4").symmetric(weights.data(), 4, false).scale, 0);
}

TEST(ScaleSearch, is_near_the_best_of_a_thousand_scales) {
  for (const char *text : {"int2", "int3", "int4", "int8", "ternary:g32", "nf4:g32", "fp4", "iq4_nl"})
    for (uint32_t seed = 0; seed < 8; ++seed) {
      std::vector<float> weights = randomWeights(35, seed);
      float largest = 0;
      for (float weight : weights)
        largest = std::max(largest, std::fabs(weight));
      ScaleSearch search = searchOf(text);
      double found = squaredError(text, weights, search.symmetric(weights.data(), 35, true).scale, 0), best = INFINITY, plain;
      plain = squaredError(text, weights, largest / search.largest(), 0);
      for (int i = -1500; i <= 1500; ++i)
        if (i)
          best = std::min(best, squaredError(text, weights, largest / search.largest() * float(i) / 1000, 0));
      EXPECT_LE(found, best * 1.4) << text;
      EXPECT_LE(found, plain * 1.001) << text;
    }
}

TEST(ScaleSearch, powers_of_two_are_the_best_of_all) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    std::vector<float> weights = randomWeights(32, seed);
    double found = squaredError("fp4", weights, searchOf("mxfp4").powerOfTwo(weights.data(), 32).scale * 0.5f * 2, 0);
    // Scales of values without the unit: fp4's values are doubled.
    double best = INFINITY;
    for (int e = -30; e < 10; ++e)
      best = std::min(best, squaredError("fp4", weights, std::ldexp(1.0f, e), 0));
    EXPECT_LE(found, best * 1.001);
  }
}

TEST(ScaleSearch, minima_help_and_keep_their_sign) {
  for (uint32_t seed = 0; seed < 8; ++seed) {
    std::vector<float> weights = randomWeights(32, seed);
    for (float &weight : weights)
      weight += 0.02f;
    GroupFit any = searchOf("int3:min").affine(weights.data(), 32, false), negative = searchOf("int3:min").affine(weights.data(), 32, true);
    EXPECT_LE(negative.minimum, 0);
    EXPECT_LE(squaredError("int3:min", weights, any.scale, any.minimum),
              squaredError("int3", weights, searchOf("int3").symmetric(weights.data(), 32, true).scale, 0));
  }
}

TEST(ScaleSearch, zero_points_stay_in_range) {
  std::vector<float> positive = {1, 2, 3, 4}, mixed = {-1, 0, 1, 2};
  EXPECT_EQ(searchOf("int4:zero").zeroPoint(positive.data(), 4, 4).zero, 0u);
  GroupFit fit = searchOf("int4:zero").zeroPoint(mixed.data(), 4, 4);
  EXPECT_GE(fit.zero, 4u);
  EXPECT_LE(fit.zero, 6u);
}

TEST(ScaleSearch, zeros_have_no_scale) {
  std::vector<float> zeros(32);
  EXPECT_EQ(searchOf("int4").symmetric(zeros.data(), 32, true).scale, 0);
  EXPECT_EQ(searchOf("mxfp4").powerOfTwo(zeros.data(), 32).scale, 0);
  EXPECT_EQ(searchOf("int4:min").affine(zeros.data(), 32, false).scale, 0);
  EXPECT_EQ(searchOf("int4:zero").zeroPoint(zeros.data(), 32, 4).scale, 0);
}

TEST(ScaleSearch, one_of_four_is_zero) {
  std::vector<float> weights = {0.5f, -0.1f, -0.5f, 0.4f, 0, 0, 0, 0};
  std::vector<uint8_t> codes(8);
  ScaleSearch::oneZeroInFourCodes(weights.data(), 8, codes.data());
  EXPECT_EQ(codes, (std::vector<uint8_t>{2, 1, 0, 2, 1, 2, 2, 2}));
  EXPECT_FLOAT_EQ(searchOf("sherry").oneZeroInFour(weights.data(), 4).scale, 1.4f / 3);
}
