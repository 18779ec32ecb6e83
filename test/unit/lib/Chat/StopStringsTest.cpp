#include "vspec/Chat/StopStrings.h"
#include <gtest/gtest.h>

using namespace vspec;

TEST(StopStrings, NothingOfAStopStringIsShown) {
  StopStrings stops({"<end>", "STOP"});
  EXPECT_EQ(stops.push("text <"), "text ");
  EXPECT_EQ(stops.push("en"), "");
  EXPECT_EQ(stops.push("d"), "");
  EXPECT_FALSE(stops.found());
  EXPECT_EQ(stops.push("> more"), "");
  EXPECT_TRUE(stops.found());
  EXPECT_EQ(stops.push("STOP"), "");
  EXPECT_EQ(stops.finish(), "");
}

TEST(StopStrings, WhatDoesNotBecomeOneIsShown) {
  StopStrings stops({"<end>"});
  EXPECT_EQ(stops.push("a<en"), "a");
  EXPECT_EQ(stops.push("try><"), "<entry>");
  EXPECT_EQ(stops.finish(), "<");
}

TEST(StopStrings, TheFirstInTheTextCounts) {
  StopStrings stops({"world", "lo"});
  EXPECT_EQ(stops.push("hello world"), "hel");
  EXPECT_TRUE(stops.found());
}

TEST(StopStrings, AnyCutOfTheTextGivesTheSame) {
  const std::string text = "aabaaabaab!rest";
  for (size_t cut = 0; cut <= text.size(); ++cut)
    for (size_t second = cut; second <= text.size(); ++second) {
      StopStrings stops({"aab!", "aabab"});
      std::string shown = stops.push(text.substr(0, cut)) + stops.push(text.substr(cut, second - cut)) + stops.push(text.substr(second));
      EXPECT_EQ(shown + stops.finish(), "aabaaab") << cut << " " << second;
    }
}

TEST(StopStrings, WithoutAnyAllIsShown) {
  StopStrings stops({});
  EXPECT_EQ(stops.push("abc"), "abc");
  EXPECT_FALSE(stops.found());
}
