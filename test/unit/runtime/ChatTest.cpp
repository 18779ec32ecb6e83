// vspec_chat_render. The toy's own template is "{{ text }}"; its bos is <s>, its eos </s>.
#include "test/unit/runtime/OpenToy.h"

namespace {

struct Rendered {
  vspec_status status;
  std::string text;
};

Rendered render(OpenToy &toy, const char *chatTemplate, const std::string &conversation) {
  char text[64];
  size_t bytes = 0;
  const vspec_status status = vspec_chat_render(toy.model, chatTemplate, chatTemplate ? std::strlen(chatTemplate) : 0, conversation.data(),
                                                conversation.size(), text, sizeof text, &bytes, &toy.error);
  return {status, status == VSPEC_OK ? std::string(text, bytes) : std::string(toy.error.text)};
}

} // namespace

TEST(Chat, RendersWithTheModelsTemplateOrAnother) {
  OpenToy toy;
  EXPECT_EQ(render(toy, nullptr, R"({"text": "hello"})").text, "hello");
  EXPECT_EQ(render(toy, "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}{{ tools }}",
                   R"({"messages": [{"role": "user", "content": "Hi"}]})")
                .text,
            "<s>[user]HiNone");
  EXPECT_EQ(render(toy, "{{ bos_token }}", R"({"bos_token": "mine"})").text, "mine");
}

TEST(Chat, SaysWhoIsToBlame) {
  OpenToy toy;
  Rendered made = render(toy, "{{ 1 +", "{}");
  EXPECT_EQ(made.status, VSPEC_MALFORMED);
  EXPECT_EQ(made.text, "chat template:1: the template ends within {{, expected '}}'");
  made = render(toy, "{{ raise_exception('no system') }}", "{}");
  EXPECT_EQ(made.status, VSPEC_INVALID_ARGUMENT);
  EXPECT_EQ(made.text, "chat template:1: no system");
  OpenToy bare({/*tokenizer=*/true, toyBias, 0, false, /*chatTemplate=*/false});
  made = render(bare, nullptr, "{}");
  EXPECT_EQ(made.status, VSPEC_UNSUPPORTED);
  EXPECT_EQ(made.text, "the model file has no chat template");
  made = render(toy, nullptr, "[");
  EXPECT_EQ(made.status, VSPEC_INVALID_ARGUMENT);
  EXPECT_EQ(made.text.rfind("conversation: not JSON", 0), 0u) << made.text;
}

TEST(Chat, TellsTheSizeThatIsNeeded) {
  OpenToy toy;
  const std::string conversation = R"({"text": "four"})";
  char text[4];
  size_t bytes = 0;
  EXPECT_EQ(vspec_chat_render(toy.model, nullptr, 0, conversation.data(), conversation.size(), text, 3, &bytes, &toy.error),
            VSPEC_TOO_SMALL);
  EXPECT_EQ(bytes, 4u);
  EXPECT_STREQ(toy.error.text, "the result has 4 bytes, but there is room for 3");
  EXPECT_EQ(vspec_chat_render(toy.model, nullptr, 0, conversation.data(), conversation.size(), text, 4, &bytes, nullptr), VSPEC_OK);
}
