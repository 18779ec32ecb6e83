#include "lib/Tokenizer/UnigramCutter.h"
#include "SmallTokenizers.h"
#include <map>

using namespace vspec;

// 0 unknown, then the pieces.
static TokenizerModel unigram(const std::vector<std::pair<std::string, double>> &pieces) {
  TokenizerModel model;
  model.kind = TokenizerKind::Unigram;
  model.tokens = {"<unk>"};
  model.types = {TokenType::Unknown};
  model.scores = {notAPiece};
  for (const auto &[text, score] : pieces) {
    model.tokens.push_back(text);
    model.types.push_back(TokenType::Normal);
    model.scores.push_back(score);
  }
  model.unknown = 0;
  model.unknownScore = -100;
  return model;
}

static Ids cut(const TokenizerModel &model, std::string_view word) {
  const Vocabulary vocabulary(model);
  Ids ids;
  Result<void> done = UnigramCutter(model, vocabulary).append(word, ids);
  EXPECT_TRUE(done) << done.error().message;
  return ids;
}

TEST(UnigramCutter, TakesTheBestSum) {
  EXPECT_EQ(cut(unigram({{"a", -1}, {"b", -1}, {"ab", -1.5}}), "ab"), Ids{3});
  EXPECT_EQ(cut(unigram({{"a", -1}, {"b", -1}, {"ab", -2.5}}), "ab"), (Ids{1, 2}));
  EXPECT_EQ(cut(unigram({{"a", -1}}), ""), Ids());
}

TEST(UnigramCutter, OfEqualsTheLongestLast) { EXPECT_EQ(cut(unigram({{"a", -1}, {"aa", -1}}), "aaa"), (Ids{1, 2})); }

TEST(UnigramCutter, RoundsAsSentencePieceDoes) {
  // In float the sum of the first two is lost beside the third; in double it is not.
  TokenizerModel model = unigram({{"a", -1e-9}, {"b", -1}, {"ab", -1}});
  EXPECT_EQ(cut(model, "ab"), Ids{3});
  model = unigram({{"a", -1}, {"b", -1e-9}, {"ab", -1}});
  EXPECT_EQ(cut(model, "ab"), Ids{3});
  model = unigram({{"a", -1}, {"b", 1e-9}, {"ab", -1}, {"c", 0}});
  EXPECT_EQ(cut(model, "abc"), (Ids{1, 2, 4}));
  model.singlePrecision = true;
  EXPECT_EQ(cut(model, "abc"), (Ids{1, 2, 4})); // compared before it is rounded
}

TEST(UnigramCutter, UnknownCharactersAndBytes) {
  TokenizerModel model = unigram({{"a", -1}});
  EXPECT_EQ(cut(model, "a\u2603\u2603a\u2603"), (Ids{1, 0, 0, 1, 0}));
  model.fuseUnknown = true;
  EXPECT_EQ(cut(model, "a\u2603\u2603a\u2603"), (Ids{1, 0, 1, 0}));
  for (int byte = 0; byte < 256; ++byte) {
    model.tokens.push_back(std::string(1, char(byte)));
    model.types.push_back(TokenType::Byte);
    model.scores.push_back(byte == 'z' ? -1 : notAPiece);
  }
  EXPECT_EQ(cut(model, "\u2603"), (Ids{2 + 0xE2, 2 + 0x98, 2 + 0x83}));
  EXPECT_EQ(cut(model, "<0x7A>"), Ids{2 + 'z'}); // a byte that has a score is a piece, spelt so
}

TEST(UnigramCutter, TextIsNeverAControlToken) {
  TokenizerModel model = unigram({{"a", -1}, {"</s>", 0}});
  model.types[2] = TokenType::Control;
  model.fuseUnknown = true;
  EXPECT_EQ(cut(model, "a</s>"), (Ids{1, 0}));
}

// The definition: of all cuts the one with the highest sum.
static double bestSum(const TokenizerModel &model, const std::string &word) {
  std::vector<double> best(word.size() + 1, -1e300);
  best[0] = 0;
  for (size_t end = 1; end <= word.size(); ++end)
    for (size_t begin = 0; begin < end; ++begin)
      for (size_t id = 1; id < model.tokens.size(); ++id)
        if (word.compare(begin, end - begin, model.tokens[id]) == 0)
          best[end] = std::max(best[end], best[begin] + model.scores[id]);
  return best[word.size()];
}

TEST(UnigramCutter, EqualsTheDefinition) {
  std::mt19937 random(8);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::pair<std::string, double>> pieces = {{"a", -8}, {"b", -8}};
    for (int i = 0; i < 10; ++i) {
      std::string text;
      for (size_t count = 2 + random() % 3; count > 0; --count)
        text += char('a' + random() % 2);
      pieces.push_back({text, -double(random() % 64) / 4});
    }
    const TokenizerModel model = unigram(pieces);
    std::string word(random() % 30, 'a');
    for (char &letter : word)
      letter = char('a' + random() % 2);
    double sum = 0;
    std::string joined;
    for (int32_t id : cut(model, word)) {
      sum += model.scores[size_t(id)];
      joined += model.tokens[size_t(id)];
    }
    EXPECT_EQ(joined, word);
    // Of two equal pieces the trie keeps the later.
    std::map<std::string, double> last(pieces.begin(), pieces.end());
    for (const auto &[text, score] : pieces)
      last[text] = score;
    std::vector<std::pair<std::string, double>> unique(last.begin(), last.end());
    EXPECT_EQ(sum, bestSum(unigram(unique), word)) << word;
  }
}

TEST(UnigramCutter, CutsMegabytesOfOneLetter) {
  const TokenizerModel model = unigram({{"a", -1}, {"aa", -1.5}, {"aaaa", -2}});
  EXPECT_EQ(cut(model, std::string(4000000, 'a')).size(), 1000000u);
}
