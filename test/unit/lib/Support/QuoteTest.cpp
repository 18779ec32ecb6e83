#include "vspec/Support/Quote.h"
#include <gtest/gtest.h>

using namespace vspec;

TEST(Quote, LeavesPrintableTextAlone) { EXPECT_EQ(quote("blk.0.größe 語 \xF0\x9F\x98\x80"), "'blk.0.größe 語 \xF0\x9F\x98\x80'"); }

TEST(Quote, EscapesWhatWouldSpoilALine) { EXPECT_EQ(quote("a\n'\\\x7F\x1B[31m\xFF"), "'a\\x0a\\x27\\x5c\\x7f\\x1b[31m\\xff'"); }

TEST(Quote, CutsLongText) {
  EXPECT_EQ(quote(std::string(100, 'x')), "'" + std::string(100, 'x') + "'");
  EXPECT_EQ(quote(std::string(101, 'x')), "'" + std::string(100, 'x') + "...'");
}

TEST(ValidUtf8, KnowsTheEdgesOfEachLength) {
  for (const char *good : {"", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
                           "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    EXPECT_TRUE(isUtf8(good)) << quote(good);
  for (const char *bad : {"\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82", "\xF0\x8F\xBF\xBF",
                          "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"})
    EXPECT_FALSE(isUtf8(bad)) << quote(bad);
}

TEST(ValidUtf8, SaysWhereItEnds) {
  EXPECT_EQ(validUtf8("ab\xC3\xA4\xFFz"), 4u);
  EXPECT_EQ(validUtf8(std::string_view("a\0b", 3)), 3u);
}
