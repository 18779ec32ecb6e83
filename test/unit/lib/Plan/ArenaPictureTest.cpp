#include "vspec/Plan/ArenaPicture.h"
#include <gtest/gtest.h>

using namespace vspec;

namespace {

size_t count(const std::string &text, const std::string &part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

TEST(ArenaPicture, DrawsABoxForEachSlice) {
  std::string picture = arenaPicture({{"residual", 0, 3, 0, 1024}, {"gate", 1, 2, 1024, 1024}}, 2048);
  EXPECT_EQ(picture.rfind("<svg ", 0), 0u);
  EXPECT_EQ(picture.substr(picture.size() - 7), "</svg>\n");
  EXPECT_EQ(count(picture, "<title>"), 2u);
  EXPECT_NE(picture.find("<title>gate: launches 1 to 2, offset 1024, 1024 bytes</title>"), std::string::npos);
  EXPECT_NE(picture.find("arena of 2.0 KiB, 2 slices, 4 launches"), std::string::npos);
  // gate: half of the launches wide, from the top to the middle
  EXPECT_NE(picture.find("<rect x=\"362.50\" y=\"30.00\" width=\"545.00\" height=\"260.00\""), std::string::npos);
  EXPECT_EQ(count(picture, ">gate</text>"), 1u);
  EXPECT_EQ(picture.find("red"), std::string::npos);
}

TEST(ArenaPicture, LeavesOutANameThatDoesNotFit) {
  std::string picture = arenaPicture({{"a name of some length", 0, 0, 0, 8}, {"x", 999, 999, 0, 8}}, 8);
  EXPECT_EQ(picture.find("some length</text>"), std::string::npos);
  EXPECT_NE(picture.find("<title>a name of some length:"), std::string::npos);
}

TEST(ArenaPicture, EscapesNames) {
  std::string picture = arenaPicture({{"<a&\"b\n>", 0, 1, 0, 8}}, 8);
  EXPECT_NE(picture.find("&lt;a&amp;&quot;b &gt;"), std::string::npos);
  EXPECT_EQ(picture.find("<a&"), std::string::npos);
}

TEST(ArenaPicture, DrawsBrokenSlicesInRed) {
  uint64_t huge = ~uint64_t(0);
  EXPECT_EQ(count(arenaPicture({{"over", 0, 1, 4, 8}}, 8), "\"red\""), 1u);
  EXPECT_EQ(count(arenaPicture({{"backwards", 3, 1, 0, 8}}, 8), "\"red\""), 1u);
  EXPECT_EQ(count(arenaPicture({{"wraps", 0, ~0u, huge, huge}}, 8), "\"red\""), 1u);
}

TEST(ArenaPicture, EmptyArena) {
  std::string picture = arenaPicture({}, 0);
  EXPECT_NE(picture.find("arena of 0 B, 0 slices"), std::string::npos);
  EXPECT_EQ(count(picture, "<title>"), 0u);
}

} // namespace
