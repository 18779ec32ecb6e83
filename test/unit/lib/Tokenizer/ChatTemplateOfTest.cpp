#include "vspec/Tokenizer/ChatTemplateOf.h"
#include "test/unit/lib/Support/TemporaryFolder.h"
#include <gtest/gtest.h>

using namespace vspec;

/// A folder with one weight and these files beside it: what its template is, or the error.
static std::string templateOf(const std::vector<std::pair<std::string, std::string>> &files) {
  TemporaryFolder folder;
  const std::string header = R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  folder.write("config.json", R"({"model_type": "llama"})");
  folder.write("model.safetensors", std::string(1, char(header.size())) + std::string(7, '\0') + header + std::string(4, '\0'));
  for (const auto &[name, text] : files)
    folder.write(name, text);
  Result<Checkpoint> checkpoint = Checkpoint::open(folder.path());
  EXPECT_TRUE(checkpoint) << checkpoint.error().message;
  Result<std::optional<std::string>> found = chatTemplateOf(*checkpoint);
  if (!found)
    return "error " + found.error().message.substr(folder.path().size() + 1);
  return *found ? **found : "none";
}

TEST(ChatTemplateOf, LooksWhereTransformersLooks) {
  const std::pair<std::string, std::string> own = {"chat_template.jinja", "own"},
                                            json = {"chat_template.json", R"({"chat_template": "json"})"},
                                            config = {"tokenizer_config.json", R"({"chat_template": "config"})"};
  EXPECT_EQ(templateOf({own, json, config}), "own");
  EXPECT_EQ(templateOf({json, config}), "json");
  EXPECT_EQ(templateOf({config}), "config");
  EXPECT_EQ(templateOf({{"chat_template.json", "{}"}, config}), "config");
  EXPECT_EQ(templateOf({{"tokenizer_config.json", "{}"}}), "none");
  EXPECT_EQ(templateOf({{"tokenizer_config.json", R"({"chat_template": null})"}}), "none");
  EXPECT_EQ(templateOf({}), "none");
}

TEST(ChatTemplateOf, TakesTheDefaultOfSeveral) {
  EXPECT_EQ(templateOf({{"tokenizer_config.json",
                         R"({"chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]})"}}),
            "d");
  EXPECT_EQ(templateOf({{"tokenizer_config.json", R"({"chat_template": [{"name": "rag", "template": "r"}]})"}}), "none");
}

TEST(ChatTemplateOf, RefusesWhatIsNoText) {
  EXPECT_EQ(templateOf({{"tokenizer_config.json", R"({"chat_template": 5})"}}),
            "error tokenizer_config.json: chat_template is an integer, expected a string");
  EXPECT_EQ(templateOf({{"tokenizer_config.json", R"({"chat_template": [5]})"}}),
            "error tokenizer_config.json: chat_template[0] is an integer, expected an object");
  EXPECT_EQ(templateOf({{"tokenizer_config.json", R"({"chat_template": [{"name": "default"}]})"}}),
            "error tokenizer_config.json: chat_template[0] has no template");
}

TEST(ChatTemplateOf, ReadsThatOfAModel) {
  Result<Checkpoint> checkpoint = Checkpoint::open(std::string(VSPEC_TEST_DATA) + "/models/llama-bf16-sharded");
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  Result<std::optional<std::string>> found = chatTemplateOf(*checkpoint);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->rfind("{{ bos_token }}", 0), 0u);
  Result<Checkpoint> gguf = Checkpoint::open(std::string(VSPEC_TEST_DATA) + "/models/stories260K-f32.gguf");
  ASSERT_TRUE(gguf);
  found = chatTemplateOf(*gguf);
  ASSERT_TRUE(found);
  EXPECT_FALSE(found->has_value());
}
