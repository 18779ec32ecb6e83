#include "SmallTokenizers.h"
#include "lib/Tokenizer/HuggingFacePipeline.h"

using namespace vspec;

// Tokens that are their texts, of kind WordLevel unless told otherwise.
static TokenizerModel withTokens(const std::vector<std::string> &texts) {
  TokenizerModel model;
  model.kind = TokenizerKind::WordLevel;
  model.tokens = texts;
  model.types.assign(texts.size(), TokenType::Normal);
  return model;
}

static std::string message(const std::string &decoder, TokenizerModel model) {
  const std::vector<std::string> texts = model.tokens;
  Result<void> done = readDecoder(*Json::parse("{\"decoder\":" + decoder + "}", "t"), texts, model);
  return done ? "" : done.error().message;
}

static std::string decoded(const std::string &decoder, const std::vector<std::string> &texts, TokenizerModel model) {
  Result<void> done = readDecoder(*Json::parse("{\"decoder\":" + decoder + "}", "t"), texts, model);
  EXPECT_TRUE(done) << done.error().message;
  Ids ids;
  for (size_t id = 0; id < texts.size(); ++id)
    ids.push_back(int32_t(id));
  return made(std::move(model)).decode(ids);
}

static std::string decoded(const std::string &decoder, const std::vector<std::string> &texts) {
  return decoded(decoder, texts, withTokens(texts));
}

static std::string sequence(const std::string &steps) { return R"({"type":"Sequence","decoders":[)" + steps + "]}"; }

TEST(HuggingFaceDecoder, RunsEveryStep) {
  const std::string unescape = R"({"type":"Replace","pattern":{"String":"▁"},"content":" "})", fuse = R"({"type":"Fuse"})";
  const std::string strip = R"({"type":"Strip","content":" ","start":1,"stop":0})";
  EXPECT_EQ(decoded("null", {"a", " b", "c"}), "a  b c");
  EXPECT_EQ(decoded(unescape, {"▁a", "▁b"}), " a b");
  EXPECT_EQ(decoded(sequence(unescape + "," + fuse + "," + strip), {"▁▁a", "▁b"}), " a b");
  EXPECT_EQ(decoded(sequence(unescape + "," + strip), {"▁▁a", "▁b"}), " ab");
  EXPECT_EQ(decoded(R"({"type":"Metaspace","replacement":"▁"})", {"▁▁a", "▁b"}), "a b");
  EXPECT_EQ(decoded(R"({"type":"Metaspace","replacement":"▁","prepend_scheme":"never"})", {"▁▁a", "▁b"}), "  a b");
  EXPECT_EQ(decoded(R"({"type":"WordPiece"})", {"##a", "b", "##c", "do", ".", "n't"}), "##a bc do.n't");
  EXPECT_EQ(decoded(R"({"type":"WordPiece","cleanup":false})", {"a", "."}), "a .");
  EXPECT_EQ(decoded(sequence(R"({"type":"ByteFallback"},)" + fuse), {"<0xE2>", "<0x98>", "<0x83>", "<0xG0>"}), "\u2603<0xG0>");
  TokenizerModel words = withTokens({"a</w>", "b", "c</w>"});
  words.wordSuffix = "</w>";
  EXPECT_EQ(decoded(R"({"type":"BPEDecoder"})", words.tokens, words), "a bc");
  TokenizerModel bytes = withTokens({" ", "a"});
  bytes.kind = TokenizerKind::ByteLevelBPE;
  EXPECT_EQ(decoded(R"({"type":"ByteLevel"})", {"\u0120", "a"}, bytes), " a");
}

TEST(HuggingFaceDecoder, RefusesWhatItDoesNotKnow) {
  const TokenizerModel words = withTokens({"a"});
  EXPECT_EQ(
      message(R"({"type":"CTC"})", words),
      "t: decoder is of type 'CTC', but known are 'ByteLevel', 'Replace', 'ByteFallback', 'Fuse', 'Strip', 'Metaspace', 'WordPiece' and "
      "'BPEDecoder'");
  EXPECT_EQ(message(R"({"type":"BPEDecoder"})", words), "t: decoder has suffix '</w>', expected the end_of_word_suffix of the model, ''");
  EXPECT_EQ(message(R"({"type":"ByteLevel"})", words), "t: decoder undoes ByteLevel, but pre_tokenizer does not do it");
  EXPECT_EQ(message(sequence(R"({"type":"Fuse"},{"type":"ByteFallback"})"), words),
            "t: decoder.decoders[1] comes after Fuse or ByteLevel, where only 'Strip' is known");
  EXPECT_EQ(message(R"({"type":"Strip","content":" ","start":0,"stop":1})", words),
            "t: decoder strips something else than up to 65535 ' ' at the start");
  EXPECT_EQ(message(R"({"type":"Replace","pattern":{"Regex":"a"},"content":"b"})", words),
            "t: decoder replaces a pattern, but known is a text");
  EXPECT_EQ(message(R"({"type":"Metaspace","replacement":""})", words), "t: decoder writes spaces as nothing, expected a replacement");
  TokenizerModel bytes = words;
  bytes.kind = TokenizerKind::ByteLevelBPE;
  EXPECT_EQ(message("null", bytes), "t: the document has no decoder ByteLevel, so what pre_tokenizer does to bytes would never be undone");
  EXPECT_EQ(message(sequence(R"({"type":"Fuse"},{"type":"ByteLevel"})"), bytes), "t: decoder.decoders[1] comes after Fuse");
  TokenizerModel fallback = words;
  fallback.types[0] = TokenType::Byte;
  EXPECT_EQ(message(R"({"type":"Fuse"})", fallback),
            "t: the document has no decoder ByteFallback, so the byte tokens of model.byte_fallback would never be text again");
}
