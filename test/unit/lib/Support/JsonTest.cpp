#include "vspec/Support/Json.h"
#include <gtest/gtest.h>

using namespace vspec;

static Json document() {
  return *Json::parse(R"({"rope_scaling": {"factor": "8", "list": [1, [2, {"x y": 3}]]}, "layers": 12, "theta": 5e5,
                          "tied": true, "name": "llama", "window": null})",
                      "config.json");
}

template <typename T> static std::string errorOf(const Result<T> &result) { return result ? "no error" : result.error().message; }

TEST(Json, ReadsMembers) {
  Json json = document();
  EXPECT_EQ(*json.integer("layers"), 12);
  EXPECT_EQ(*json.number("layers"), 12.0);
  EXPECT_EQ(*json.number("theta"), 5e5);
  EXPECT_EQ(*json.boolean("tied"), true);
  EXPECT_EQ(*json.string("name"), "llama");
  EXPECT_EQ(json.object("rope_scaling")->size(), 2u);
  EXPECT_EQ(json.size(), 6u);
}

TEST(Json, NamesThePlaceOfAWrongKind) {
  Json json = document();
  EXPECT_EQ(errorOf(json.object("rope_scaling")->number("factor")), "config.json: rope_scaling.factor is a string, expected a number");
  EXPECT_EQ(errorOf(json.integer("theta")), "config.json: theta is a number, expected an integer");
  EXPECT_EQ(errorOf(json.string("window")), "config.json: window is null, expected a string");
  EXPECT_EQ(errorOf(json.boolean("layers")), "config.json: layers is an integer, expected a boolean");
  EXPECT_EQ(errorOf(json.array("rope_scaling")), "config.json: rope_scaling is an object, expected an array");
  EXPECT_EQ(errorOf(json.object("tied")), "config.json: tied is a boolean, expected an object");
  EXPECT_EQ(errorOf(json.string()), "config.json: the document is an object, expected a string");
  EXPECT_EQ(errorOf(json.member("name")->integer("x")), "config.json: name is a string, expected an object");
}

TEST(Json, NamesAMissingMember) {
  Json json = document();
  EXPECT_EQ(errorOf(json.integer("heads")), "config.json: the document has no heads");
  EXPECT_EQ(errorOf(json.member("rope_scaling")->number("odd key")), "config.json: rope_scaling has no 'odd key'");
}

TEST(Json, KnowsThePathOfEveryValue) {
  Json list = *document().object("rope_scaling")->array("list");
  std::vector<Json> outer(list.begin(), list.end());
  std::vector<Json> inner(outer[1].begin(), outer[1].end());
  EXPECT_EQ(list.path(), "rope_scaling.list");
  EXPECT_EQ(outer[1].path(), "rope_scaling.list[1]");
  EXPECT_EQ(inner[1].find("x y")->path(), "rope_scaling.list[1][1]['x y']");
  EXPECT_EQ(document().path(), "");
  EXPECT_EQ(outer[0].error("is 1, expected 2").message, "config.json: rope_scaling.list[0] is 1, expected 2");
}

TEST(Json, FallsBackOnlyForAbsentOrNull) {
  Json json = document();
  EXPECT_EQ(*json.integerOr("heads", 4), 4);
  EXPECT_EQ(*json.integerOr("window", 4), 4);
  EXPECT_EQ(*json.integerOr("layers", 4), 12);
  EXPECT_EQ(*json.numberOr("heads", 0.5), 0.5);
  EXPECT_EQ(*json.booleanOr("tied", false), true);
  EXPECT_EQ(*json.stringOr("heads", "none"), "none");
  EXPECT_EQ(errorOf(json.integerOr("name", 4)), "config.json: name is a string, expected an integer");
}

TEST(Json, TakesPythonsInfinityAsNull) {
  Json json = *Json::parse(R"({"limit": [0.5, Infinity], "name": "a \"Infinity", "Infinity": Infinity})", "config.json");
  EXPECT_TRUE((*++json.array("limit")->begin()).isNull());
  EXPECT_EQ(*json.string("name"), "a \"Infinity");
  EXPECT_TRUE(json.find("Infinity")->isNull());
  EXPECT_FALSE(Json::parse("[-Infinity]", "config.json"));
}

TEST(Json, VisitsInTheOrderOfTheText) {
  std::vector<std::string> keys;
  Json json = document(), name = *json.member("name");
  for (Json member : json)
    keys.emplace_back(member.key());
  EXPECT_EQ(keys, (std::vector<std::string>{"rope_scaling", "layers", "theta", "tied", "name", "window"}));
  for (Json element : name)
    ADD_FAILURE() << element.path();
}

TEST(Json, FindsOnlyInObjects) {
  EXPECT_FALSE(document().find("heads"));
  EXPECT_FALSE(document().member("name")->find("x"));
  EXPECT_TRUE(document().find("layers"));
}

TEST(Json, ValuesKeepTheirDocument) {
  std::string_view text;
  std::optional<Json> kept;
  {
    Json json = document();
    kept = *json.member("name");
  }
  text = *kept->string();
  EXPECT_EQ(text, "llama");
}
