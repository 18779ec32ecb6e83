#include "lib/Tokenizer/HuggingFacePipeline.h"
#include <gtest/gtest.h>

using namespace vspec;

static const std::string byteLevel = R"({"type":"ByteLevel","add_prefix_space":false,"use_regex":false})";
static const std::string unescape = R"({"type":"Replace","pattern":{"String":"▁"},"content":" "})";
static const std::string escape = R"({"type":"Replace","pattern":{"String":" "},"content":"▁"})";

static std::string read(const std::string &normalizer, const std::string &preTokenizer, const std::string &decoder, TokenizerModel &model) {
  Result<Json> json =
      Json::parse("{\"normalizer\":" + normalizer + ",\"pre_tokenizer\":" + preTokenizer + ",\"decoder\":" + decoder + "}", "t");
  if (!json)
    return json.error().message;
  Result<void> done = readHuggingFacePipeline(*json, model);
  return done ? "" : done.error().message;
}

static std::string message(const std::string &normalizer, const std::string &preTokenizer, const std::string &decoder) {
  TokenizerModel model;
  return read(normalizer, preTokenizer, decoder, model);
}

TEST(HuggingFacePipeline, SetsWhatTheStepsSay) {
  TokenizerModel bytes;
  ASSERT_EQ(read(R"({"type":"NFC"})",
                 R"({"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},)" + byteLevel + "]}", byteLevel, bytes),
            "");
  EXPECT_EQ(bytes.kind, TokenizerKind::ByteLevelBPE);
  EXPECT_TRUE(bytes.normalizeNFC);
  ASSERT_EQ(bytes.splits.size(), 1u);
  EXPECT_EQ(bytes.splits[0].pattern, "\\p{N}");

  TokenizerModel characters;
  ASSERT_EQ(
      read(escape, R"({"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious","invert":false})", unescape, characters),
      "");
  EXPECT_EQ(characters.kind, TokenizerKind::CharacterBPE);
  EXPECT_TRUE(characters.escapeSpaces);
  EXPECT_TRUE(characters.splits.empty());

  TokenizerModel metaspace;
  const std::string step = R"({"type":"Metaspace","replacement":"▁","prepend_scheme":"first"})";
  ASSERT_EQ(read("null", step, step, metaspace), "");
  EXPECT_EQ(metaspace.spacePrefix, SpacePrefix::FirstText);
  EXPECT_TRUE(metaspace.prefixUnlessSpace && metaspace.stripLeadingSpace);
  EXPECT_EQ(metaspace.splits.size(), 1u);
}

TEST(HuggingFacePipeline, RefusesWhatWouldChangeIds) {
  const std::string none = "null";
  EXPECT_EQ(message(none, byteLevel, none), "t: the document has no decoder, expected ByteLevel, Metaspace or a Sequence");
  EXPECT_EQ(message(R"({"type":"Lowercase"})", byteLevel, byteLevel),
            "t: normalizer is of type 'Lowercase', but known are 'NFC' (beside ByteLevel)");
  EXPECT_EQ(message(R"({"type":"Sequence","normalizers":[{"type":"NFKC"}]})", none, unescape),
            "t: normalizer.normalizers[0] is of type 'NFKC', but known are 'NFC', 'Prepend' and 'Replace'");
  EXPECT_EQ(message(R"({"type":"Prepend","prepend":"x"})", none, unescape), "t: normalizer prepends something else than U+2581");
  EXPECT_EQ(message(R"({"type":"Replace","pattern":{"String":"a"},"content":"b"})", none, unescape),
            "t: normalizer replaces something else than ' ' by U+2581");
  EXPECT_EQ(message(none, R"({"type":"ByteLevel"})", byteLevel), "t: pre_tokenizer has add_prefix_space true, which is not supported");
  EXPECT_EQ(message(none, R"({"type":"Sequence","pretokenizers":[)" + byteLevel + R"(,{"type":"Digits"}]})", byteLevel),
            "t: pre_tokenizer.pretokenizers[1] comes after ByteLevel, where text is no longer text; expected ByteLevel as the last step");
  EXPECT_EQ(message(none, R"({"type":"Whitespace"})", unescape),
            "t: pre_tokenizer is of type 'Whitespace', but known are 'Split', 'Digits', 'ByteLevel' and 'Metaspace'");
  EXPECT_EQ(message(none, R"({"type":"Split","pattern":{"Regex":"a"},"behavior":"MergedWithNext"})", unescape),
            "t: pre_tokenizer has behavior 'MergedWithNext', but known are 'Isolated' and an inverted 'Removed'");
  EXPECT_EQ(message(none, R"({"type":"Split","pattern":{"Regex":"[a&&b]"},"behavior":"Isolated"})", unescape),
            "t: pre_tokenizer cannot be run: the pattern has an intersection of classes at byte 2, which means something else in PCRE2");
  EXPECT_EQ(message(none, R"({"type":"Metaspace","replacement":"▁","prepend_scheme":"last"})", unescape),
            "t: pre_tokenizer has prepend_scheme 'last', but known are 'always', 'first' and 'never'");
  EXPECT_EQ(message(none, byteLevel, R"({"type":"WordPiece"})"),
            "t: decoder is of type 'WordPiece', but known are 'ByteLevel' (beside pre_tokenizer ByteLevel)");
  EXPECT_EQ(message(none, none, R"({"type":"Fuse"})"), "");
  EXPECT_EQ(message(escape, none, R"({"type":"Fuse"})"), "t: decoder does not make spaces of U+2581 again");
  EXPECT_EQ(message(none, none, unescape), "t: decoder makes spaces of U+2581, but nothing makes U+2581 of spaces");
  EXPECT_EQ(message(escape, none, R"({"type":"Strip","content":" ","start":2,"stop":0})"),
            "t: decoder strips something else than one ' ' at the start");
}

TEST(HuggingFacePipeline, ByteTokensMustBecomeTextAgain) {
  TokenizerModel model;
  auto read = [&](const std::string &decoders) {
    Result<Json> json = Json::parse(R"({"model":{"byte_fallback":true},"decoder":{"type":"Sequence","decoders":[)" + decoders + "]}}", "t");
    Result<void> done = readHuggingFacePipeline(*json, model);
    return done ? "" : done.error().message;
  };
  EXPECT_EQ(read(R"({"type":"ByteFallback"})"), "");
  EXPECT_EQ(read(R"({"type":"Fuse"})"),
            "t: decoder has no ByteFallback, so the byte tokens of model.byte_fallback would never be text again");
}
