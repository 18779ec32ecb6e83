#include "lib/Tokenizer/WordMerger.h"
#include "SmallTokenizers.h"
#include "lib/Tokenizer/UTF8.h"

using namespace vspec;

// The definition: as long as two neighbours can merge, merge the best pair, of equals the leftmost.
static Ids mergedSlowly(const TokenizerModel &model, std::string_view word) {
  const bool scored = model.kind == TokenizerKind::SentencePiece;
  struct Part {
    std::string text;
    int32_t id;
  };
  auto idOf = [&](const std::string &text) {
    for (size_t id = 0; id < model.tokens.size(); ++id)
      if (model.tokens[id] == text && (model.types[id] == TokenType::Normal))
        return int32_t(id);
    return -1;
  };
  std::vector<Part> parts;
  for (size_t at = 0; at < word.size();) {
    const size_t bytes = model.kind == TokenizerKind::ByteLevelBPE ? 1 : characterAt(word, at).bytes;
    parts.push_back({std::string(word.substr(at, bytes)), idOf(std::string(word.substr(at, bytes)))});
    at += bytes;
  }
  for (;;) {
    double best = 0;
    size_t place = parts.size();
    int32_t result = -1;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      double order = 0;
      int32_t merged = -1;
      if (scored) {
        merged = idOf(parts[i].text + parts[i + 1].text);
        order = merged >= 0 ? -double(model.scores[merged]) : 0;
      } else {
        for (size_t rank = 0; rank < model.merges.size() && merged < 0; ++rank)
          if (model.merges[rank].left == parts[i].id && model.merges[rank].right == parts[i + 1].id) {
            merged = model.merges[rank].result;
            order = double(rank);
          }
      }
      if (merged >= 0 && (result < 0 || order < best)) {
        best = order;
        place = i;
        result = merged;
      }
    }
    if (result < 0)
      break;
    parts[place] = {parts[place].text + parts[place + 1].text, result};
    parts.erase(parts.begin() + place + 1);
  }
  Ids ids;
  for (const Part &part : parts)
    for (size_t i = 0; i < (part.id < 0 ? part.text.size() : 1); ++i)
      ids.push_back(part.id >= 0 ? part.id : 3 + uint8_t(part.text[i]));
  return ids;
}

static Ids merged(const TokenizerModel &model, std::string_view word) {
  const Vocabulary vocabulary(model);
  const MergeTable merges(model.merges);
  Ids ids;
  Result<void> done = WordMerger(model, vocabulary, merges, Trie()).append(word, ids);
  if (!done)
    ADD_FAILURE() << done.error().message;
  return ids;
}

TEST(WordMerger, MergesByRank) {
  EXPECT_EQ(merged(smallByteLevel(), "abcb"), (Ids{257, 'b'}));
  EXPECT_EQ(merged(smallByteLevel(), ""), Ids());
  EXPECT_EQ(merged(smallByteLevel(), "     "), (Ids{258, 258, ' '}));
}

TEST(WordMerger, EqualsTheDefinitionByRank) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    TokenizerModel model = smallByteLevel();
    model.merges.clear();
    for (int i = 0; i < 12; ++i) { // random merges of the letters a..d and what is made of them
      auto side = [&] {
        return model.tokens.size() > 260 && random() % 2 ? int32_t(260 + random() % (model.tokens.size() - 260))
                                                         : int32_t('a' + random() % 4);
      };
      const int32_t left = side(), right = side();
      model.merges.push_back({left, right, int32_t(model.tokens.size())});
      model.tokens.push_back(model.tokens[left] + model.tokens[right]);
      model.types.push_back(TokenType::Normal);
    }
    std::string word(random() % 40, 'a');
    for (char &letter : word)
      letter = char('a' + random() % 4);
    EXPECT_EQ(merged(model, word), mergedSlowly(model, word)) << word;
  }
}

TEST(WordMerger, EqualsTheDefinitionByScore) {
  std::mt19937 random(6);
  const std::string letters[] = {"\u2581", "a", "b", "\u00e9"};
  for (int round = 0; round < 300; ++round) {
    TokenizerModel model = smallSentencePiece();
    for (int i = 0; i < 12; ++i) {
      std::string text;
      for (int length = 2 + random() % 4; length > 0; --length)
        text += letters[random() % 4];
      if (std::find(model.tokens.begin(), model.tokens.end(), text) != model.tokens.end())
        continue;
      model.tokens.push_back(text);
      model.types.push_back(TokenType::Normal);
      model.scores.push_back(double(random() % 6)); // with ties
    }
    std::string word;
    for (int length = random() % 30; length > 0; --length)
      word += letters[random() % 4];
    EXPECT_EQ(merged(model, word), mergedSlowly(model, word)) << word;
  }
}

TEST(WordMerger, WholeWordFirst) {
  TokenizerModel model = smallByteLevel();
  model.merges.clear();
  EXPECT_EQ(merged(model, "abc"), (Ids{'a', 'b', 'c'}));
  model.wholeWordFirst = true;
  EXPECT_EQ(merged(model, "abc"), Ids{257});
}

TEST(WordMerger, WholeTextsDoNotMerge) {
  const TokenizerModel model = smallByteLevel();
  const Vocabulary vocabulary(model);
  const MergeTable merges(model.merges);
  Trie whole;
  whole.add("bc", 259);
  Ids ids;
  ASSERT_TRUE(WordMerger(model, vocabulary, merges, whole).append("abcabab", ids));
  EXPECT_EQ(ids, (Ids{'a', 259, 256, 256}));
}

TEST(WordMerger, AffixesOfWords) {
  TokenizerModel model;
  model.kind = TokenizerKind::CharacterBPE;
  model.tokens = {"a", "##b", "##c</w>", "a##", "ab", "##bc</w>", "abc</w>", "a</w>", "?"};
  model.types.assign(9, TokenType::Normal);
  model.continuingPrefix = "##";
  model.wordSuffix = "</w>";
  model.unknown = 8;
  model.merges = {{1, 2, 5}, {0, 5, 6}};
  EXPECT_EQ(merged(model, "abc"), Ids{6});
  EXPECT_EQ(merged(model, "a"), Ids{7});
  EXPECT_EQ(merged(model, "ba"), (Ids{8, 8}));
  model.tokens.push_back("\u2581");
  model.types.push_back(TokenType::Normal);
  EXPECT_EQ(merged(model, "a\u2581"), (Ids{0, 8})); // one word, though a space is written within it
}

TEST(WordMerger, UnknownCharacters) {
  TokenizerModel model = smallSentencePiece();
  EXPECT_EQ(merged(model, "\u2603"), (Ids{3 + 0xE2, 3 + 0x98, 3 + 0x83}));
  model.tokens[3 + 0x98] = "x";
  EXPECT_EQ(merged(model, "a\u2603\u2603a"), (Ids{260, 0, 0, 260}));
  model.fuseUnknown = true;
  EXPECT_EQ(merged(model, "a\u2603\u2603a\u2603"), (Ids{260, 0, 260, 0}));
  model.unknown = -1;
  Ids ids;
  const Vocabulary vocabulary(model);
  const MergeTable merges(model.merges);
  Result<void> done = WordMerger(model, vocabulary, merges, Trie()).append("\u2603", ids);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "the vocabulary has no token for the text of bytes 0xe29883 and no unknown token");
}
