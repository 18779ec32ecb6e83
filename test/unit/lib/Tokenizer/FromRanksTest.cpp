#include "SmallTokenizers.h"
#include "lib/Tokenizer/FromFolder.h"

using namespace vspec;

TEST(FromRanks, MergesByTheRankOfTheResult) {
  // a, b, ab, aa, aab: "aaab" is a-a-ab by rank 2, then aa-ab by rank 3.
  const std::string lines = "YQ== 0\nYg== 1\nYWI= 2\nYWE= 3\nYWFi 4\n";
  Result<TokenizerModel> model = fromRanks(lines, "f");
  ASSERT_TRUE(model) << model.error().message;
  const Tokenizer tokenizer = made(*model);
  EXPECT_EQ(encoded(tokenizer, "aaab"), (Ids{3, 2}));
  EXPECT_EQ(encoded(tokenizer, "aab"), Ids{4}); // a word that is a token
  EXPECT_EQ(tokenizer.decode({4, 0}), "aaba");
}

TEST(FromRanks, RefusesOtherLines) {
  auto message = [](const std::string &lines) { return fromRanks(lines, "f").error().message; };
  EXPECT_EQ(message("YQ== 0\nYg== 2\n"), "f: line 2 is 'Yg== 2', expected a token in base 64 and 1");
  EXPECT_EQ(message("YQ=="), "f: line 1 is 'YQ==', expected a token in base 64 and 0");
  EXPECT_EQ(message("? 0"), "f: line 1 is '? 0', expected a token in base 64 and 0");
  EXPECT_EQ(message(std::string(8000, 'Y') + " 0"), "f: line 1 has a token of 6000 bytes, but at most 4096 are expected");
}
