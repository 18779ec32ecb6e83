#include "lib/Tokenizer/HuggingFacePostProcessor.h"
#include <gtest/gtest.h>

using namespace vspec;

static std::string added(const std::string &processor) {
  Result<Json> json = Json::parse("{\"post_processor\":" + processor + "}", "t");
  Result<AddedTokens> tokens = readPostProcessor(*json);
  return tokens ? std::to_string(tokens->before) + " " + std::to_string(tokens->after) : tokens.error().message;
}

TEST(HuggingFacePipeline, PostProcessor) {
  const std::string s = R"({"SpecialToken":{"id":"s"}})", a = R"({"Sequence":{"id":"A"}})",
                    table = R"("special_tokens":{"s":{"ids":[7]},"t":{"ids":[1,2]}})";
  auto single = [&](const std::string &parts) { return R"({"type":"TemplateProcessing","single":[)" + parts + "]," + table + "}"; };
  EXPECT_EQ(added("null"), "-1 -1");
  EXPECT_EQ(added(R"({"type":"ByteLevel"})"), "-1 -1");
  EXPECT_EQ(added(single(s + "," + a)), "7 -1");
  EXPECT_EQ(added(R"({"type":"Sequence","processors":[{"type":"ByteLevel"},)" + single(a + "," + s) + "]}"), "-1 7");
  EXPECT_EQ(added(single(s + "," + s + "," + a)),
            "t: post_processor.single adds more than one token on one side of the text, which is not supported");
  EXPECT_EQ(added(single(s)), "t: post_processor.single has no text");
  EXPECT_EQ(added(single(a + "," + a)), "t: post_processor.single has the text twice");
  EXPECT_EQ(added(single(R"({"SpecialToken":{"id":"t"}},)" + a)), "t: post_processor.special_tokens.t.ids has 2 elements, expected 1");
  EXPECT_EQ(added(R"({"type":"BertProcessing"})"),
            "t: post_processor is of type 'BertProcessing', but known are 'ByteLevel' and 'TemplateProcessing'");
}
