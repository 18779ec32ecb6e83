#include "vspec/Eval/LogSoftmax.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

using namespace vspec;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

TEST(LogSoftmax, EqualLogitsAddTheLogOfTheirNumber) {
  for (uint32_t count : {1u, 2u, 512u, 151936u}) {
    const std::vector<float> logits(count, 3.5f);
    EXPECT_NEAR(logSumExp(logits.data(), count), 3.5 + std::log(double(count)), 1e-12);
  }
}

TEST(LogSoftmax, TakesLogitsThatExpCannot) {
  const float large[] = {10000, 10000}, small[] = {-10000, -10000};
  EXPECT_DOUBLE_EQ(logSumExp(large, 2), 10000 + std::log(2.0));
  EXPECT_DOUBLE_EQ(logSumExp(small, 2), -10000 + std::log(2.0));
}

TEST(LogSoftmax, ForbiddenTokensHaveNoProbability) {
  const float logits[] = {-infinity, 2, -infinity};
  EXPECT_DOUBLE_EQ(logSumExp(logits, 3), 2);
}

TEST(LogSoftmax, IsNotFiniteWithoutADistribution) {
  const float nan[] = {1, std::nanf("")}, nanFirst[] = {std::nanf(""), 1}, none[] = {-infinity, -infinity}, over[] = {infinity, 0};
  EXPECT_FALSE(std::isfinite(logSumExp(nan, 2)));
  EXPECT_FALSE(std::isfinite(logSumExp(nanFirst, 2)));
  EXPECT_FALSE(std::isfinite(logSumExp(none, 2)));
  EXPECT_FALSE(std::isfinite(logSumExp(over, 2)));
}

TEST(LogSoftmax, LargestIsTheFirstOfEqualOnes) {
  const float logits[] = {-1, 4, 2, 4};
  EXPECT_EQ(largest(logits, 4), 1u);
  EXPECT_EQ(largest(logits, 1), 0u);
}

} // namespace
