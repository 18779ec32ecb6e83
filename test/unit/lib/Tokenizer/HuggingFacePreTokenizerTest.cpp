#include "lib/Tokenizer/HuggingFacePipeline.h"
#include "lib/Tokenizer/PreTokenizer.h"
#include <gtest/gtest.h>

using namespace vspec;

static Result<bool> read(const std::string &preTokenizer, TokenizerModel &model) {
  return readPreTokenizer(*Json::parse("{\"pre_tokenizer\":" + preTokenizer + "}", "t"), model);
}

static std::string cut(const std::string &preTokenizer, const std::string &text) {
  TokenizerModel model;
  Result<bool> done = read(preTokenizer, model);
  if (!done)
    return done.error().message;
  Result<Words> words = PreTokenizer::compile(model.splits)->split(text, true);
  std::string shown;
  for (size_t i = 0; i < words->size(); ++i)
    shown += (i == 0 ? "" : "|") + std::string((*words)[i]);
  return shown;
}

TEST(HuggingFacePreTokenizer, ReadsEveryStep) {
  EXPECT_EQ(cut("null", "a b"), "a b");
  EXPECT_EQ(cut(R"({"type":"Whitespace"})", " a_1-!\u00e9\u200d "), "a_1|-!|\u00e9\u200d");
  EXPECT_EQ(cut(R"({"type":"WhitespaceSplit"})", "a\u00a0-b \n"), "a|-b");
  EXPECT_EQ(cut(R"({"type":"BertPreTokenizer"})", "a$b \u3002"), "a|$|b|\u3002");
  EXPECT_EQ(cut(R"({"type":"Punctuation"})", "a!?"), "a|!|?");
  EXPECT_EQ(cut(R"({"type":"Punctuation","behavior":"Contiguous"})", "a!?"), "a|!?");
  EXPECT_EQ(cut(R"({"type":"CharDelimiterSplit","delimiter":"."})", "a.b"), "a|b");
  EXPECT_EQ(cut(R"({"type":"Digits"})", "a12"), "a|12");
  EXPECT_EQ(cut(R"({"type":"Digits","individual_digits":true})", "a12"), "a|1|2");
  EXPECT_EQ(cut(R"({"type":"Split","pattern":{"String":"."},"behavior":"MergedWithNext","invert":false})", "a.b"), "a|.b");
  EXPECT_EQ(cut(R"({"type":"Split","pattern":{"Regex":"\\d"},"behavior":"Removed","invert":true})", "a1b2"), "1|2");
  EXPECT_EQ(cut(R"({"type":"ByteLevel"})", "a b"), " a| b");
  EXPECT_EQ(cut(R"({"type":"ByteLevel","add_prefix_space":false,"use_regex":false})", "a b"), "a b");
  EXPECT_EQ(cut(R"({"type":"Metaspace","replacement":"▁"})", "a b"), "▁a|▁b");
  EXPECT_EQ(cut(R"({"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":false})", "a b"), "a▁b");
  EXPECT_EQ(cut(R"({"type":"Metaspace","replacement":"▁","add_prefix_space":false})", "a b"), "a|▁b");
  EXPECT_EQ(
      cut(R"({"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}]})",
          "a b"),
      "▁a|b");
}

TEST(HuggingFacePreTokenizer, TellsByteLevel) {
  TokenizerModel model;
  EXPECT_TRUE(*read(R"({"type":"ByteLevel"})", model));
  EXPECT_FALSE(*read(R"({"type":"Whitespace"})", model));
}

TEST(HuggingFacePreTokenizer, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(
      cut(R"({"type":"UnicodeScripts"})", ""),
      "t: pre_tokenizer is of type 'UnicodeScripts', but known are 'Split', 'Digits', 'Punctuation', 'Whitespace', 'WhitespaceSplit', "
      "'BertPreTokenizer', 'CharDelimiterSplit', 'ByteLevel' and 'Metaspace'");
  EXPECT_EQ(cut(R"({"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"Digits"}]})", ""),
            "t: pre_tokenizer.pretokenizers[1] comes after ByteLevel, where text is no longer text; expected ByteLevel as the last step");
  EXPECT_EQ(
      cut(R"({"type":"Split","pattern":{"Regex":"a"},"behavior":"Kept"})", ""),
      "t: pre_tokenizer has behavior 'Kept', but known are 'Isolated', 'Removed', 'Contiguous', 'MergedWithPrevious' and 'MergedWithNext'");
  EXPECT_EQ(cut(R"({"type":"Split","pattern":{"Regex":"[a&&b]"},"behavior":"Isolated"})", ""),
            "t: pre_tokenizer cannot be run: the pattern has an intersection of classes at byte 2, which means something else in PCRE2");
  EXPECT_EQ(cut(R"({"type":"Metaspace","replacement":"▁","prepend_scheme":"last"})", ""),
            "t: pre_tokenizer has prepend_scheme 'last', but known are 'always', 'first' and 'never'");
  EXPECT_EQ(cut(R"({"type":"Metaspace","replacement":""})", ""), "t: pre_tokenizer writes spaces as nothing, expected a replacement");
}
