#include "lib/Tokenizer/PreTokenizer.h"
#include <gtest/gtest.h>

using namespace vspec;

using Words = std::vector<std::string_view>;

static Words split(std::vector<SplitStep> steps, std::string_view text) {
  Result<PreTokenizer> made = PreTokenizer::compile(steps);
  if (!made) {
    ADD_FAILURE() << made.error().message;
    return {};
  }
  Result<Words> words = made->split(text);
  if (!words)
    ADD_FAILURE() << words.error().message;
  return words ? *words : Words();
}

TEST(PreTokenizer, KeepsMatchesAndGaps) {
  EXPECT_EQ(split({{"\\p{N}", false}}, "a12b"), (Words{"a", "1", "2", "b"}));
  EXPECT_EQ(split({{"\\p{N}", false}}, ""), Words());
  EXPECT_EQ(split({{"\\p{N}", false}}, "ab"), Words{"ab"});
  EXPECT_EQ(split({}, "a12b"), Words{"a12b"});
}

TEST(PreTokenizer, DropsGaps) { EXPECT_EQ(split({{"\\p{N}+", true}}, "a12b3c"), (Words{"12", "3"})); }

TEST(PreTokenizer, StepSeesOnlyItsWord) {
  EXPECT_EQ(split({{"-", false}, {"\\b.", false}}, "ab-cd"), (Words{"a", "b", "-", "c", "d"}));
  EXPECT_EQ(split({{",", false}, {"x$", false}}, "axx,ax"), (Words{"ax", "x", ",", "a", "x"}));
}

TEST(PreTokenizer, CutsAtEmptyMatches) {
  EXPECT_EQ(split({{"(?=(\\d{3})+(?!\\d))", false}}, "1234567"), (Words{"1", "234", "567"}));
  EXPECT_EQ(split({{"x*", false}}, "a\u00e9"), (Words{"a", "\u00e9"}));
}

TEST(PreTokenizer, MatchesUnicode) { EXPECT_EQ(split({{"\\p{L}+", false}}, "\u00e9\u4f60 1"), (Words{"\u00e9\u4f60", " 1"})); }

TEST(PreTokenizer, RefusesWrongPatterns) {
  Result<PreTokenizer> made = PreTokenizer::compile({{"a", false}, {"(", false}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "pattern 1 of the pre-tokenizer is wrong at byte 1: missing closing parenthesis");
  made = PreTokenizer::compile({{std::string(40000, 'a'), false}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "pattern 0 of the pre-tokenizer has 40000 bytes, but at most 32768 are expected");
}

TEST(PreTokenizer, GivesUpOnPatternsThatExplode) {
  Result<PreTokenizer> made = PreTokenizer::compile({{"(a+)+$", false}});
  ASSERT_TRUE(made);
  Result<Words> words = made->split(std::string(40, 'a') + "b");
  ASSERT_FALSE(words);
  EXPECT_EQ(words.error().message, "pattern 0 of the pre-tokenizer gives up on a text of 41 bytes after byte 0: match limit exceeded");
}

TEST(PreTokenizer, SplitsMegabytes) {
  const std::string text(1000000, ' ');
  EXPECT_EQ(split({{"\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", false}}, text + "a"), (Words{std::string_view(text).substr(1), " ", "a"}));
}
