#include "vspec/Tokenizer/FromHuggingFace.h"
#include "SmallTokenizers.h"

using namespace vspec;

// Byte-level over a, b, space: ids 0 a, 1 b, 2 U+0120, 3 ab, 4 <s>, 5 </s>.
static const std::string small =
    R"({"added_tokens":[{"id":4,"content":"<s>","special":true},{"id":5,"content":"</s>","special":true}],"normalizer":null,)"
    R"("pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"post_processor":null,"decoder":{"type":"ByteLevel"},)"
    R"("model":{"type":"BPE","vocab":{"a":0,"b":1,"Ġ":2,"ab":3},"merges":["a b"]}})";

static std::string with(std::string text, const std::string &from, const std::string &to) {
  const size_t place = text.find(from);
  EXPECT_NE(place, text.npos) << from;
  return text.replace(place, from.size(), to);
}

static Result<TokenizerModel> built(const std::string &text, const std::string &config = "", const Ids &ends = {}) {
  Result<Json> json = Json::parse(text, "t.json");
  if (!json)
    return json.error();
  std::optional<Json> given;
  if (!config.empty())
    given = *Json::parse(config, "c.json");
  return fromHuggingFace(*json, given, ends);
}

static std::string message(const std::string &from, const std::string &to, const std::string &config = "") {
  Result<TokenizerModel> model = built(with(small, from, to), config);
  return model ? "no error" : model.error().message;
}

TEST(FromHuggingFace, SmallByteLevel) {
  Result<TokenizerModel> model = built(small, R"({"bos_token":"<s>","eos_token":{"content":"</s>"}})", {4});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->bos, 4);
  EXPECT_EQ(model->eos, 5);
  EXPECT_EQ(model->endTokens, (Ids{4, 5}));
  EXPECT_EQ(model->tokens[2], " ");
  EXPECT_EQ(encoded(made(*model), "ab ab</s>", {true, true}), (Ids{3, 2, 3, 5}));
}

TEST(FromHuggingFace, PairsOfMerges) {
  Result<TokenizerModel> model = built(with(small, R"("a b")", R"(["a","b"])"));
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(encoded(made(*model), "ab"), Ids{3});
}

TEST(FromHuggingFace, FlagsOfTheClassAddTokens) {
  const std::string tokens = R"("bos_token":"<s>","eos_token":"</s>",)";
  EXPECT_TRUE(built(small, "{" + tokens + R"("tokenizer_class":"LlamaTokenizerFast","add_bos_token":true})")->addsBos());
  EXPECT_TRUE(built(small, "{" + tokens + R"("tokenizer_class":"LlamaTokenizerFast","add_eos_token":true})")->after.size() == 1);
  EXPECT_FALSE(built(small, "{" + tokens + R"("tokenizer_class":"PreTrainedTokenizerFast","add_bos_token":true})")->addsBos());
  EXPECT_EQ(built(small, R"({"tokenizer_class":"LlamaTokenizerFast","add_bos_token":true})").error().message,
            "c.json: the document has add_bos_token true, but no bos_token");
}

TEST(FromHuggingFace, HolesAreUnused) {
  Result<TokenizerModel> model = built(with(small, R"("id":5)", R"("id":9)"));
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->tokens.size(), 10u);
  EXPECT_EQ(model->types[6], TokenType::Unused);
}

TEST(FromHuggingFace, NormalizedTokensAreSoughtInNormalisedText) {
  Result<TokenizerModel> model =
      built(with(with(small, R"("normalizer":null)", R"("normalizer":{"type":"Lowercase"})"), R"({"id":5,"content":"</s>","special":true})",
                 R"({"id":5,"content":"XY"},{"id":6,"content":"Z","normalized":false,"single_word":true})"));
  ASSERT_TRUE(model) << model.error().message;
  const Tokenizer tokenizer = made(*model);
  EXPECT_EQ(encoded(tokenizer, "AxyB Z"), (Ids{0, 5, 1, 2, 6}));
  EXPECT_EQ(tokenizer.decode({5, 6}), "xyZ");
}

// What is cut out first is no longer beside a token that wants to stand alone.
TEST(FromHuggingFace, NormalizedTokensAreSoughtLastWithoutANormalizerToo) {
  Result<TokenizerModel> model = built(with(small, R"({"id":5,"content":"</s>","special":true})",
                                            R"({"id":5,"content":"XY","normalized":false},{"id":6,"content":"Z","single_word":true})"));
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(encoded(made(*model), "XYZ"), (Ids{5, 6}));
}

