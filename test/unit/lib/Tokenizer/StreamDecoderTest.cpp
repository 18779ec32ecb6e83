#include "SmallTokenizers.h"
#include "vspec/Support/Quote.h"

using namespace vspec;

TEST(StreamDecoder, WaitsForWholeCharacters) {
  const Tokenizer tokenizer = made(smallByteLevel());
  StreamDecoder decoder(tokenizer);
  EXPECT_EQ(decoder.push('a'), "a");
  EXPECT_EQ(decoder.push(0xE2), "");
  EXPECT_EQ(decoder.push(0x98), "");
  EXPECT_EQ(decoder.push(0x83), "\u2603");
  EXPECT_EQ(decoder.push(0xF0), "");
  EXPECT_EQ(decoder.push('b'), "\uFFFDb");
  EXPECT_EQ(decoder.push(0xC3), "");
  EXPECT_EQ(decoder.finish(), "\uFFFD");
  EXPECT_EQ(decoder.finish(), "");
}

TEST(StreamDecoder, TakesTheFirstSpaceOnlyAtTheStart) {
  const Tokenizer tokenizer = made(smallSentencePiece());
  StreamDecoder start(tokenizer), later(tokenizer, false);
  EXPECT_EQ(start.push(1), "");
  EXPECT_EQ(start.push(264), "ab");
  EXPECT_EQ(start.push(264), " ab");
  EXPECT_EQ(later.push(264), " ab");
}

TEST(StreamDecoder, EqualsWholeText) {
  std::mt19937 random(13);
  for (const TokenizerModel &model : {smallByteLevel(), smallSentencePiece()}) {
    const Tokenizer tokenizer = made(model);
    for (int round = 0; round < 1000; ++round) {
      const std::string text = randomText(random, 12);
      StreamDecoder decoder(tokenizer);
      std::string streamed;
      for (int32_t id : encoded(tokenizer, text)) {
        const std::string part(decoder.push(id));
        EXPECT_TRUE(isUtf8(part));
        streamed += part;
      }
      EXPECT_EQ(decoder.finish(), "");
      EXPECT_EQ(streamed, text);
    }
    for (int round = 0; round < 1000; ++round) { // any ids at all
      StreamDecoder decoder(tokenizer);
      Ids ids;
      std::string streamed;
      for (int count = random() % 10; count > 0; --count) {
        ids.push_back(int32_t(random() % (model.tokens.size() + 2)) - 1);
        streamed += decoder.push(ids.back());
        EXPECT_TRUE(isUtf8(streamed));
      }
      EXPECT_EQ(streamed + std::string(decoder.finish()), tokenizer.decode(ids));
    }
  }
}
