#include "vspec/Support/SmallFloat.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>
using namespace vspec;

TEST(SmallFloat, every_half_widens_to_its_definition_and_comes_back) {
  for (uint32_t half = 0; half < 0x10000; ++half) {
    float value = halfToFloat(uint16_t(half));
    if ((half & 0x7fff) > 0x7c00) {
      EXPECT_TRUE(std::isnan(value));
      EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(value))));
      continue;
    }
    float expected = (half & 0x7fff) == 0x7c00 ? INFINITY : smallMagnitude(5, 10, half & 0x7fff);
    ASSERT_EQ(bitsOfFloat(value), bitsOfFloat(half & 0x8000 ? -expected : expected)) << half;
    ASSERT_EQ(floatToHalf(value), half);
  }
}

TEST(SmallFloat, codes_have_a_sign_and_what_is_not_finite) {
  for (uint32_t code = 0; code < 256; ++code) {
    float e4m3 = e4m3ToFloat(uint8_t(code)), e5m2 = halfToFloat(uint16_t(code << 8)); // the upper half of an f16
    EXPECT_TRUE(std::isnan(e4m3) ? std::isnan(smallFloat(4, 3, code)) : smallFloat(4, 3, code) == e4m3);
    EXPECT_TRUE(std::isnan(e5m2) ? std::isnan(smallFloat(5, 2, code)) : smallFloat(5, 2, code) == e5m2);
  }
  EXPECT_EQ(smallFloat(2, 3, 0x3f), -7.5f);
  EXPECT_EQ(smallFloat(3, 2, 0x1f), 28);
}

TEST(SmallFloat, halves_round_to_nearest_even) {
  for (uint32_t half = 0; half < 0x7bff; ++half) {
    float low = halfToFloat(uint16_t(half)), high = halfToFloat(uint16_t(half + 1)), middle = (low + high) / 2;
    ASSERT_EQ(floatToHalf(middle), half + (half & 1)) << half;
    ASSERT_EQ(floatToHalf(std::nextafter(middle, 0.0f)), half);
    ASSERT_EQ(floatToHalf(-std::nextafter(middle, INFINITY)), (half + 1) | 0x8000);
  }
  EXPECT_EQ(floatToHalf(65519.996f), 0x7bff);
  EXPECT_EQ(floatToHalf(65520.0f), 0x7c00);
  EXPECT_EQ(floatToHalf(INFINITY), 0x7c00);
}

TEST(SmallFloat, random_floats_round_like_the_general_rule) {
  std::mt19937 random(1);
  for (int i = 0; i < 200000; ++i) {
    float value = floatOfBits(random() & 0x7fffffff);
    if (!std::isfinite(value))
      continue;
    ASSERT_EQ(floatToHalf(value), std::min<uint64_t>(nearestMagnitude(5, 10, value), 0x7c00)) << value;
    ASSERT_EQ(floatToBfloat(value), nearestMagnitude(8, 7, value)) << value;
  }
}

TEST(SmallFloat, bfloat_keeps_nan_and_ties_to_even) {
  EXPECT_TRUE(std::isnan(bfloatToFloat(floatToBfloat(floatOfBits(0x7f800001)))));
  EXPECT_EQ(floatToBfloat(floatOfBits(0x3f808000)), 0x3f80);
  EXPECT_EQ(floatToBfloat(floatOfBits(0x3f818000)), 0x3f82);
}

TEST(SmallFloat, e8m0_is_powers_of_two) {
  for (int bits = 0; bits < 255; ++bits) {
    EXPECT_EQ(e8m0ToFloat(uint8_t(bits)), std::ldexp(1.0f, bits - 127));
    EXPECT_EQ(floatToE8m0(e8m0ToFloat(uint8_t(bits))), bits);
  }
  EXPECT_EQ(floatToE8m0(0), 0);
  EXPECT_EQ(floatToE8m0(-1), 0);
  EXPECT_EQ(floatToE8m0(1.4f), 127);
  EXPECT_EQ(floatToE8m0(1.6f), 128);
}

TEST(SmallFloat, e4m3_has_448_and_a_nan) {
  EXPECT_EQ(e4m3ToFloat(0x7e), 448);
  EXPECT_EQ(e4m3ToFloat(0x01), 0x1p-9f);
  EXPECT_EQ(e4m3ToFloat(0xb8), -1);
  EXPECT_TRUE(std::isnan(e4m3ToFloat(0x7f)) && std::isnan(e4m3ToFloat(0xff)));
  for (int bits = 0; bits < 256; ++bits)
    if ((bits & 0x7f) != 0x7f) {
      EXPECT_EQ(floatToE4m3(e4m3ToFloat(uint8_t(bits))), bits);
    }
  EXPECT_EQ(floatToE4m3(464), 0x7e); // a tie, to even
  EXPECT_EQ(floatToE4m3(465), 0x7f);
}
