#include "vspec/Eval/Perplexity.h"
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

using namespace vspec;

namespace {

TEST(Perplexity, OfAUniformModelIsItsVocabulary) {
  const std::vector<float> logits(512, -7.25f);
  PerplexityMeter meter;
  for (int32_t token : {0, 1, 511})
    ASSERT_TRUE(meter.add(logits.data(), 512, token));
  const Perplexity perplexity = meter.report();
  EXPECT_EQ(perplexity.tokens, 3u);
  EXPECT_NEAR(perplexity.value, 512, 1e-9);
  EXPECT_NEAR(perplexity.meanNLL, std::log(512.0), 1e-12);
  EXPECT_NEAR(perplexity.standardError, 0, 1e-4);
}

// Probabilities 1/2 and 1/8: the mean of 1 and 3 bits is 2 bits, so the perplexity is 4. The variance with n is 1 bit^2, and
// that of the mean 1 / (n - 1) = 1.
TEST(Perplexity, StandardErrorIsThatOfTheMeanTimesTheSlope) {
  const float logits[] = {std::log(0.5f), std::log(0.125f), std::log(0.375f)};
  PerplexityMeter meter;
  ASSERT_TRUE(meter.add(logits, 3, 0));
  ASSERT_TRUE(meter.add(logits, 3, 1));
  const Perplexity perplexity = meter.report();
  EXPECT_NEAR(perplexity.meanNLL, 2 * std::log(2.0), 1e-6);
  EXPECT_NEAR(perplexity.value, 4, 1e-5);
  EXPECT_NEAR(perplexity.standardError, 4 * std::log(2.0), 1e-5);
}

TEST(Perplexity, OfOneTokenHasNoError) {
  const float logits[] = {0, 0};
  PerplexityMeter meter;
  ASSERT_TRUE(meter.add(logits, 2, 1));
  EXPECT_EQ(meter.report().standardError, 0);
  EXPECT_NEAR(meter.report().value, 2, 1e-12);
}

TEST(Perplexity, RefusesTokensOutsideOfTheVocabulary) {
  const float logits[] = {0, 0};
  PerplexityMeter meter;
  auto above = meter.add(logits, 2, 2), below = meter.add(logits, 2, -1);
  ASSERT_FALSE(above);
  ASSERT_FALSE(below);
  EXPECT_EQ(above.error().message, "token 2 is outside of the vocabulary of 2");
  EXPECT_EQ(below.error().message, "token -1 is outside of the vocabulary of 2");
}

TEST(Perplexity, RefusesLogitsThatAreNoDistribution) {
  const float nan[] = {0, std::nanf("")}, forbidden[] = {0, -INFINITY};
  PerplexityMeter meter;
  ASSERT_FALSE(meter.add(nan, 2, 0));
  auto impossible = meter.add(forbidden, 2, 1);
  ASSERT_FALSE(impossible);
  EXPECT_EQ(impossible.error().message,
            "scored token 0: -log of its probability is inf, expected a finite number (do the logits hold NaN or "
            "infinity?)");
  ASSERT_TRUE(meter.add(forbidden, 2, 0));
  EXPECT_EQ(meter.report().tokens, 1u);
}

} // namespace
