// Tokens and text through the C API. The toy's tokenizer has letters, a space, the two bytes of an umlaut, </s> and <s>.
#include "test/unit/runtime/OpenToy.h"

namespace {

std::string decoded(const OpenToy &toy, const std::vector<int32_t> &tokens, int32_t special) {
  char text[64];
  size_t bytes = 0;
  EXPECT_EQ(vspec_decode(toy.model, tokens.data(), tokens.size(), special, text, sizeof text, &bytes, nullptr), VSPEC_OK);
  EXPECT_EQ(std::strlen(text), bytes);
  return {text, bytes};
}

} // namespace

TEST(Text, EncodesAndDecodes) {
  OpenToy toy;
  int32_t tokens[16];
  size_t count = 0;
  auto encode = [&](const char *text, int32_t addSpecial, int32_t parseSpecial) {
    EXPECT_EQ(vspec_encode(toy.model, text, std::strlen(text), addSpecial, parseSpecial, tokens, 16, &count, &toy.error), VSPEC_OK)
        << toy.error.text;
    return std::vector<int32_t>(tokens, tokens + count);
  };
  EXPECT_EQ(encode("ab \xc3\xa4", 1, 0), (std::vector<int32_t>{30, 0, 1, 26, 27, 28}));
  EXPECT_EQ(encode("c</s>", 0, 1), (std::vector<int32_t>{2, 29}));
  EXPECT_EQ(decoded(toy, {30, 0, 1, 26, 27, 28}, 0), "ab \xc3\xa4");
  EXPECT_EQ(decoded(toy, {30, 0}, 1), "<s>a");
}

TEST(Text, TellsTheSizeThatIsNeeded) {
  OpenToy toy;
  int32_t tokens[2];
  char text[2];
  size_t count = 0;
  EXPECT_EQ(vspec_encode(toy.model, "abc", 3, 0, 0, tokens, 2, &count, &toy.error), VSPEC_TOO_SMALL);
  EXPECT_EQ(count, 3u);
  EXPECT_STREQ(toy.error.text, "the result has 3 tokens, but there is room for 2");
  int32_t three[3] = {0, 1, 2};
  EXPECT_EQ(vspec_decode(toy.model, three, 3, 0, text, 2, &count, &toy.error), VSPEC_TOO_SMALL);
  EXPECT_EQ(count, 3u);
  EXPECT_STREQ(toy.error.text, "the result has 3 bytes, but there is room for 2");
}

TEST(Text, StreamsWholeCharacters) {
  OpenToy toy;
  vspec_decoder *decoder = nullptr;
  ASSERT_EQ(vspec_decoder_open(toy.model, 1, 0, &decoder, &toy.error), VSPEC_OK);
  const char *text;
  size_t bytes;
  auto push = [&](int32_t token) {
    EXPECT_EQ(vspec_decoder_push(decoder, token, &text, &bytes, nullptr), VSPEC_OK);
    EXPECT_EQ(text[bytes], 0);
    return std::string(text, bytes);
  };
  EXPECT_EQ(push(0), "a");
  EXPECT_EQ(push(27), "");
  EXPECT_EQ(push(28), "\xc3\xa4");
  EXPECT_EQ(push(27), "");
  ASSERT_EQ(vspec_decoder_finish(decoder, &text, &bytes, nullptr), VSPEC_OK);
  EXPECT_STREQ(text, "\xef\xbf\xbd");
  EXPECT_EQ(push(28), "\xef\xbf\xbd"); // the first half is forgotten
  vspec_decoder_close(decoder);
}

TEST(Text, NeedsATokenizer) {
  OpenToy toy({false});
  vspec_model_info info;
  vspec_model_get_info(toy.model, &info);
  EXPECT_EQ(info.has_tokenizer, 0);
  size_t count;
  EXPECT_EQ(vspec_encode(toy.model, "a", 1, 0, 0, nullptr, 0, &count, &toy.error), VSPEC_UNSUPPORTED);
  EXPECT_STREQ(toy.error.text, "the model file has no tokenizer");
  EXPECT_EQ(vspec_decode(toy.model, nullptr, 0, 0, nullptr, 0, &count, &toy.error), VSPEC_UNSUPPORTED);
  vspec_decoder *decoder = nullptr;
  EXPECT_EQ(vspec_decoder_open(toy.model, 1, 0, &decoder, &toy.error), VSPEC_UNSUPPORTED);
  EXPECT_EQ(decoder, nullptr);
}
