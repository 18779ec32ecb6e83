#include "lib/Tokenizer/Normalizer.h"
#include "SmallTokenizers.h"

using namespace vspec;

static std::string normalized(std::vector<NormalizeStep> steps, std::string_view text, bool *drops = nullptr) {
  TokenizerModel model;
  model.normalizers = std::move(steps);
  Result<Normalizer> normalizer = Normalizer::compile(model);
  EXPECT_TRUE(normalizer) << normalizer.error().message;
  Result<std::string> done = normalizer->run(text, drops);
  EXPECT_TRUE(done) << done.error().message;
  return *done;
}

using Step = NormalizeStep;

TEST(Normalizer, Forms) {
  EXPECT_EQ(normalized({{Step::NFC}}, "e\u0301 \ufb01"), "\u00e9 \ufb01");
  EXPECT_EQ(normalized({{Step::NFD}}, "\u00e9"), "e\u0301");
  EXPECT_EQ(normalized({{Step::NFKC}}, "e\u0301 \ufb01"), "\u00e9 fi");
  EXPECT_EQ(normalized({{Step::NFKD}}, "\u00e9\u2460"), "e\u03011");
  EXPECT_EQ(normalized({}, "\u00e9"), "\u00e9");
}

TEST(Normalizer, Characters) {
  EXPECT_EQ(normalized({{Step::Lowercase}}, "A\u00c9\u0130\u03a3"), "a\u00e9i\u0307\u03c3");
  EXPECT_EQ(normalized({{Step::DropMarks}}, "e\u0301\u0903a"), "ea");
  EXPECT_EQ(normalized({{Step::DropMarks, Step::OnlyNonSpacing}}, "e\u0301\u0903a"), "e\u0903a");
  EXPECT_EQ(normalized({{Step::Nmt}}, "a\x01\tb\u2581\u200b"), "a b  ");
  EXPECT_EQ(normalized({{Step::CleanText}}, "a\u200b\t\u00a0b\ufffd"), "a  b");
  EXPECT_EQ(normalized({{Step::SpaceChinese}}, "a\u4f60b"), "a \u4f60 b");
}

TEST(Normalizer, Texts) {
  EXPECT_EQ(normalized({{Step::Strip, AtStart | AtEnd}}, " \u3000a b\n"), "a b");
  EXPECT_EQ(normalized({{Step::Strip, AtEnd}}, " \n"), "");
  EXPECT_EQ(normalized({{Step::Prepend, 0, "", "_"}}, "a"), "_a");
  EXPECT_EQ(normalized({{Step::Prepend, 0, "", "_"}}, ""), "");
  EXPECT_EQ(normalized({{Step::Replace, 0, "ab", "x"}}, "abaab"), "xax");
  EXPECT_EQ(normalized({{Step::ReplacePattern, 0, "b*", "-"}}, "abb"), "-a-");
}

TEST(Normalizer, TellsWhenTheStartIsGone) {
  auto drops = [](Step step, std::string_view text) {
    bool gone = false;
    (void)normalized({step}, text, &gone);
    return gone;
  };
  EXPECT_TRUE(drops({Step::Strip, AtStart}, " a"));
  EXPECT_FALSE(drops({Step::Strip, AtStart | AtEnd}, "a "));
  EXPECT_TRUE(drops({Step::Nmt}, "\x01"
                                 "a"));
  EXPECT_FALSE(drops({Step::Nmt}, "a\x01"));
  EXPECT_TRUE(drops({Step::Replace, 0, "a", ""}, "ab"));
  EXPECT_FALSE(drops({Step::Replace, 0, "a", "b"}, "ab"));
  EXPECT_TRUE(drops({Step::ReplacePattern, 0, "^a", ""}, "ab"));
}

// As SentencePiece writes spaces, without a map.
TEST(Normalizer, SentencePiece) {
  TokenizerModel model;
  model.literalsInside = true;
  model.tokens = {"a", " x ", "xy"};
  model.types = {TokenType::Normal, TokenType::UserDefined, TokenType::UserDefined};
  auto run = [&](uint32_t flags, std::string_view text) {
    model.normalizers = {{Step::SentencePiece, flags}};
    return *Normalizer::compile(model)->run(text);
  };
  EXPECT_EQ(run(7, "  a  b "), "\u2581a\u2581b");
  EXPECT_EQ(run(7, "   "), "");
  EXPECT_EQ(run(7, ""), "");
  EXPECT_EQ(run(Step::EscapeSpaces, " a  b "), "\u2581a\u2581\u2581b\u2581");
  EXPECT_EQ(run(Step::PrefixSpace, " a"), "  a");
  EXPECT_EQ(run(Step::RemoveExtraSpaces, " a  b "), "a b");
  EXPECT_EQ(run(7, "a  x  y"), "\u2581a\u2581x\u2581y"); // the token " x " loses a space beside another
}

TEST(Normalizer, RefusesTextThatIsNotUTF8) {
  TokenizerModel model;
  model.normalizers = {{Step::NFC}};
  EXPECT_EQ(Normalizer::compile(model)->run("\xff\xff").error().message, "text of 2 bytes has no normal form: Invalid UTF-8 string");
}

TEST(Normalizer, RefusesWrongPatterns) {
  TokenizerModel model;
  model.normalizers = {{Step::NFC}, {Step::ReplacePattern, 0, "(", ""}};
  Result<Normalizer> normalizer = Normalizer::compile(model);
  ASSERT_FALSE(normalizer);
  EXPECT_EQ(normalizer.error().message, "pattern of normalizer 1 is wrong at byte 1: missing closing parenthesis");
}
