#include "passes/Import/RopeFrequencies.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace vspec;

TEST(RopeFrequencies, PowersAgreeWithTheMathLibrary) {
  for (double base : {1.0, 2.0, 10000.0, 500000.0, 1e6, 1e7})
    for (int64_t size : {2, 8, 64, 96, 128, 256})
      for (int64_t i = 0; i < size / 2; ++i) {
        double expected = std::pow(base, -2.0 * double(i) / double(size));
        EXPECT_NEAR(portablePower(base, -2.0 * double(i) / double(size)) / expected, 1, 4e-15) << base << " " << size << " " << i;
      }
  EXPECT_EQ(portablePower(10000, 0), 1);
  EXPECT_NEAR(portablePower(10, 300) / 1e300, 1, 1e-13);
}

TEST(RopeFrequencies, OfSmallHeadsAreExactPowers) {
  EXPECT_EQ(ropeFrequencies(8, 10000, {}), (std::vector<float>{1.0f, 0.1f, 0.01f, 0.001f}));
  EXPECT_EQ(ropeFrequencies(4, 65536, {}), (std::vector<float>{1.0f, 1.0f / 256}));
}

TEST(RopeFrequencies, LinearScalingDividesAll) {
  RopeScaling scaling;
  scaling.kind = RopeScaling::Kind::Linear;
  scaling.factor = 4;
  EXPECT_EQ(ropeFrequencies(4, 10000, scaling), (std::vector<float>{0.25f, 0.0025f}));
}

TEST(RopeFrequencies, FactorsDivideEachByItsOwn) {
  RopeScaling scaling;
  scaling.factors = {1, 8};
  EXPECT_EQ(ropeFrequencies(4, 10000, scaling), (std::vector<float>{1.0f, 0.00125f}));
  scaling.kind = RopeScaling::Kind::Linear;
  scaling.factor = 2;
  EXPECT_EQ(ropeFrequencies(4, 10000, scaling), (std::vector<float>{0.5f, 0.000625f}));
}

// What transformers' _compute_yarn_parameters gives for heads of 16 and an original context of 64.
TEST(RopeFrequencies, YaRNKeepsFastPairsAndStretchesSlowOnes) {
  RopeScaling scaling;
  scaling.kind = RopeScaling::Kind::YaRN;
  scaling.factor = 4;
  scaling.originalContext = 64;
  auto expectNear = [&](std::vector<float> expected) {
    std::vector<float> frequencies = ropeFrequencies(16, 10000, scaling);
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(frequencies[i] / expected[i], 1, 3e-5) << i;
  };
  expectNear({1, 0.23717f, 0.05f, 7.9057e-03f, 2.5e-03f, 7.9057e-04f, 2.5e-04f, 7.9057e-05f});
  scaling.factor = 8;
  scaling.truncate = false;
  scaling.betaFast = 8;
  scaling.betaSlow = 2;
  expectNear({1, 0.13465f, 1.25e-02f, 3.9528e-03f, 1.25e-03f, 3.9528e-04f, 1.25e-04f, 3.9528e-05f});
}

// What transformers' _compute_llama3_parameters gives for Llama 3.1 8B (base 500000, head size 128, factor 8, 1, 4, 8192).
TEST(RopeFrequencies, Llama3KeepsShortWavesAndStretchesLongOnes) {
  RopeScaling scaling;
  scaling.kind = RopeScaling::Kind::Llama3;
  scaling.factor = 8;
  scaling.lowFactor = 1;
  scaling.highFactor = 4;
  scaling.originalContext = 8192;
  std::vector<float> plain = ropeFrequencies(128, 500000, {}), scaled = ropeFrequencies(128, 500000, scaling);
  int kept = 0, between = 0, stretched = 0;
  for (size_t i = 0; i < plain.size(); ++i) {
    double wavelength = 2 * M_PI / plain[i];
    if (wavelength < 8192.0 / 4) {
      EXPECT_EQ(scaled[i], plain[i]);
      ++kept;
    } else if (wavelength > 8192.0) {
      EXPECT_FLOAT_EQ(scaled[i], plain[i] / 8);
      ++stretched;
    } else {
      double smooth = (8192 / wavelength - 1) / 3;
      EXPECT_NEAR(scaled[i] / ((1 - smooth) * plain[i] / 8 + smooth * plain[i]), 1, 1e-6);
      ++between;
    }
  }
  EXPECT_EQ(kept, 29);
  EXPECT_EQ(between, 6);
  EXPECT_EQ(stretched, 29);
}
