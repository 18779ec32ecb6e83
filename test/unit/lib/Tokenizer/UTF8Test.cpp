#include "lib/Tokenizer/UTF8.h"
#include "vspec/Support/Quote.h"
#include <gtest/gtest.h>
#include <random>

using namespace vspec;

TEST(UTF8, KnowsWholeBrokenAndCutCharacters) {
  struct Case {
    const char *text;
    Character::Form form;
    uint32_t bytes;
  };
  for (const Case &c :
       {Case{"a", Character::Whole, 1}, Case{"\xc3\xa9", Character::Whole, 2}, Case{"\xe2\x98\x83", Character::Whole, 3},
        Case{"\xf0\x9f\x98\x80", Character::Whole, 4}, Case{"\xc0\x80", Character::Broken, 1}, Case{"\xe0\x80\x80", Character::Broken, 1},
        Case{"\xed\xa0\x80", Character::Broken, 1}, Case{"\xf4\x90\x80\x80", Character::Broken, 1}, Case{"\xf5", Character::Broken, 1},
        Case{"\x80", Character::Broken, 1}, Case{"\xe2\x98", Character::Cut, 2}, Case{"\xe2\x98x", Character::Broken, 2},
        Case{"\xf0", Character::Cut, 1}}) {
    const Character found = characterAt(c.text, 0);
    EXPECT_EQ(found.form, c.form) << c.text;
    EXPECT_EQ(found.bytes, c.bytes) << c.text;
  }
}

TEST(UTF8, RepairsEachMaximalPart) {
  EXPECT_EQ(repairedUTF8("a\xe2\x98z\xff\xfe"), "a\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(repairedUTF8("caf\xc3\xa9"), "caf\xc3\xa9");
  EXPECT_EQ(repairedUTF8(""), "");
}

TEST(UTF8, RepairedBytesAreUTF8) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 12, '\0');
    for (char &byte : bytes)
      byte = char(random());
    EXPECT_TRUE(isUtf8(repairedUTF8(bytes)));
    if (isUtf8(bytes)) {
      EXPECT_EQ(repairedUTF8(bytes), bytes);
    }
  }
}

TEST(UTF8, FindsWhiteSpaceOfUnicode) {
  for (const char *space : {" ", "\t", "\n", "\r", "\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x8a", "\xe2\x80\xa8",
                            "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"})
    EXPECT_EQ(whiteSpaceAt(space, 0), std::string_view(space).size()) << space;
  for (const char *other : {"a", "\xc2\xa1", "\xe1\xa0\x8e", "\xe2\x80\x8b", "\xef\xbb\xbf", "\xe2"}) // U+180E, U+200B, U+FEFF are none
    EXPECT_EQ(whiteSpaceAt(other, 0), 0u) << other;
}

TEST(UTF8, Replaces) {
  EXPECT_EQ(replaced(" a  b ", " ", "__"), "__a____b__");
  EXPECT_EQ(replaced("", " ", "_"), "");
}
