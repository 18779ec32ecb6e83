#include "SmallTokenizers.h"
#include "vspec/Support/Quote.h"
#include <thread>

using namespace vspec;

TEST(Tokenizer, EncodesAndDecodesBytes) {
  const Tokenizer tokenizer = made(smallByteLevel());
  EXPECT_EQ(encoded(tokenizer, "abcab  "), (Ids{257, 256, 258}));
  EXPECT_EQ(encoded(tokenizer, ""), Ids());
  EXPECT_EQ(tokenizer.decode({257, 256, 258}), "abcab  ");
  EXPECT_EQ(tokenizer.piece(257), "abc");
}

TEST(Tokenizer, SentencePieceStartsWithASpace) {
  const Tokenizer tokenizer = made(smallSentencePiece());
  EXPECT_EQ(encoded(tokenizer, "ab a"), (Ids{1, 264, 262}));
  EXPECT_EQ(encoded(tokenizer, "ab a", {false, false}), (Ids{264, 262}));
  EXPECT_EQ(encoded(tokenizer, ""), Ids{1});
  EXPECT_EQ(encoded(tokenizer, "\n", {false, false}), (Ids{259, 3 + '\n'}));
  EXPECT_EQ(tokenizer.decode({1, 264, 262}), "ab a");
  EXPECT_EQ(tokenizer.piece(264), " ab");
}

TEST(Tokenizer, ControlTokensOnlyWhenAskedFor) {
  const Tokenizer tokenizer = made(smallSentencePiece());
  EXPECT_EQ(encoded(tokenizer, "a</s>ab", {false, true}), (Ids{262, 2, 264}));
  const Ids plain = encoded(tokenizer, "</s>", {false, false});
  EXPECT_EQ(std::count(plain.begin(), plain.end(), 2), 0);
  EXPECT_EQ(tokenizer.decode({262, 2, 264}), "a ab");
  EXPECT_EQ(tokenizer.decode({262, 2, 264}, true), "a</s> ab");
  EXPECT_EQ(tokenizer.idOf("</s>"), 2);
  EXPECT_TRUE(tokenizer.isEnd(2));
  EXPECT_FALSE(tokenizer.isEnd(1));
}

TEST(Tokenizer, SpacePrefixes) {
  TokenizerModel model = smallSentencePiece();
  auto ids = [&](std::string_view text) { return encoded(made(model), text, {false, true}); };
  EXPECT_EQ(ids(" a"), (Ids{259, 262}));
  model.normalizers.clear();
  model.splits = {{"\u2581", SplitBehavior::Isolated, false, true, SpacePrefix::FirstText}};
  EXPECT_EQ(ids("a</s>a"), (Ids{262, 2, 260}));
  EXPECT_EQ(ids("</s>a"), (Ids{2, 260}));
  model.splits[0].prefix = SpacePrefix::None;
  EXPECT_EQ(ids("a"), Ids{260});
  model.splits[0].prefix = SpacePrefix::EveryText;
  EXPECT_EQ(ids(" a"), Ids{262});
}

TEST(Tokenizer, Composes) {
  TokenizerModel model = smallByteLevel();
  EXPECT_EQ(encoded(made(model), "e\u0301").size(), 3u);
  model.normalizers = {{NormalizeStep::NFC}};
  EXPECT_EQ(encoded(made(model), "e\u0301"), (Ids{0xC3, 0xA9}));
}

TEST(Tokenizer, RepairsBrokenText) {
  const Tokenizer tokenizer = made(smallByteLevel());
  EXPECT_EQ(encoded(tokenizer, "a\xff"), (Ids{'a', 0xEF, 0xBF, 0xBD}));
  EXPECT_EQ(tokenizer.decode({'a', 0xFF, 'b', 0xE2, 0x98}), "a\uFFFDb\uFFFD");
}

TEST(Tokenizer, ForeignIdsAreSilent) {
  const Tokenizer tokenizer = made(smallByteLevel());
  EXPECT_EQ(tokenizer.decode({-1, 'a', 260, INT32_MAX}), "a");
  EXPECT_EQ(tokenizer.piece(-1), "");
}

TEST(Tokenizer, RoundTripsRandomText) {
  std::mt19937 random(11);
  TokenizerModel model = smallByteLevel();
  model.splits = {{"\\p{N}"}, {" ?\\p{L}+|\\s+(?!\\S)|\\s+"}};
  const Tokenizer tokenizer = made(model);
  for (int round = 0; round < 2000; ++round) {
    const std::string text = randomText(random, 30);
    ASSERT_TRUE(isUtf8(text));
    const Ids ids = encoded(tokenizer, text);
    EXPECT_EQ(tokenizer.decode(ids), text);
    std::string pieces;
    for (int32_t id : ids)
      pieces += tokenizer.piece(id);
    EXPECT_EQ(pieces, text);
  }
}

TEST(Tokenizer, ThreadsShareIt) {
  TokenizerModel model = smallByteLevel();
  model.splits = {{" ?\\p{L}+|\\s+"}};
  const Tokenizer tokenizer = made(model);
  const std::string text = "abc ab  abcab";
  const Ids expected = encoded(tokenizer, text);
  std::vector<int> equal(4, 0);
  std::vector<std::thread> threads;
  for (int &count : equal)
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round)
        if (Result<Ids> ids = tokenizer.encode(text); ids && *ids == expected)
          ++count;
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(equal, std::vector<int>(4, 200));
}

TEST(Tokenizer, RefusesWhatItCannotUse) {
  TokenizerModel model = smallByteLevel();
  model.splits = {{"("}};
  Result<Tokenizer> tokenizer = Tokenizer::fromModel(model);
  ASSERT_FALSE(tokenizer);
  EXPECT_EQ(tokenizer.error().message, "tokenizer: pattern 0 of the pre-tokenizer is wrong at byte 1: missing closing parenthesis");
  model = smallByteLevel();
  model.tokens[0xFF] = "xx";
  const Tokenizer without = made(model);
  EXPECT_EQ(encoded(without, "a"), Ids{'a'});
  model.tokens['z'] = "zz";
  Result<Ids> ids = made(model).encode("z");
  ASSERT_FALSE(ids);
  EXPECT_EQ(ids.error().message, "text cannot be encoded: the vocabulary has no token for the text of bytes 0x7a and no unknown token");
}

TEST(Tokenizer, EncodesMegabytes) {
  std::string text;
  while (text.size() < 2000000)
    text += "abcab  abc ab\n";
  EXPECT_EQ(made(smallByteLevel()).decode(encoded(made(smallByteLevel()), text)), text);
  EXPECT_EQ(made(smallSentencePiece()).decode(encoded(made(smallSentencePiece()), text)), text);
}
