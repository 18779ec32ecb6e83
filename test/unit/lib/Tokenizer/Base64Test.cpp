#include "lib/Tokenizer/Base64.h"
#include <gtest/gtest.h>

using namespace vspec;

TEST(Base64, ReadsBytes) {
  EXPECT_EQ(fromBase64(""), "");
  EXPECT_EQ(fromBase64("YQ=="), "a");
  EXPECT_EQ(fromBase64("YWI="), "ab");
  EXPECT_EQ(fromBase64("YWJj"), "abc");
  EXPECT_EQ(fromBase64("YWI"), "ab");
  EXPECT_EQ(fromBase64("//79"), "\xff\xfe\xfd");
}

TEST(Base64, RefusesOtherTexts) {
  for (const char *text : {"Y", "YWJjZ", "Y W=", "YQ===", "=YQ", "Y-=="})
    EXPECT_FALSE(fromBase64(text)) << text;
}
