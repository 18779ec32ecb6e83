#include "lib/Tokenizer/PreTokenizer.h"
#include <gtest/gtest.h>

using namespace vspec;

using List = std::vector<std::string>;

static List split(std::vector<SplitStep> steps, std::string text, bool first = true) {
  Result<PreTokenizer> made = PreTokenizer::compile(steps);
  if (!made) {
    ADD_FAILURE() << made.error().message;
    return {};
  }
  Result<Words> words = made->split(std::move(text), first);
  if (!words) {
    ADD_FAILURE() << words.error().message;
    return {};
  }
  List list;
  for (size_t i = 0; i < words->size(); ++i)
    list.emplace_back((*words)[i]);
  return list;
}

static SplitStep spaces(std::string space, SpacePrefix prefix) { return {space, SplitBehavior::Isolated, false, true, prefix}; }

TEST(PreTokenizer, KeepsMatchesAndGaps) {
  EXPECT_EQ(split({{"\\p{N}"}}, "a12b"), (List{"a", "1", "2", "b"}));
  EXPECT_EQ(split({{"\\p{N}"}}, ""), List());
  EXPECT_EQ(split({{"\\p{N}"}}, "ab"), List{"ab"});
  EXPECT_EQ(split({}, "a12b"), List{"a12b"});
}

TEST(PreTokenizer, DropsGaps) { EXPECT_EQ(split({{"\\p{N}+", SplitBehavior::Removed, true}}, "a12b3c"), (List{"12", "3"})); }

TEST(PreTokenizer, Behaviors) {
  auto cut = [](SplitBehavior behavior, bool invert = false) { return split({{"-", behavior, invert}}, "-a--b-"); };
  EXPECT_EQ(cut(SplitBehavior::Isolated), (List{"-", "a", "-", "-", "b", "-"}));
  EXPECT_EQ(cut(SplitBehavior::Removed), (List{"a", "b"}));
  EXPECT_EQ(cut(SplitBehavior::Removed, true), (List{"-", "-", "-", "-"}));
  EXPECT_EQ(cut(SplitBehavior::Contiguous), (List{"-", "a", "--", "b", "-"}));
  EXPECT_EQ(cut(SplitBehavior::MergedWithPrevious), (List{"-", "a-", "-", "b-"}));
  EXPECT_EQ(cut(SplitBehavior::MergedWithPrevious, true), (List{"-a", "-", "-b", "-"}));
  EXPECT_EQ(cut(SplitBehavior::MergedWithNext), (List{"-a", "-", "-b", "-"}));
  EXPECT_EQ(cut(SplitBehavior::MergedWithNext, true), (List{"-", "a-", "-", "b-"}));
}

TEST(PreTokenizer, WritesSpaces) {
  EXPECT_EQ(split({spaces("_", SpacePrefix::EveryText)}, "a b"), List{"_a_b"});
  EXPECT_EQ(split({spaces("_", SpacePrefix::EveryText)}, " b"), List{"_b"});
  EXPECT_EQ(split({{","}, spaces("_", SpacePrefix::EveryText)}, "a,b"), (List{"_a", "_,", "_b"}));
  EXPECT_EQ(split({{","}, spaces("_", SpacePrefix::FirstText)}, "a,b"), (List{"_a", ",", "b"}));
  EXPECT_EQ(split({spaces("_", SpacePrefix::FirstText)}, "a", false), List{"a"});
  EXPECT_EQ(split({{",", SplitBehavior::Removed}, spaces("_", SpacePrefix::FirstText)}, ",a"), List{"a"});
  EXPECT_EQ(split({spaces("_", SpacePrefix::None), {"_", SplitBehavior::MergedWithNext}}, "a b  c"), (List{"a", "_b", "_", "_c"}));
}

TEST(PreTokenizer, StepSeesOnlyItsWord) {
  EXPECT_EQ(split({{"-"}, {"\\b."}}, "ab-cd"), (List{"a", "b", "-", "c", "d"}));
  EXPECT_EQ(split({{","}, {"x$"}}, "axx,ax"), (List{"ax", "x", ",", "a", "x"}));
}

TEST(PreTokenizer, CutsAtEmptyMatches) {
  EXPECT_EQ(split({{"(?=(\\d{3})+(?!\\d))"}}, "1234567"), (List{"1", "234", "567"}));
  EXPECT_EQ(split({{"x*"}}, "a\u00e9"), (List{"a", "\u00e9"}));
}

TEST(PreTokenizer, MatchesUnicode) { EXPECT_EQ(split({{"\\p{L}+"}}, "\u00e9\u4f60 1"), (List{"\u00e9\u4f60", " 1"})); }

TEST(PreTokenizer, RefusesWrongPatterns) {
  Result<PreTokenizer> made = PreTokenizer::compile({{"a"}, {"("}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "pattern 1 of the pre-tokenizer is wrong at byte 1: missing closing parenthesis");
  made = PreTokenizer::compile({{std::string(40000, 'a')}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "pattern 0 of the pre-tokenizer has 40000 bytes, but at most 32768 are expected");
}

TEST(PreTokenizer, GivesUpOnPatternsThatExplode) {
  Result<PreTokenizer> made = PreTokenizer::compile({{"(a+)+$"}});
  ASSERT_TRUE(made);
  Result<Words> words = made->split(std::string(40, 'a') + "b", true);
  ASSERT_FALSE(words);
  EXPECT_EQ(words.error().message, "pattern 0 of the pre-tokenizer gives up on a text of 41 bytes after byte 0: match limit exceeded");
}

TEST(PreTokenizer, SplitsMegabytes) {
  const std::string text(1000000, ' ');
  EXPECT_EQ(split({{"\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}}, text + "a"), (List{text.substr(1), " ", "a"}));
}
