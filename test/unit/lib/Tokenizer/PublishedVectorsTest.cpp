// The vocabularies that llama.cpp tests with: FILE.gguf, texts in FILE.gguf.inp, their ids in FILE.gguf.out.
#include "SmallTokenizers.h"
#include "lib/Tokenizer/ByteAlphabet.h"
#include "vspec/Support/Json.h"
#include "vspec/Tokenizer/FromCheckpoint.h"
#include "vspec/Tokenizer/FromGGUF.h"
#include <iterator>
#include <unordered_map>

using namespace vspec;

static void expectVectors(const Tokenizer &tokenizer, const std::string &vectors) {
  const std::string texts = fileText(vectors + ".inp"), separator = "\n__ggml_vocab_test__\n";
  std::ifstream lines(vectors + ".out");
  int count = 0;
  for (size_t at = 0; at != texts.npos; ++count) {
    const size_t end = texts.find(separator, at);
    const std::string text = texts.substr(at, end == texts.npos ? end : end - at);
    at = end == texts.npos ? end : end + separator.size();
    std::string line;
    std::getline(lines, line);
    std::istringstream numbers(line);
    const Ids expected{std::istream_iterator<int32_t>(numbers), {}};
    const Ids ids = encoded(tokenizer, text, {false, false});
    EXPECT_EQ(ids, expected) << text;
    EXPECT_EQ(tokenizer.decode(ids), text);
  }
  EXPECT_EQ(count, 47);
}

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

// Qwen2's vocabulary and merges, as GGUF would hold them.
TEST(PublishedVectors, Qwen2) {
  if (extraData().empty())
    GTEST_SKIP() << "VSPEC_EXTRA_DATA does not name the folder of vocabularies";
  const std::string folder = extraData() + "/tokenizers/";
  Result<Json> vocabulary = Json::read(folder + "qwen2.5/vocab.json");
  ASSERT_TRUE(vocabulary) << vocabulary.error().message;
  GGUFTokenizerMetadata metadata;
  metadata.file = "qwen2";
  metadata.model = "gpt2";
  metadata.pre = "qwen2";
  metadata.tokens.resize(vocabulary->size());
  for (Json member : *vocabulary)
    metadata.tokens.at(*member.integer()) = member.key();
  metadata.types.assign(metadata.tokens.size(), 1);
  std::ifstream merges(folder + "qwen2.5/merges.txt");
  for (std::string line; std::getline(merges, line);)
    if (!line.empty() && line.rfind("#version", 0) != 0)
      metadata.merges.push_back(line);
  Result<TokenizerModel> model = fromGGUF(metadata);
  ASSERT_TRUE(model) << model.error().message;
  expectVectors(made(*model), folder + "llama.cpp-vocab/ggml-vocab-qwen2.gguf");
}

// The two tokens of lower rank that make `token`, as merging by rank from its bytes leaves them.
static std::pair<std::string, std::string> sidesOf(const std::unordered_map<std::string, int32_t> &ranks, const std::string &token) {
  std::vector<std::string> parts;
  for (char byte : token)
    parts.push_back(std::string(1, byte));
  const int32_t limit = ranks.at(token);
  while (parts.size() > 2) {
    size_t best = parts.size();
    int32_t lowest = limit;
    for (size_t i = 0; i + 1 < parts.size(); ++i)
      if (auto found = ranks.find(parts[i] + parts[i + 1]); found != ranks.end() && found->second < lowest) {
        lowest = found->second;
        best = i;
      }
    if (best == parts.size())
      return {};
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + best + 1);
  }
  return {parts[0], parts[1]};
}

static std::string fromBase64(const std::string &text) {
  static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t bits = 0, count = 0;
  for (char digit : text) {
    if (digit == '=')
      break;
    bits = bits << 6 | uint32_t(digits.find(digit));
    count += 6;
    if (count >= 8)
      bytes += char(bits >> (count -= 8) & 0xFF);
  }
  return bytes;
}

// Llama 3's ranks (base64 and a number a line), as GGUF would hold them.
TEST(PublishedVectors, Llama3) {
  if (extraData().empty())
    GTEST_SKIP() << "VSPEC_EXTRA_DATA does not name the folder of vocabularies";
  const std::string folder = extraData() + "/tokenizers/";
  GGUFTokenizerMetadata metadata;
  metadata.file = "llama3";
  metadata.model = "gpt2";
  metadata.pre = "llama-bpe";
  metadata.addBos = false;
  std::unordered_map<std::string, int32_t> ranks;
  std::vector<std::string> tokens;
  std::ifstream lines(folder + "llama3/tokenizer.model");
  std::string text;
  for (int32_t rank = 0; lines >> text >> rank;) {
    ASSERT_EQ(size_t(rank), tokens.size());
    tokens.push_back(fromBase64(text));
    ranks[tokens.back()] = rank;
  }
  ASSERT_EQ(tokens.size(), 128000u);
  for (const std::string &token : tokens) {
    metadata.tokens.push_back(toByteAlphabet(token));
    if (token.size() > 1)
      if (auto [left, right] = sidesOf(ranks, token); !left.empty())
        metadata.merges.push_back(toByteAlphabet(left) + " " + toByteAlphabet(right));
  }
  metadata.types.assign(tokens.size(), 1);
  Result<TokenizerModel> model = fromGGUF(metadata);
  ASSERT_TRUE(model) << model.error().message;
  expectVectors(made(*model), folder + "llama.cpp-vocab/ggml-vocab-llama-bpe.gguf");
}
