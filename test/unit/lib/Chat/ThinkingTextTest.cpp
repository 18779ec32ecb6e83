#include "vspec/Chat/ThinkingText.h"
#include <gtest/gtest.h>

using namespace vspec;

static std::string marked(const std::vector<ThinkingText::Part> &parts) {
  std::string text;
  for (const auto &part : parts)
    text += (part.thinking ? "T[" : "A[") + part.text + "]";
  return text;
}

TEST(ThinkingText, SplitsAtTheTags) {
  ThinkingText text(false);
  EXPECT_EQ(marked(text.push("a<think>b</think>c")), "A[a]T[<think>]T[b]T[</think>]A[c]");
  EXPECT_EQ(marked(text.push("<thi")), "");
  EXPECT_EQ(marked(text.push("s")), "A[<this]");
  EXPECT_EQ(marked(text.push("<")), "");
  EXPECT_EQ(marked(text.finish()), "A[<]");
}

TEST(ThinkingText, MayBeginWithin) {
  ThinkingText text(true);
  EXPECT_EQ(marked(text.push("so <think> </")), "T[so <think> ]");
  EXPECT_EQ(marked(text.push("think>\n\n42")), "T[</think>]A[\n\n42]");
}

TEST(ThinkingText, PromptsThatOpenIt) {
  EXPECT_TRUE(opensThinking("<|assistant|><think>\n"));
  EXPECT_TRUE(opensThinking("<think>"));
  EXPECT_FALSE(opensThinking("<think>\n\n</think>\n\n"));
  EXPECT_FALSE(opensThinking("What is <think>?<|assistant|>"));
  EXPECT_FALSE(opensThinking(""));
}