TEST(FromHuggingFace, TellsWhatItDoesNotKnow) {
  EXPECT_EQ(message(R"("type":"BPE")", R"("type":"BPE","dropout":0.1)"), "t.json: model has a dropout, which makes ids random");
  EXPECT_EQ(message(R"("type":"BPE")", R"("type":"BPE","byte_fallback":true)"),
            "t.json: model has byte_fallback true beside pre_tokenizer ByteLevel, which leaves nothing to fall back from");
  EXPECT_EQ(message(R"("type":"BPE")", R"("type":"BPE","unk_token":"?")"), "t.json: model has unk_token '?', which is not in vocab");
  EXPECT_EQ(message(R"("ab":3)", R"("ab":1)"), "t.json: model.vocab.ab has id 1, which another token has");
  EXPECT_EQ(message(R"("ab":3)", R"("ab":-3)"), "t.json: model.vocab.ab has id -3, but 0 to 65539 are expected of 4 tokens");
  EXPECT_EQ(message(R"("a b")", R"("a c")"),
            "t.json: model.merges[0] merges 'a' and 'c', but these two and what they make are not all in vocab");
  EXPECT_EQ(message(R"("a b")", R"("ab")"), "t.json: model.merges[0] is 'ab', expected two tokens with a space between them");
  EXPECT_EQ(message(R"("a b")", R"(["a"])"), "t.json: model.merges[0] has 1 elements, expected 2");
  EXPECT_EQ(message(R"("content":"<s>")", R"("content":"")"), "t.json: added_tokens[0] has an empty content");
  EXPECT_EQ(message(R"("id":4)", R"("id":3)"), "t.json: added_tokens[0] has id 3 for '<s>', but model.vocab has it otherwise");
  EXPECT_EQ(message(R"("content":"<s>")", R"("content":"ab")"),
            "t.json: added_tokens[0] has id 4 for 'ab', but model.vocab has it otherwise");
  EXPECT_EQ(
      message(R"("normalizer":null)", R"("normalizer":{"type":"Replace","pattern":{"Regex":"("},"content":""})"),
      "t.json: the document has a normalizer that cannot be run: pattern of normalizer 0 is wrong at byte 1: missing closing parenthesis");
  const std::string slow = R"("normalizer":{"type":"Replace","pattern":{"Regex":"(a+)+$"},"content":""})",
                    long41 = std::string(40, 'a') + "b";
  EXPECT_EQ(built(with(with(small, R"("normalizer":null)", slow), R"("content":"</s>","special":true)", R"("content":")" + long41 + R"(")"))
                .error()
                .message,
            "t.json: the document has an added token that cannot be normalised: pattern of normalizer 0 gives up on a text of 41 bytes "
            "after byte 0: match limit exceeded");
  EXPECT_EQ(message(R"("a b")", R"("a b")", R"({"eos_token":"<e>"})"),
            "c.json: eos_token is '<e>', which is not a token of tokenizer.json");
}

// What transformers and Hugging Face tokenizers gave.
class HuggingFaceCases : public testing::TestWithParam<const char *> {};

TEST_P(HuggingFaceCases, AreEqual) {
  Result<Json> entries = Json::read(testData(GetParam()));
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_GE(entries->size(), 5u);
  auto idsOf = [](const Json &list) {
    Ids ids;
    for (Json id : list)
      ids.push_back(int32_t(*id.integer()));
    return ids;
  };
  for (Json entry : *entries) {
    const std::string name(*entry.string("name"));
    Result<Json> tokenizer = entry.find("tokenizer") ? entry.object("tokenizer") : Json::read(testData(name + "/tokenizer.json"));
    std::optional<Json> config;
    if (!entry.find("tokenizer"))
      config = *Json::read(testData(name + "/tokenizer_config.json"));
    Result<TokenizerModel> model = fromHuggingFace(*tokenizer, config, {});
    ASSERT_TRUE(model) << name << ": " << model.error().message;
    Result<Tokenizer> made = Tokenizer::fromBytes(model->serialize());
    ASSERT_TRUE(made) << made.error().message;
    Result<Json> cases = entry.array("cases");
    ASSERT_TRUE(cases) << cases.error().message;
    for (Json test : *cases) {
      const std::string text(*test.string("text"));
      EXPECT_EQ(encoded(*made, text, {true, true}), idsOf(*test.array("ids"))) << name << ": " << text;
      EXPECT_EQ(encoded(*made, text, {false, true}), idsOf(*test.array("ids_plain"))) << name << ": " << text;
      EXPECT_EQ(made->decode(idsOf(*test.array("ids"))), *test.string("decoded")) << name << ": " << text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(FromHuggingFace, HuggingFaceCases, testing::Values("golden-cases.json"));
