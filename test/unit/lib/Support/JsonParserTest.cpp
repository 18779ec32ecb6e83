#include "test/unit/lib/Support/TemporaryFolder.h"
#include "vspec/Support/Json.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace vspec;

static std::string errorOf(std::string_view text) {
  auto json = Json::parse(text, "config.json");
  return json ? "no error" : json.error().message;
}

TEST(JsonParser, ReadsEachKind) {
  auto json = Json::parse(R"( [null, true, false, -7, 2.5, "a\u00e4\n\ud83d\ude00", [], {}] )", "f");
  ASSERT_TRUE(json) << json.error().message;
  std::vector<Json> elements(json->begin(), json->end());
  ASSERT_EQ(elements.size(), 8u);
  EXPECT_TRUE(elements[0].isNull());
  EXPECT_TRUE(*elements[1].boolean());
  EXPECT_FALSE(*elements[2].boolean());
  EXPECT_EQ(*elements[3].integer(), -7);
  EXPECT_EQ(*elements[4].number(), 2.5);
  EXPECT_EQ(*elements[5].string(), "aä\n\xF0\x9F\x98\x80");
  EXPECT_TRUE(elements[6].isArray());
  EXPECT_TRUE(elements[7].isObject());
}

TEST(JsonParser, NumbersBeyondInt64AreNotIntegers) {
  auto json =
      Json::parse("[9223372036854775807, -9223372036854775808, 9223372036854775808, 1000000000000000019884624838656, 1e3, 4.0]", "f");
  ASSERT_TRUE(json);
  std::vector<Json> elements(json->begin(), json->end());
  EXPECT_EQ(*elements[0].integer(), INT64_MAX);
  EXPECT_EQ(*elements[1].integer(), INT64_MIN);
  EXPECT_EQ(elements[2].kind(), Json::Kind::Number);
  EXPECT_EQ(*elements[2].number(), std::ldexp(1.0, 63));
  EXPECT_EQ(*elements[3].number(), 1e30);
  EXPECT_EQ(elements[4].kind(), Json::Kind::Number);
  EXPECT_EQ(elements[5].kind(), Json::Kind::Number);
}

TEST(JsonParser, SaysWhereItIsNotJson) {
  EXPECT_EQ(errorOf(""),
            "config.json: not JSON at byte 0: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal");
  EXPECT_EQ(errorOf("{\"a\": 1"),
            "config.json: not JSON at byte 7: syntax error while parsing object - unexpected end of input; expected '}'");
  EXPECT_EQ(errorOf("{\"a\": nul }"), "config.json: not JSON at byte 10: syntax error while parsing value - invalid literal");
  EXPECT_EQ(errorOf("[1,]"),
            "config.json: not JSON at byte 4: syntax error while parsing value - unexpected ']'; expected '[', '{', or a literal");
  EXPECT_EQ(errorOf("1 2"),
            "config.json: not JSON at byte 3: syntax error while parsing value - unexpected number literal; expected end of input");
  EXPECT_EQ(errorOf("[NaN]"), "config.json: not JSON at byte 2: syntax error while parsing value - invalid literal");
}

TEST(JsonParser, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(errorOf("[\"a\xFF\"]"),
            "config.json: not JSON at byte 4: syntax error while parsing value - invalid string: ill-formed UTF-8 byte");
  EXPECT_EQ(errorOf("[\"\\ud800\"]"), "config.json: not JSON at byte 9: syntax error while parsing value - invalid string: surrogate "
                                      "U+D800..U+DBFF must be followed by U+DC00..U+DFFF");
}

TEST(JsonParser, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(errorOf(R"({"a": {"b": 1, "c": 2, "b": 3}})"), "config.json: not JSON at byte 30: the object that ends here has 'b' twice");
  EXPECT_EQ(errorOf(R"({"a": {"a": 1}, "b": {"a": 1}})"), "no error");
}

TEST(JsonParser, RefusesDeepNesting) {
  EXPECT_EQ(errorOf(std::string(64, '[') + std::string(64, ']')), "no error");
  EXPECT_EQ(errorOf(std::string(65, '[') + std::string(65, ']')), "config.json: not JSON at byte 65: values nested deeper than 64");
  EXPECT_EQ(errorOf(std::string(1000000, '[')), "config.json: not JSON at byte 65: values nested deeper than 64");
}

TEST(JsonParser, RefusesNumbersBeyondDouble) {
  EXPECT_EQ(errorOf("[1e999]"), "config.json: not JSON at byte 7: a number beyond the range of double");
}

TEST(JsonParser, RefusesTooMuchText) {
  EXPECT_EQ(errorOf(std::string(Json::maxBytes + 1, ' ')), "config.json: has 134217729 bytes of JSON, expected at most 134217728");
}

TEST(JsonParser, ReadsFiles) {
  TemporaryFolder folder;
  auto json = Json::read(folder.write("a.json", "{\"x\": 1}"));
  ASSERT_TRUE(json);
  EXPECT_EQ(*json->integer("x"), 1);
  auto missing = Json::read(folder / "b.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().message, folder / "b.json" + ": cannot open: No such file or directory");
}
