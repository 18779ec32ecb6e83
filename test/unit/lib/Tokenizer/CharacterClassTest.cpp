#include "lib/Tokenizer/CharacterClass.h"
#include "SmallTokenizers.h"
#include "lib/Tokenizer/Pattern.h"

using namespace vspec;

TEST(CharacterClass, ReadsAndWritesCharacters) {
  for (int32_t character : {0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF}) {
    std::string text;
    appendCodePoint(character, text);
    EXPECT_EQ(codePointAt("x" + text + "y", 1).value, character);
    EXPECT_EQ(codePointAt(text, 0).bytes, text.size());
    EXPECT_EQ(characterBefore("x" + text, 1 + text.size()), 1u);
  }
}

// The functions and the classes for PCRE2 must agree, as far as the Unicode of both knows.
TEST(CharacterClass, EqualsThePatterns) {
  std::string words, spaces;
  auto matches = [](std::string_view characters, const std::string &text) {
    Result<Pattern> pattern = Pattern::compile("[" + std::string(characters) + "]", "pattern");
    std::vector<Pattern::Match> found;
    EXPECT_TRUE(pattern->findAll(text, Pattern::Matcher(text.size()), found));
    return !found.empty();
  };
  std::mt19937 random(9);
  for (int round = 0; round < 3000; ++round) {
    const int32_t character = int32_t(random() % 4 ? random() % 0x3100 : random() % 0xD800);
    std::string text;
    appendCodePoint(character, text);
    EXPECT_EQ(isWordCharacter(character), matches(wordClass, text)) << character;
    EXPECT_EQ(isWhiteSpace(character), matches(whiteSpaceClass, text)) << character;
  }
  EXPECT_TRUE(matches(punctuationClass, "$"));
  EXPECT_FALSE(matches(punctuationClass, "\u20ac"));
}

TEST(CharacterClass, Kinds) {
  EXPECT_TRUE(isMark(0x903) && !isNonSpacingMark(0x903) && isNonSpacingMark(0x301));
  EXPECT_TRUE(isOther(0x200B) && isOther(0xE000) && !isOther('a') && !isOther(0x378));
  EXPECT_TRUE(isChinese(0x4F60) && !isChinese(0x3042));
}
