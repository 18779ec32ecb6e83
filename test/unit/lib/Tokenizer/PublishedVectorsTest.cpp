// The vocabularies that llama.cpp tests with: FILE.gguf, texts in FILE.gguf.inp, their ids in FILE.gguf.out.
#include "SmallTokenizers.h"
#include "vspec/Tokenizer/FromCheckpoint.h"

using namespace vspec;

static Tokenizer ofFile(const std::string &path) {
  Result<Checkpoint> checkpoint = Checkpoint::open(path);
  EXPECT_TRUE(checkpoint) << checkpoint.error().message;
  Result<TokenizerModel> model = tokenizerOf(*checkpoint);
  EXPECT_TRUE(model) << model.error().message;
  Result<Tokenizer> tokenizer = Tokenizer::fromBytes(model->serialize());
  EXPECT_TRUE(tokenizer) << tokenizer.error().message;
  return std::move(*tokenizer);
}

TEST(PublishedVectors, LlamaSPM) { expectVectors(ofFile(testData("ggml-vocab-llama-spm.gguf")), testData("ggml-vocab-llama-spm.gguf")); }

class PublishedVectors : public testing::TestWithParam<const char *> {};

TEST_P(PublishedVectors, AreEqual) {
  if (extraData().empty())
    GTEST_SKIP() << "VSPEC_EXTRA_DATA does not name the folder of vocabularies";
  const std::string path = extraData() + "/tokenizers/llama.cpp-vocab/ggml-vocab-" + GetParam() + ".gguf";
  expectVectors(ofFile(path), path);
}

INSTANTIATE_TEST_SUITE_P(Extra, PublishedVectors, testing::Values("phi-3", "deepseek-coder", "falcon", "starcoder"));

TEST(PublishedVectors, FileWithoutPreTokenizerIsRefused) {
  if (extraData().empty())
    GTEST_SKIP() << "VSPEC_EXTRA_DATA does not name the folder of vocabularies";
  Result<Checkpoint> checkpoint = Checkpoint::open(extraData() + "/tokenizers/llama.cpp-vocab/ggml-vocab-gpt-neox.gguf");
  ASSERT_TRUE(checkpoint);
  Result<TokenizerModel> model = tokenizerOf(*checkpoint);
  ASSERT_FALSE(model);
  EXPECT_NE(model.error().message.find("tokenizer.ggml.pre is missing"), std::string::npos);
}
