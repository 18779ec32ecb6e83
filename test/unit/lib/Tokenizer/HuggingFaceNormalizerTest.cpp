#include "SmallTokenizers.h"
#include "lib/Tokenizer/HuggingFacePipeline.h"
#include "lib/Tokenizer/Normalizer.h"

using namespace vspec;

static std::string message(const std::string &normalizer, TokenizerModel &model) {
  Result<void> done = readNormalizer(*Json::parse("{\"normalizer\":" + normalizer + "}", "t"), model);
  return done ? "" : done.error().message;
}

static std::string message(const std::string &normalizer) {
  TokenizerModel model;
  return message(normalizer, model);
}

static std::string normalized(const std::string &normalizer, std::string_view text) {
  TokenizerModel model;
  EXPECT_EQ(message(normalizer, model), "");
  return *Normalizer::compile(model)->run(text);
}

TEST(HuggingFaceNormalizer, ReadsEveryStep) {
  EXPECT_EQ(normalized("null", " a "), " a ");
  EXPECT_EQ(normalized(R"({"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"StripAccents"},{"type":"Lowercase"}]})", "\u00c9"),
            "e");
  EXPECT_EQ(normalized(R"({"type":"NFKC"})", "\ufb01"), "fi");
  EXPECT_EQ(normalized(R"({"type":"Strip","strip_left":false,"strip_right":true})", " a "), " a");
  EXPECT_EQ(normalized(R"({"type":"Prepend","prepend":"_"})", "a"), "_a");
  EXPECT_EQ(normalized(R"({"type":"Replace","pattern":{"String":"."},"content":"-"})", "a.b"), "a-b");
  EXPECT_EQ(normalized(R"({"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "})", "a \n b"), "a b");
  EXPECT_EQ(normalized(R"({"type":"Nmt"})", "a\u200b\x01"), "a ");
  EXPECT_EQ(normalized(R"({"type":"BertNormalizer"})", "\u00c9\t\u4f60"), "e  \u4f60 ");
  EXPECT_EQ(normalized(R"({"type":"BertNormalizer","lowercase":false,"clean_text":false,"handle_chinese_chars":false})", "\u00c9\t"),
            "\u00c9\t");
  EXPECT_EQ(normalized(R"({"type":"Precompiled","precompiled_charsmap":"AAAAAA=="})", "a"), "a");
}

TEST(HuggingFaceNormalizer, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(message(R"({"type":"Sequence","normalizers":[{"type":"ByteLevel"}]})"),
            "t: normalizer.normalizers[0] is of type 'ByteLevel', but known are 'NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'Strip', "
            "'StripAccents', 'Replace', 'Prepend', 'Precompiled', 'BertNormalizer' and 'Nmt'");
  EXPECT_EQ(message(R"({"type":"Replace","pattern":{"String":""},"content":"-"})"),
            "t: normalizer replaces an empty text, expected one that can be found");
  EXPECT_EQ(message(R"({"type":"Replace","pattern":{"Regex":"[a&&b]"},"content":"-"})"),
            "t: normalizer cannot be run: the pattern has an intersection of classes at byte 2, which means something else in PCRE2");
  EXPECT_EQ(message(R"({"type":"Precompiled","precompiled_charsmap":"?"})"),
            "t: normalizer has a precompiled_charsmap that is not in base 64");
}
