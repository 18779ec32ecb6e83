#include "vspec/Tokenizer/FromCheckpoint.h"
#include "SmallTokenizers.h"

using namespace vspec;

static TokenizerModel modelAt(const std::string &path) {
  Result<Checkpoint> checkpoint = Checkpoint::open(path);
  EXPECT_TRUE(checkpoint) << checkpoint.error().message;
  Result<TokenizerModel> model = tokenizerOf(*checkpoint);
  EXPECT_TRUE(model) << model.error().message;
  return *model;
}

TEST(FromCheckpoint, ReadsGGUF) {
  const TokenizerModel model = modelAt(std::string(VSPEC_TEST_DATA) + "/models/stories260K-f32.gguf");
  EXPECT_EQ(model.kind, TokenizerKind::SentencePiece);
  EXPECT_EQ(model.tokens.size(), 512u);
  EXPECT_EQ(model.bos, 1);
  EXPECT_TRUE(model.addsBos()); // though the file does not say so
  EXPECT_EQ(model.endTokens, Ids{2});
  const Tokenizer tokenizer = made(model);
  const std::string text = "Once upon a time, there was a dog named Max.\n\"Don't worry!\"";
  const Ids ids = encoded(tokenizer, text);
  EXPECT_EQ(Ids(ids.begin(), ids.begin() + 6), (Ids{1, 403, 407, 261, 378, 432})); // <s> Once upon a time ,
  EXPECT_EQ(tokenizer.decode(ids), text);
}

TEST(FromCheckpoint, HuggingFaceEqualsGGUF) {
  if (extraData().empty())
    GTEST_SKIP() << "VSPEC_EXTRA_DATA does not name the folder of models";
  const Tokenizer folder = made(modelAt(extraData() + "/models/hf/stories-qwen3-5M"));
  const Tokenizer gguf = made(modelAt(extraData() + "/models/gguf/stories-qwen3-5M-f16.gguf"));
  EXPECT_EQ(gguf.model().tokens, folder.model().tokens);
  EXPECT_EQ(gguf.model().endTokens, folder.model().endTokens);
  std::mt19937 random(23);
  for (int round = 0; round < 500; ++round) {
    const std::string text = randomText(random, 40);
    EXPECT_EQ(encoded(gguf, text), encoded(folder, text)) << text;
  }
  const std::string text = fileText(extraData() + "/text/tinyshakespeare.txt");
  ASSERT_GT(text.size(), 1000000u);
  EXPECT_EQ(encoded(gguf, text), encoded(folder, text));
  EXPECT_EQ(gguf.decode(encoded(gguf, text)), text);
}
