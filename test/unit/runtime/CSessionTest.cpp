#include "test/unit/runtime/OpenToy.h"
#include <algorithm>

extern "C" const char *runFromC(const char *path, const char *prompt, char *text, size_t room, vspec_error *error);

TEST(CSession, GeneratesWhatTheDefinitionSays) {
  OpenToy toy;
  char text[64] = "";
  const char *failure = runFromC((toy.folder / "toy.vspec").c_str(), "hello c", text, sizeof text, &toy.error);
  ASSERT_EQ(failure, nullptr) << failure;

  std::vector<int32_t> tokens = {30};
  for (char c : std::string("hello c"))
    tokens.push_back(c == ' ' ? 26 : c - 'a');
  for (int step = 0; step < 8; ++step) {
    std::vector<float> logits;
    for (int32_t v = 0; v < toyVocabulary; ++v)
      logits.push_back(toyLogit(tokens, v));
    tokens.push_back(int32_t(std::max_element(logits.begin(), logits.end()) - logits.begin()));
  }
  size_t bytes = 0;
  char whole[64] = "";
  ASSERT_EQ(vspec_decode(toy.model, tokens.data() + 8, 8, 0, whole, sizeof whole, &bytes, &toy.error), VSPEC_OK);
  EXPECT_STREQ(text, whole);
}
