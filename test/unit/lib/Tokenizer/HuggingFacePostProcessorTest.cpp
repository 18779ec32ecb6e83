#include "lib/Tokenizer/HuggingFacePostProcessor.h"
#include <gtest/gtest.h>

using namespace vspec;

static std::string added(const std::string &processor) {
  Result<Json> json = Json::parse("{\"post_processor\":" + processor + "}", "t");
  Result<AddedTokens> tokens = readPostProcessor(*json);
  if (!tokens)
    return tokens.error().message;
  std::string shown;
  for (int32_t id : tokens->before)
    shown += std::to_string(id) + " ";
  shown += "text";
  for (int32_t id : tokens->after)
    shown += " " + std::to_string(id);
  return shown;
}

TEST(HuggingFacePostProcessor, ReadsWhatStandsAroundAText) {
  const std::string s = R"({"SpecialToken":{"id":"s"}})", t = R"({"SpecialToken":{"id":"t"}})", a = R"({"Sequence":{"id":"A"}})",
                    table = R"("special_tokens":{"s":{"ids":[7]},"t":{"ids":[1,2]},"u":{"ids":[-1]}})";
  auto single = [&](const std::string &parts) { return R"({"type":"TemplateProcessing","single":[)" + parts + "]," + table + "}"; };
  EXPECT_EQ(added("null"), "text");
  EXPECT_EQ(added(R"({"type":"ByteLevel"})"), "text");
  EXPECT_EQ(added(single(s + "," + a)), "7 text");
  EXPECT_EQ(added(single(s + "," + t + "," + a + "," + s)), "7 1 2 text 7");
  EXPECT_EQ(added(R"({"type":"BertProcessing","cls":["c",3],"sep":["s",4]})"), "3 text 4");
  EXPECT_EQ(added(R"({"type":"Sequence","processors":[{"type":"ByteLevel"},)" + single(s + "," + a + "," + s) +
                  R"(,{"type":"RobertaProcessing","cls":["c",3],"sep":["s",4]}]})"),
            "3 7 text 7 4");
  EXPECT_EQ(added(single(s)), "t: post_processor.single has no text, expected one Sequence");
  EXPECT_EQ(added(single(a + "," + a)), "t: post_processor.single has the text twice, expected one Sequence");
  EXPECT_EQ(added(single(R"({"SpecialToken":{"id":"u"}},)" + a)),
            "t: post_processor.special_tokens.u.ids[0] names token -1, expected 0 or more");
  EXPECT_EQ(added(R"({"type":"BertProcessing","cls":["c"],"sep":["s",4]})"),
            "t: post_processor.cls has 1 elements, expected a text and an id");
  EXPECT_EQ(added(R"({"type":"Other"})"), "t: post_processor is of type 'Other', but known are 'ByteLevel', 'TemplateProcessing', "
                                          "'BertProcessing' and 'RobertaProcessing'");
}
