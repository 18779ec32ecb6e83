// Folders with a tokenizer of each kind beside config.json and a weight.
#include "lib/Tokenizer/FromFolder.h"
#include "SmallTokenizers.h"
#include "vspec/Tokenizer/FromCheckpoint.h"
#include <filesystem>
#include <map>

using namespace vspec;

static const std::string weight("\x40\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}          \0\0\0\0", 76);

class FromFolder : public testing::Test {
protected:
  std::string folder = testing::TempDir() + "/vspec-tokenizer-folder";

  Result<TokenizerModel> read(std::map<std::string, std::string> files) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directory(folder);
    files.emplace("config.json", "{}");
    files.emplace("model.safetensors", weight);
    for (const auto &[name, text] : files)
      std::ofstream(folder + "/" + name, std::ios::binary) << text;
    Result<Checkpoint> checkpoint = Checkpoint::open(folder);
    if (!checkpoint)
      return checkpoint.error();
    return tokenizerOf(*checkpoint);
  }
  std::string message(std::map<std::string, std::string> files) {
    Result<TokenizerModel> model = read(std::move(files));
    return model ? "no error" : model.error().message.substr(folder.size());
  }
};

static const std::string ranks = "YQ== 0\nYg== 1\nYWI= 2\n";
static const std::string vocabulary = R"({"a":0,"b":1,"ab":2,"Ġ":3,"<|e|>":4})";

TEST_F(FromFolder, RanksWithAddedTokens) {
  Result<TokenizerModel> model =
      read({{"tokenizer.model", ranks},
            {"tokenizer_config.json",
             R"({"bos_token":"<s>","added_tokens_decoder":{"3":{"content":"<s>","special":true},"5":{"content":"x","lstrip":true}}})"}});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->before, Ids{3});
  EXPECT_EQ(model->types[4], TokenType::Unused);
  EXPECT_EQ(model->literals[5], StripLeft);
  EXPECT_EQ(encoded(made(*model), "ab x<s>", {true, true}), (Ids{3, 2, 5, 3}));
}

TEST_F(FromFolder, VocabularyAndMerges) {
  const std::map<std::string, std::string> files = {
      {"vocab.json", vocabulary},
      {"merges.txt", "#version: 0.2\na b\n"},
      {"added_tokens.json", R"({"<|e|>":4,"new \"\n":5})"},
      {"special_tokens_map.json", R"({"eos_token":"<|e|>","additional_special_tokens":["<|e|>"]})"},
      {"tokenizer_config.json", R"({"tokenizer_class":"Qwen2Tokenizer","eos_token":"<|e|>","add_bos_token":false})"}};
  Result<TokenizerModel> model = read(files);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->eos, 4);
  EXPECT_EQ(model->types[4], TokenType::Control);
  EXPECT_EQ(model->types[5], TokenType::UserDefined);
  ASSERT_EQ(model->normalizers.size(), 1u);
  EXPECT_EQ(encoded(made(*model), "ab ab<|e|>new \"\n", {true, true}), (Ids{2, 3, 2, 4, 5}));
  std::map<std::string, std::string> gpt2 = files;
  gpt2["tokenizer_config.json"] = R"({"tokenizer_class":"GPT2TokenizerFast","add_prefix_space":true})";
  model = read(gpt2);
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_TRUE(model->normalizers.empty());
  EXPECT_EQ(encoded(made(*model), "ab"), (Ids{3, 2}));
}

TEST_F(FromFolder, SentencePieceOfT5EndsTexts) {
  const std::string pieces(
      "\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02\x0a\x0c\x0a\x03<s>\x15\0\0\0\0\x18\x03\x0a\x0d\x0a\x04</s>\x15\0\0\0\0\x18\x03"
      "\x0a\x0a\x0a\x03\xe2\x96\x81\x15\0\0\x80\xbf",
      16 + 14 + 15 + 12);
  Result<TokenizerModel> model = read({{"tokenizer.model", pieces}});
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->before, Ids{1});
  EXPECT_TRUE(model->after.empty());
  model = read({{"tokenizer.model", pieces}, {"config.json", R"({"model_type":"t5"})"}});
  EXPECT_TRUE(model->before.empty());
  EXPECT_EQ(model->after, Ids{2});
  EXPECT_EQ(model->endTokens, Ids{2});
}

TEST_F(FromFolder, TellsWhatIsMissing) {
  EXPECT_EQ(message({}), ": has no tokenizer.json, no tokenizer.model, and not both vocab.json and merges.txt");
  EXPECT_EQ(message({{"vocab.json", vocabulary}}), ": has no tokenizer.json, no tokenizer.model, and not both vocab.json and merges.txt");
  const std::pair<const std::string, std::string> gpt2 = {"tokenizer_config.json", R"({"tokenizer_class":"GPT2Tokenizer"})"};
  EXPECT_EQ(message({{"vocab.json", "{"}, {"merges.txt", ""}, gpt2}),
            "/vocab.json: not JSON at byte 1: syntax error while parsing object key - unexpected end of input; expected string literal");
  EXPECT_EQ(message({{"vocab.json", vocabulary}, {"merges.txt", "\xff a\n"}, gpt2}),
            "/vocab.json with merges.txt: not JSON at byte 181: syntax error while parsing value - invalid string: ill-formed UTF-8 byte");
  EXPECT_EQ(message({{"vocab.json", vocabulary}, {"merges.txt", ""}, {"tokenizer_config.json", R"({"tokenizer_class":"Other"})"}}),
            ": has vocab.json and merges.txt, but tokenizer_class of tokenizer_config.json is 'Other', and known are 'GPT2Tokenizer', "
            "'CodeGenTokenizer' and 'Qwen2Tokenizer'; a tokenizer.json says all that is needed");
  EXPECT_EQ(message({{"tokenizer.model", ranks}, {"added_tokens.json", R"({"x":99999})"}}),
            ": adds the token 'x' with id 99999, but 0 to 65539 are expected");
  EXPECT_EQ(message({{"tokenizer.model", ranks}, {"added_tokens.json", R"({"x":1})"}}),
            ": adds the token 'x' with id 1, but the vocabulary has 'b' there");
  EXPECT_EQ(message({{"tokenizer.model", ranks}, {"tokenizer_config.json", R"({"bos_token":"<s>"})"}}),
            "/tokenizer_config.json: bos_token is '<s>', which is not a token");
  EXPECT_EQ(message({{"tokenizer.model", ranks}, {"tokenizer_config.json", R"({"added_tokens_decoder":{"x":{"content":"y"}}})"}}),
            "/tokenizer_config.json: added_tokens_decoder.x is not at the id of a token");
}

// Of the whole vocabularies that are too large for the repository.
TEST_F(FromFolder, PublishedVectors) {
  if (extraData().empty())
    GTEST_SKIP() << "VSPEC_EXTRA_DATA does not name the folder of vocabularies";
  const std::string data = extraData() + "/tokenizers/";
  std::map<std::string, std::string> qwen, llama = {{"tokenizer.model", fileText(data + "llama3/tokenizer.model")}};
  for (const char *name : {"vocab.json", "merges.txt", "added_tokens.json", "tokenizer_config.json"})
    qwen[name] = fileText(data + "qwen2.5/" + name);
  for (const auto &[files, vectors] : {std::pair(qwen, "qwen2"), std::pair(llama, "llama-bpe")}) {
    Result<TokenizerModel> model = read(files);
    ASSERT_TRUE(model) << model.error().message;
    expectVectors(made(*model), data + "llama.cpp-vocab/ggml-vocab-" + vectors + ".gguf");
  }
}
