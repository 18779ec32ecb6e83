#include "lib/Tokenizer/WordPieces.h"
#include "SmallTokenizers.h"

using namespace vspec;

TEST(WordPieces, TakeTheLongestFromTheLeft) {
  TokenizerModel model;
  model.kind = TokenizerKind::WordPiece;
  model.tokens = {"[UNK]", "a", "ab", "##b", "##bc", "##c", "\u00e9"};
  model.types.assign(7, TokenType::Normal);
  model.types[0] = TokenType::Control;
  model.continuingPrefix = "##";
  model.unknown = 0;
  model.longestWord = 6;
  const Vocabulary vocabulary(model);
  const WordPieces pieces(model, vocabulary);
  auto cut = [&](std::string_view word) {
    Ids ids;
    EXPECT_TRUE(pieces.append(word, ids));
    return ids;
  };
  EXPECT_EQ(cut("abc"), (Ids{2, 5}));
  EXPECT_EQ(cut("abbc"), (Ids{2, 4}));
  EXPECT_EQ(cut("bc"), Ids{0});
  EXPECT_EQ(cut("aba"), Ids{0}); // "##a" is no token: the whole word is unknown
  EXPECT_EQ(cut("##b"), Ids{3});
  EXPECT_EQ(cut("abbbbb"), (Ids{2, 3, 3, 3, 3}));
  EXPECT_EQ(cut("abbbbbb"), Ids{0}); // too long
  EXPECT_EQ(cut("\u00e9bbbbb"), (Ids{6, 3, 3, 3, 3, 3}));
  model.unknown = -1;
  Ids ids;
  Result<void> done = pieces.append("x", ids);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "the vocabulary has no token for the text of bytes 0x78 and no unknown token");
}
