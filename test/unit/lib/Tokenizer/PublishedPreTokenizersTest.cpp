#include "lib/Tokenizer/PublishedPreTokenizers.h"
#include "lib/Tokenizer/PatternDialect.h"
#include "lib/Tokenizer/PreTokenizer.h"
#include <gtest/gtest.h>
#include <set>

using namespace vspec;

static PreTokenizer compiled(std::string_view name) {
  std::vector<SplitStep> steps;
  for (std::string_view pattern : publishedPreTokenizer(name)->patterns) {
    Result<std::string> translated = patternFromOniguruma(pattern);
    EXPECT_TRUE(translated) << name;
    steps.push_back({*translated});
  }
  Result<PreTokenizer> made = PreTokenizer::compile(steps);
  if (!made)
    ADD_FAILURE() << name << ": " << made.error().message;
  return std::move(*made);
}

static std::string split(std::string_view name, std::string_view text) {
  const PreTokenizer preTokenizer = compiled(name);
  Result<Words> words = preTokenizer.split(std::string(text), true);
  std::string shown;
  for (size_t i = 0; i < words->size(); ++i)
    shown += (shown.empty() ? "" : "|") + std::string((*words)[i]);
  return shown;
}

TEST(PublishedPreTokenizers, AllCompileAndLoseNothing) {
  const std::string names = publishedPreTokenizerNames();
  std::set<std::string> seen;
  for (size_t at = 0; at < names.size();) {
    const size_t end = std::min(names.find(", ", at), names.size());
    const std::string name = names.substr(at, end - at), text = "It's 12345 o'CLOCK:\n\n  \u4f60\u597d \u0e44 (a.b) \U0001f600!";
    EXPECT_TRUE(seen.insert(name).second) << name;
    std::string joined;
    const PreTokenizer preTokenizer = compiled(name);
    Result<Words> words = preTokenizer.split(text, true);
    ASSERT_TRUE(words) << name << ": " << words.error().message;
    for (size_t i = 0; i < words->size(); ++i)
      joined += (*words)[i];
    EXPECT_EQ(joined, text) << name;
    at = end + 2;
  }
  EXPECT_GT(seen.size(), 50u);
  EXPECT_EQ(publishedPreTokenizer("no such"), nullptr);
}

TEST(PublishedPreTokenizers, CutAsTheirModelsDo) {
  const std::string text = "It's 12345  HelloWORLD!\n";
  EXPECT_EQ(split("gpt-2", text), "It|'s| 12345| | HelloWORLD|!|\n");
  EXPECT_EQ(split("llama-bpe", text), "It|'s| |123|45| | HelloWORLD|!\n");
  EXPECT_EQ(split("qwen2", text), "It|'s| |1|2|3|4|5| | HelloWORLD|!\n");
  EXPECT_EQ(split("starcoder", text), "It|'s| |1|2|3|4|5| | HelloWORLD|!|\n");
  EXPECT_EQ(split("falcon", text), "It|'|s| |123|45| | HelloWORLD|!|\n");
  EXPECT_EQ(split("default", text), "It|'|s| |123|45| | HelloWORLD|!|\n");
  EXPECT_EQ(split("deepseek-coder", text), "It|'|s| |1|2|3|4|5| | HelloWORLD|!|\n");
  EXPECT_EQ(split("deepseek-llm", text), "It|'|s| |12345| | HelloWORLD|!|\n");
  EXPECT_EQ(split("tekken", text), "It|'s| |1|2|3|4|5| | Hello|WORLD|!\n");
  EXPECT_EQ(split("gpt-4o", text), "It's| |123|45| | Hello|WORLD|!\n");
  EXPECT_EQ(split("deepseek-v3", "\u4f60\u597da1234"), "\u4f60\u597d|a|123|4");
  EXPECT_EQ(split("afmoe", "a1234567 \u0e44\u0e17"), "a|1|234|567| |\u0e44|\u0e17");
  EXPECT_EQ(split("superbpe", "a b 1234567"), "a b |1|234|567");
  EXPECT_EQ(split("tiny_aya", "12345 1234x"), "12|345| |123|4|x");
  EXPECT_EQ(split("kimi-k2", "Hi\u4f60\u597dab 1234's"), "Hi|\u4f60\u597d|ab| |123|4|'s");
  EXPECT_EQ(split("youtu", "\ud55c\uad6d \u4f60!A's"), "\ud55c\uad6d| |\u4f60|!A's");
  EXPECT_EQ(split("jais-2", "a       b"), "a|    |  | b");
  EXPECT_EQ(split("exaone-moe", "ab cd\n\nef"), "ab cd|\n\n|ef");
  EXPECT_EQ(split("ufakzeka", "Ali'nin 12"), "Ali|'nin| |1|2");
  EXPECT_EQ(split("minicpm5", "a 1234"), "a| |123|4");
  EXPECT_EQ(split("spark2_5", "a.\n\nb"), "a|.|\n|\n|b");
  EXPECT_EQ(split("laguna", "a \n\n b"), "a| |\n\n| b");
  EXPECT_EQ(split("chameleon", "a<sentinel:12>IMGIMGAZ    1.b"), "a|<|sentinel|:|1|2|>|IMGIMGAZ|    |1|.|b");
  EXPECT_EQ(split("viking", "ab. c1"), "ab|.| c|1");
}
