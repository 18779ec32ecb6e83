#include "lib/Tokenizer/LiteralTokens.h"
#include <gtest/gtest.h>

using namespace vspec;

// 0 <a>, 1 <ab>, 2 "ab" of a user, 3 "bcd" of a user, 4 a normal token.
static TokenizerModel model(std::vector<uint8_t> strips = {}) {
  TokenizerModel made;
  made.tokens = {"<a>", "<ab>", "ab", "bcd", "normal"};
  made.types = {TokenType::Control, TokenType::Unknown, TokenType::UserDefined, TokenType::UserDefined, TokenType::Normal};
  made.strips = std::move(strips);
  return made;
}

static std::string partitioned(const TokenizerModel &model, std::string_view text, bool parseSpecial) {
  std::string shown;
  for (const Fragment &fragment : LiteralTokens(model).partition(text, parseSpecial))
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
  EXPECT_EQ(partitioned(model(), "<a><ab>", false), "'<a><'2'>'");
}

TEST(LiteralTokens, SwallowsWhiteSpace) {
  const TokenizerModel left = model({StripLeft, 0, 0, 0, 0}), right = model({StripRight, 0, 0, 0, 0});
  EXPECT_EQ(partitioned(left, "x \u3000<a> y", true), "'x'0' y'");
  EXPECT_EQ(partitioned(left, " <a>", true), "0");
  EXPECT_EQ(partitioned(right, "x <a> \u2003y", true), "'x '0'y'");
  EXPECT_EQ(partitioned(right, "<a> \n", true), "0");
}
