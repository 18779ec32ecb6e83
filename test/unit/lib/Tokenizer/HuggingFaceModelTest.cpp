#include "lib/Tokenizer/HuggingFaceModel.h"
#include "SmallTokenizers.h"

using namespace vspec;

static std::string read(const std::string &json, TokenizerModel &model, bool byteLevel = false) {
  HuggingFaceTokens tokens(model);
  Result<void> done = readHuggingFaceModel(*Json::parse("{\"model\":" + json + "}", "t"), byteLevel, tokens, model);
  return done ? "" : done.error().message;
}

static std::string message(const std::string &json, bool byteLevel = false) {
  TokenizerModel model;
  return read(json, model, byteLevel);
}

TEST(HuggingFaceModel, ReadsEveryKind) {
  TokenizerModel words;
  ASSERT_EQ(read(R"({"type":"WordPiece","unk_token":"?","vocab":{"?":0,"ab":1,"##c":2}})", words), "");
  EXPECT_EQ(encoded(made(words), "abcc"), (Ids{1, 2, 2}));
  EXPECT_EQ(encoded(made(words), "abx"), Ids{0});
  TokenizerModel level;
  ASSERT_EQ(read(R"({"type":"WordLevel","unk_token":"?","vocab":{"?":0,"ab":1}})", level), "");
  EXPECT_EQ(encoded(made(level), "ab"), Ids{1});
  EXPECT_EQ(encoded(made(level), "a"), Ids{0});
  TokenizerModel unigram;
  ASSERT_EQ(read(R"({"type":"Unigram","unk_id":0,"vocab":[["?",0],["a",-1],["b",-1],["ab",-1.5]]})", unigram), "");
  EXPECT_EQ(unigram.unknownScore, -11.5);
  EXPECT_EQ(encoded(made(unigram), "abaxy"), (Ids{3, 1, 0}));
  TokenizerModel affixes;
  ASSERT_EQ(
      read(R"({"continuing_subword_prefix":"#","end_of_word_suffix":"$","vocab":{"a":0,"#b$":1,"ab$":2},"merges":[["a","#b$"]]})", affixes),
      "");
  EXPECT_EQ(encoded(made(affixes), "ab"), Ids{2});
}

TEST(HuggingFaceModel, OfEqualMergesTheLastCounts) {
  TokenizerModel model;
  ASSERT_EQ(read(R"({"vocab":{"a":0,"b":1,"c":2,"ab":3,"bc":4},"merges":["a b","b c","a b"]})", model), "");
  EXPECT_EQ(model.merges.size(), 2u);
  EXPECT_EQ(encoded(made(model), "abc"), (Ids{0, 4}));
}

TEST(HuggingFaceModel, TellsWhatItDoesNotKnow) {
  EXPECT_EQ(message(R"({"type":"Other"})"), "t: model is of type 'Other', but known are 'BPE', 'Unigram', 'WordPiece' and 'WordLevel'");
  EXPECT_EQ(message(R"({"type":"Unigram"})", true), "t: model is of type 'Unigram', but pre_tokenizer ByteLevel is known beside 'BPE'");
  EXPECT_EQ(message(R"({"type":"BPE","end_of_word_suffix":"</w>"})", true),
            "t: model has continuing_subword_prefix or end_of_word_suffix beside pre_tokenizer ByteLevel, which is not supported");
  EXPECT_EQ(message(R"({"type":"WordPiece","max_input_chars_per_word":-1})"),
            "t: model has max_input_chars_per_word -1, expected 0 to 4294967295");
  EXPECT_EQ(message(R"({"type":"Unigram","vocab":[["a"]]})"), "t: model.vocab[0] has 1 elements, expected a text and a score");
  EXPECT_EQ(message(R"({"type":"Unigram","vocab":[["a",0]],"unk_id":1})"), "t: model has unk_id 1, but there are 1 tokens");
}
