#include "lib/Tokenizer/Pattern.h"
#include <gtest/gtest.h>

using namespace vspec;

static std::string found(std::string_view pattern, std::string_view text) {
  Result<Pattern> made = Pattern::compile(pattern, "pattern");
  std::vector<Pattern::Match> matches;
  if (!made)
    return made.error().message;
  if (Result<void> done = made->findAll(text, Pattern::Matcher(text.size()), matches); !done)
    return done.error().message;
  std::string shown;
  for (const Pattern::Match &match : matches)
    shown += "[" + std::to_string(match.begin) + "," + std::to_string(match.end) + "]";
  return shown;
}

TEST(Pattern, FindsAllMatches) {
  EXPECT_EQ(found("b+", "abba b"), "[1,3][5,6]");
  EXPECT_EQ(found("b+", "aa"), "");
  EXPECT_EQ(found("b+", ""), "");
  EXPECT_EQ(found("\\p{L}", "\u00e9"), "[0,2]");
}

TEST(Pattern, EmptyMatchesCount) { EXPECT_EQ(found("(?=b)", "ab\u00e9b"), "[1,1][4,4]"); }

TEST(Pattern, TellsWhatIsWrong) {
  EXPECT_EQ(found("(", ""), "pattern is wrong at byte 1: missing closing parenthesis");
  EXPECT_EQ(found("(a+)+$", std::string(40, 'a') + "b"), "pattern gives up on a text of 41 bytes after byte 0: match limit exceeded");
  EXPECT_EQ(found(std::string(40000, 'a'), ""), "pattern has 40000 bytes, but at most 32768 are expected");
}
