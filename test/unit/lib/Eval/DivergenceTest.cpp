#include "vspec/Eval/Divergence.h"
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

using namespace vspec;

namespace {

/// Logits of a coin that shows token 0 with this probability.
std::vector<float> coin(double probability) { return {float(std::log(probability)), float(std::log(1 - probability))}; }

TEST(Divergence, OfTheSameDistributionIsZero) {
  const float logits[] = {1, -2, 0.5f, 8}, shifted[] = {4, 1, 3.5f, 11};
  EXPECT_EQ(divergence(logits, logits, 4), 0);
  EXPECT_NEAR(divergence(logits, shifted, 4), 0, 1e-12);
}

TEST(Divergence, OfCoinsIsTheClosedForm) {
  const double p = 0.5, q = 0.125;
  const double expected = p * std::log(p / q) + (1 - p) * std::log((1 - p) / (1 - q));
  EXPECT_NEAR(divergence(coin(p).data(), coin(q).data(), 2), expected, 1e-7);
  const double reversed = q * std::log(q / p) + (1 - q) * std::log((1 - q) / (1 - p));
  EXPECT_NEAR(divergence(coin(q).data(), coin(p).data(), 2), reversed, 1e-7);
}

TEST(Divergence, WhatTheReferenceNeverSaysDoesNotCount) {
  const float reference[] = {0, 0, -INFINITY}, model[] = {0, 0, 0};
  EXPECT_NEAR(divergence(reference, model, 3), std::log(1.5), 1e-7);
}

TEST(Divergence, ReportsMeanTailAndAgreement) {
  const std::vector<float> even = coin(0.5), skewed = coin(0.9), opposite = coin(0.1);
  const double far = divergence(skewed.data(), opposite.data(), 2);
  DivergenceMeter meter;
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(meter.add(skewed.data(), skewed.data(), 2));
  ASSERT_TRUE(meter.add(skewed.data(), opposite.data(), 2));
  const Divergence report = meter.report();
  EXPECT_EQ(report.positions, 101u);
  EXPECT_NEAR(report.mean, far / 101, 1e-9);
  EXPECT_EQ(report.percentile99, 0); // place 99 of 0..100: the last of the zeros
  EXPECT_DOUBLE_EQ(report.sameTop, 100.0 / 101);
}

TEST(Divergence, PercentileLiesBetweenItsNeighbours) {
  const std::vector<float> even = coin(0.5), skewed = coin(0.9);
  const double far = divergence(even.data(), skewed.data(), 2);
  DivergenceMeter meter;
  ASSERT_TRUE(meter.add(even.data(), even.data(), 2));
  ASSERT_TRUE(meter.add(even.data(), skewed.data(), 2));
  EXPECT_NEAR(meter.report().percentile99, 0.99 * far, 1e-9);
  EXPECT_EQ(meter.report().sameTop, 1);
}

TEST(Divergence, RefusesWhatIsNotFinite) {
  const float reference[] = {0, 0}, forbidding[] = {0, -INFINITY};
  DivergenceMeter meter;
  auto added = meter.add(reference, forbidding, 2);
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().message, "position 0: the divergence is inf, expected a finite number (do the logits hold NaN or infinity?)");
}

} // namespace
