#include "lib/Tokenizer/ByteAlphabet.h"
#include <gtest/gtest.h>
#include <set>

using namespace vspec;

TEST(ByteAlphabet, WritesBytesAsGPT2Does) {
  EXPECT_EQ(toByteAlphabet(" a\n"), "\u0120a\u010a");
  EXPECT_EQ(toByteAlphabet("\xc3\xa9"), "\u00c3\u00a9");
  EXPECT_EQ(toByteAlphabet(std::string(1, '\0')), "\u0100");
  EXPECT_EQ(toByteAlphabet("\x7f\xad"), "\u0121\u0143");
}

TEST(ByteAlphabet, UndoesEveryByte) {
  std::set<std::string> characters;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string bytes(1, char(byte)), text = toByteAlphabet(bytes);
    EXPECT_EQ(fromByteAlphabet(text), bytes);
    characters.insert(text);
  }
  EXPECT_EQ(characters.size(), 256u);
}

TEST(ByteAlphabet, KnowsWhatIsNotInIt) {
  for (const char *text : {" ", "a b", "\u0144", "\u2603", "\xff", "\n"})
    EXPECT_EQ(fromByteAlphabet(text), std::nullopt) << text;
}
