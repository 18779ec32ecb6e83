// What PyPI's tokenizers and sentencepiece made of random texts, with a tokenizer of every kind and a variant of every step:
// test/unit/python/tokenizers_against_pypi.py --write-goldens wrote it.
#include "SmallTokenizers.h"
#include "lib/Tokenizer/Base64.h"
#include "vspec/Support/Json.h"
#include "vspec/Support/Quote.h"
#include "vspec/Tokenizer/FromHuggingFace.h"
#include "vspec/Tokenizer/FromSentencePiece.h"

using namespace vspec;

static Ids idsOf(const Json &list) {
  Ids ids;
  for (Json id : list)
    ids.push_back(int32_t(*id.integer()));
  return ids;
}

static std::string streamed(const Tokenizer &tokenizer, const Ids &ids) {
  StreamDecoder decoder(tokenizer);
  std::string text;
  for (int32_t id : ids) {
    const std::string part(decoder.push(id));
    EXPECT_TRUE(isUtf8(part));
    text += part;
  }
  return text + std::string(decoder.finish());
}

static Result<TokenizerModel> modelOf(const Json &run, std::string_view model) {
  const std::string name(*run.string("name"));
  if (!run.find("beside"))
    return fromSentencePiece(*fromBase64(model), name);
  Result<Json> json = Json::parse("{" + std::string(*run.string("beside")) + ",\"model\":" + std::string(model) + "}", name);
  return json ? fromHuggingFace(*json, std::nullopt, {}) : Result<TokenizerModel>(json.error());
}

// [text, ids, ids without special tokens, ids of the text as plain text, the two texts decoded]
static void expectCase(const Tokenizer &tokenizer, const Json &test, const std::string &name) {
  std::vector<Json> parts;
  for (Json part : test)
    parts.push_back(part);
  ASSERT_EQ(parts.size(), 6u);
  const std::string text(*parts[0].string()), shown = name + ": " + text;
  const bool special = !tokenizer.model().literalsInside; // SentencePiece finds no control tokens in a text
  const EncodeOptions options[] = {{special, special}, {false, special}, {false, false}};
  for (size_t i = 0; i < 3; ++i) {
    const Ids expected = idsOf(parts[i + 1]);
    // Text never spells a control token, though that has a score in some vocabularies.
    const bool control = i == 2 && std::any_of(expected.begin(), expected.end(),
                                               [&](int32_t id) { return tokenizer.model().types[size_t(id)] == TokenType::Control; });
    if (control)
      return;
    Result<Ids> ids = tokenizer.encode(text, options[i]);
    if (!ids && ids.error().message.find("has no token") != std::string::npos)
      return; // the other program would drop text
    ASSERT_TRUE(ids) << ids.error().message << shown;
    EXPECT_EQ(*ids, expected) << shown;
    if (i != 1)
      EXPECT_EQ(streamed(tokenizer, *ids), *parts[i == 0 ? 4 : 5].string()) << shown;
  }
}

TEST(Goldens, AreEqual) {
  Result<Json> file = Json::read(testData("goldens.json"));
  ASSERT_TRUE(file) << file.error().message;
  std::vector<std::string_view> models;
  Result<Json> texts = file->array("models"), runs = file->array("runs");
  ASSERT_TRUE(texts && runs);
  for (Json text : *texts)
    models.push_back(*text.string());
  EXPECT_GT(runs->size(), 70u);
  for (Json run : *runs) {
    const std::string name(*run.string("name"));
    Result<TokenizerModel> model = modelOf(run, models.at(size_t(*run.integer("model"))));
    ASSERT_TRUE(model) << model.error().message;
    Result<Tokenizer> tokenizer = Tokenizer::fromBytes(model->serialize());
    ASSERT_TRUE(tokenizer) << name << ": " << tokenizer.error().message;
    Result<Json> cases = run.array("cases");
    ASSERT_TRUE(cases);
    EXPECT_GE(cases->size(), 12u);
    for (Json test : *cases)
      expectCase(*tokenizer, test, name);
  }
}
