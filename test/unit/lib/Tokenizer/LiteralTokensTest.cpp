#include "lib/Tokenizer/LiteralTokens.h"
#include <gtest/gtest.h>

using namespace vspec;

// 0 <a>, 1 <ab>, 2 "ab" of a user, 3 "bcd" of a user, 4 a normal token.
static TokenizerModel model(std::vector<uint8_t> literals = {}) {
  TokenizerModel made;
  made.tokens = {"<a>", "<ab>", "ab", "bcd", "normal"};
  made.types = {TokenType::Control, TokenType::Unknown, TokenType::UserDefined, TokenType::UserDefined, TokenType::Normal};
  made.literals = std::move(literals);
  return made;
}

static std::string partitioned(const TokenizerModel &model, std::string_view text, bool parseSpecial) {
  std::string shown;
  LiteralTokens literals(model);
  for (size_t id = 0; id < model.tokens.size(); ++id)
    if (model.types[id] != TokenType::Normal)
      literals.add(model.tokens[id], int32_t(id));
  for (const Fragment &fragment : literals.partition(text, parseSpecial))
    shown += fragment.token < 0 ? "'" + std::string(fragment.text) + "'" : std::to_string(fragment.token);
  return shown;
}

TEST(LiteralTokens, FindsLeftmostThenLongest) {
  EXPECT_EQ(partitioned(model(), "xabcd", false), "'x'2'cd'");
  EXPECT_EQ(partitioned(model(), "xbcdab", false), "'x'32");
  EXPECT_EQ(partitioned(model(), "", true), "");
  EXPECT_EQ(partitioned(model(), "normal", true), "'normal'");
}

TEST(LiteralTokens, FindsControlTokensOnlyWhenAsked) {
  EXPECT_EQ(partitioned(model(), "<a><ab>", true), "01");
  // What is not asked for still hides the user's token within it.
  EXPECT_EQ(partitioned(model(), "<a><ab>ab", false), "'<a><ab>'2");
}

TEST(LiteralTokens, StandAlone) {
  const TokenizerModel alone = model({0, 0, SingleWord, 0, 0});
  EXPECT_EQ(partitioned(alone, "ab cab ab_ (ab)ab\u0301 \u4f60ab", false), "2' cab ab_ ('2')ab\u0301 \u4f60ab'");
}

TEST(LiteralTokens, ShareWhiteSpace) {
  TokenizerModel both = model({StripRight, StripLeft, 0, 0, 0});
  EXPECT_EQ(partitioned(both, "<a> \n <ab>", true), "01");
  both.tokens[1] = " ";
  EXPECT_EQ(partitioned(both, "<a>  x", true), "011'x'");
}

TEST(LiteralTokens, SwallowsWhiteSpace) {
  const TokenizerModel left = model({StripLeft, 0, 0, 0, 0}), right = model({StripRight, 0, 0, 0, 0});
  EXPECT_EQ(partitioned(left, "x \u3000<a> y", true), "'x'0' y'");
  EXPECT_EQ(partitioned(left, " <a>", true), "0");
  EXPECT_EQ(partitioned(right, "x <a> \u2003y", true), "'x '0'y'");
  EXPECT_EQ(partitioned(right, "<a> \n", true), "0");
}
