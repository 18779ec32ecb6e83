#include "lib/Tokenizer/Vocabulary.h"
#include "SmallTokenizers.h"
#include "lib/Tokenizer/UTF8.h"

using namespace vspec;

TEST(Vocabulary, FindsWordsBytesAndLiterals) {
  const TokenizerModel model = smallByteLevel();
  const Vocabulary vocabulary(model);
  EXPECT_EQ(vocabulary.word("abc"), 257);
  EXPECT_EQ(vocabulary.word("<end>"), -1);
  EXPECT_EQ(vocabulary.any("<end>"), 259);
  EXPECT_EQ(vocabulary.any("nothing"), -1);
  EXPECT_EQ(vocabulary.byte(0xFF), 255);
  EXPECT_EQ(vocabulary.longestWord(), 3u);
}

TEST(Vocabulary, SentencePieceBytesAreNotWords) {
  TokenizerModel model = smallSentencePiece();
  const Vocabulary vocabulary(model);
  EXPECT_EQ(vocabulary.byte('a'), 3 + 'a');
  EXPECT_EQ(vocabulary.word("a"), 260);
  EXPECT_EQ(vocabulary.word("c"), -1);
}

TEST(Vocabulary, KnowsWhereWordsStart) {
  EXPECT_EQ(nextWordStart("\u2581\u2581a\u2581b", 0), 7u);
  EXPECT_EQ(nextWordStart("a\u2581", 1), 1u);
  EXPECT_EQ(nextWordStart("\u2581\u2581", 0), std::string_view::npos);
  TokenizerModel model = smallSentencePiece();
  EXPECT_TRUE(Vocabulary(model).spacesOnlyLead());
  model.tokens.push_back("a\u2581");
  model.types.push_back(TokenType::Normal);
  model.scores.push_back(0);
  EXPECT_FALSE(Vocabulary(model).spacesOnlyLead());
}

TEST(MergeTable, FindsAllMergesAndNothingElse) {
  std::mt19937 random(3);
  std::vector<Merge> merges;
  for (int i = 0; i < 5000; ++i)
    merges.push_back({int32_t(random() % 200), int32_t(random() % 200), i});
  const MergeTable table(merges);
  std::vector<int32_t> first(200 * 200, -1);
  for (const Merge &merge : merges)
    if (int32_t &rank = first[merge.left * 200 + merge.right]; rank < 0)
      rank = merge.result;
  for (int left = 0; left < 200; ++left)
    for (int right = 0; right < 200; ++right) {
      const MergeTable::Entry *found = table.find(left, right);
      EXPECT_EQ(found ? found->rank : -1, first[left * 200 + right]);
    }
  EXPECT_EQ(MergeTable({}).find(0, 0), nullptr);
}

TEST(MergeTable, RanksByResult) {
  const MergeTable table({{1, 2, 9}, {3, 4, 9}, {5, 6, 8}, {7, 8, 9}}, true);
  EXPECT_EQ(table.find(1, 2)->rank, 0);
  EXPECT_EQ(table.find(3, 4)->rank, 0);
  EXPECT_EQ(table.find(5, 6)->rank, 2);
  EXPECT_EQ(table.find(7, 8)->rank, 3);
}

TEST(Vocabulary, TextIsNeverAControlToken) {
  TokenizerModel model = smallSentencePiece();
  EXPECT_EQ(Vocabulary(model).word("</s>"), -1);
  EXPECT_EQ(Vocabulary(model).any("</s>"), 2);
  EXPECT_EQ(Vocabulary::spelling(model, 3 + 0xAB), "<0xAB>");
  EXPECT_EQ(Vocabulary::spelling(model, 260), "a");
}
