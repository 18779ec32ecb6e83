#include "lib/Tokenizer/PatternDialect.h"
#include <gtest/gtest.h>

using namespace vspec;

static std::string translated(const char *pattern) {
  Result<std::string> result = patternFromOniguruma(pattern);
  return result ? *result : "error: " + result.error().message;
}

TEST(PatternDialect, KeepsWhatMeansTheSame) {
  for (const char *pattern : {"", "[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+", "(?i:'s|'t)", "[\\]\\[\\\\]", "[]a]", "[^]a]", "[[:alpha:]]",
                              "\\p{N}{1,3}", "\\x{41}+", "\\("})
    EXPECT_EQ(translated(pattern), pattern);
}

TEST(PatternDialect, WritesOutUnicodeClasses) {
  EXPECT_EQ(translated("\\s+(?!\\S)"), "[\\t-\\r\\x{85}\\p{Z}]+(?![^\\t-\\r\\x{85}\\p{Z}])");
  EXPECT_EQ(translated("[^\\s\\p{L}]"), "[^\\t-\\r\\x{85}\\p{Z}\\p{L}]");
  const std::string letters = "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{b2}\\x{b3}\\x{b9}\\x{bc}-\\x{be}\\x{24b6}-\\x{24e9}"
                              "\\x{1f130}-\\x{1f149}\\x{1f150}-\\x{1f169}\\x{1f170}-\\x{1f189}";
  EXPECT_EQ(translated("\\w\\W"), "[" + letters + "][^" + letters + "]");
  EXPECT_EQ(translated("\\u3040"), "\\x{3040}");
}

TEST(PatternDialect, RefusesWhatMeansSomethingElse) {
  const std::string tail = ", which means something else in PCRE2";
  EXPECT_EQ(translated("a\\h"), "error: the pattern has \\h at byte 1" + tail);
  EXPECT_EQ(translated("[a[b]]"), "error: the pattern has a class within a class at byte 2" + tail);
  EXPECT_EQ(translated("[a&&b]"), "error: the pattern has an intersection of classes at byte 2" + tail);
  EXPECT_EQ(translated("[\\S]"), "error: the pattern has \\S in a character class at byte 1" + tail);
  EXPECT_EQ(translated("(?m:.)"), "error: the pattern has an option other than (?i) at byte 0" + tail);
  EXPECT_EQ(translated("(*ACCEPT)"), "error: the pattern has (* at byte 0" + tail);
  EXPECT_EQ(translated("a{2}+"), "error: the pattern has }+ at byte 3" + tail);
}

TEST(PatternDialect, QuotesText) { EXPECT_EQ(patternOfText("a. 9\u2581"), "a\\x{2e} 9\u2581"); }
