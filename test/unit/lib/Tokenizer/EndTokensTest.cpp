#include "lib/Tokenizer/EndTokens.h"
#include <gtest/gtest.h>

using namespace vspec;

static std::vector<int32_t> ends(std::vector<std::string> tokens, std::vector<int32_t> declared) {
  TokenizerModel model;
  model.tokens = std::move(tokens);
  model.types.assign(model.tokens.size(), TokenType::Control);
  findEndTokens(model, declared);
  return model.endTokens;
}

using Ids = std::vector<int32_t>;

TEST(EndTokens, DeclaredAndNamed) {
  EXPECT_EQ(ends({"<|im_end|>", "x", "<|endoftext|>", "<|im_start|>"}, {1, -1, 1}), (Ids{0, 1, 2}));
  EXPECT_EQ(ends({"<|eot_id|>", "<|eom_id|>", "<end_of_turn>", "<|fim_pad|>"}, {}), (Ids{0, 1, 2, 3}));
  EXPECT_EQ(ends({"a"}, {}), Ids());
}

TEST(EndTokens, TextIsNotAnEnd) {
  TokenizerModel model;
  model.tokens = {"<|endoftext|>"};
  model.types = {TokenType::Normal};
  findEndTokens(model, {});
  EXPECT_EQ(model.endTokens, Ids());
}

TEST(EndTokens, EndOfAPartIsNoEnd) {
  EXPECT_EQ(ends({"<|end|>", "<|return|>", "<|call|>"}, {}), (Ids{1, 2}));
  EXPECT_EQ(ends({"<|end|>", "<|flush|>", "<|calls|>"}, {}), (Ids{1, 2}));
  EXPECT_EQ(ends({"<|end|>", "<|return|>"}, {}), (Ids{0, 1}));
  EXPECT_EQ(ends({"</s>", "<|tool_response>"}, {}), Ids{1});
}
