#include "vspec/Eval/Evaluation.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace vspec;

namespace {

/// Predicts `previous token + 1` with the probability `sure`, everything else alike, and remembers what it was fed. It hands
/// out logits in uneven portions, as a runtime does whose prefill is cut into steps.
struct CountingModel : LogitsSource {
  CountingModel(uint32_t tokens, double sure) : tokens(tokens), sure(sure) {}

  uint32_t vocabulary() const override { return tokens; }

  Result<void> reset() override {
    contexts.emplace_back();
    return {};
  }

  Result<void> feed(const int32_t *fed, uint64_t count, const LogitsTaker &take) override {
    contexts.back().insert(contexts.back().end(), fed, fed + count);
    if (!take)
      return {};
    for (uint64_t done = 0; done < count;) {
      const uint32_t portion = uint32_t(std::min<uint64_t>(count - done, done == 0 ? 1 : 7));
      std::vector<float> logits;
      for (uint32_t i = 0; i < portion; ++i)
        for (uint32_t token = 0; token < tokens; ++token)
          logits.push_back(float(std::log(int32_t(token) == fed[done + i] + 1 ? sure : (1 - sure) / (tokens - 1))));
      if (auto taken = take(portion, logits.data()); !taken)
        return taken;
      done += portion;
      withLogits += portion;
    }
    return {};
  }

  uint32_t tokens;
  double sure;
  uint64_t withLogits = 0;
  std::vector<std::vector<int32_t>> contexts;
};

std::vector<int32_t> countUp(uint32_t count) {
  std::vector<int32_t> tokens;
  for (uint32_t i = 0; i < count; ++i)
    tokens.push_back(int32_t(i));
  return tokens;
}

TEST(Evaluation, ScoresTheSecondHalfOfEachChunk) {
  CountingModel model(2000, 0.5);
  auto perplexity = evaluatePerplexity(model, countUp(1200), ChunkProtocol());
  ASSERT_TRUE(perplexity) << perplexity.error().message;
  EXPECT_EQ(perplexity->tokens, 2u * 255);
  EXPECT_NEAR(perplexity->value, 2, 1e-6);
  EXPECT_EQ(model.withLogits, 2u * 255);
  ASSERT_EQ(model.contexts.size(), 2u);
  EXPECT_EQ(model.contexts[0].size(), 511u);
  EXPECT_EQ(model.contexts[1].front(), 512);
  EXPECT_EQ(model.contexts[1].back(), 1022);
}

// One surprising token costs twice: it is not predicted, and it predicts another one than what follows.
TEST(Evaluation, PairsEachPositionWithTheNextToken) {
  CountingModel model(64, 0.75);
  std::vector<int32_t> tokens = countUp(8);
  tokens[6] = 40; // predicted by position 5, and predicting 41 for the last token
  auto perplexity = evaluatePerplexity(model, tokens, {8, -1});
  ASSERT_TRUE(perplexity);
  EXPECT_EQ(perplexity->tokens, 3u); // tokens 5, 6, 7
  EXPECT_NEAR(perplexity->meanNLL, -(std::log(0.75) + 2 * std::log(0.25 / 63)) / 3, 1e-6);
}

TEST(Evaluation, ReplacesTheFirstTokenOfAChunkByBOS) {
  CountingModel model(64, 0.5);
  ASSERT_TRUE(evaluatePerplexity(model, countUp(20), {8, 63}));
  ASSERT_EQ(model.contexts.size(), 2u);
  EXPECT_EQ(model.contexts[0], (std::vector<int32_t>{63, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(model.contexts[1], (std::vector<int32_t>{63, 9, 10, 11, 12, 13, 14}));
}

TEST(Evaluation, OddChunksScoreFromTheLowerHalf) {
  CountingModel model(64, 0.5);
  auto perplexity = evaluatePerplexity(model, countUp(7), {7, -1});
  ASSERT_TRUE(perplexity);
  EXPECT_EQ(perplexity->tokens, 3u); // positions 3, 4, 5
}

TEST(Evaluation, TellsItsProgress) {
  CountingModel model(64, 0.5);
  std::vector<std::pair<uint64_t, uint64_t>> seen;
  ASSERT_TRUE(evaluatePerplexity(model, countUp(24), {8, -1}, [&](uint64_t done, uint64_t total) { seen.emplace_back(done, total); }));
  EXPECT_EQ(seen, (std::vector<std::pair<uint64_t, uint64_t>>{{0, 3}, {1, 3}, {2, 3}}));
}

TEST(Evaluation, RefusesTextsShorterThanAChunk) {
  CountingModel model(64, 0.5);
  auto perplexity = evaluatePerplexity(model, countUp(7), {8, -1});
  ASSERT_FALSE(perplexity);
  EXPECT_EQ(perplexity.error().message, "the text has 7 tokens, expected at least one chunk of 8");
}

TEST(Evaluation, RefusesChunksThatScoreNothing) {
  CountingModel model(64, 0.5);
  auto perplexity = evaluatePerplexity(model, countUp(7), {2, -1});
  ASSERT_FALSE(perplexity);
  EXPECT_EQ(perplexity.error().message, "a chunk has 2 tokens, expected at least 3, so that one is scored");
}

TEST(Evaluation, NamesTheChunkThatFails) {
  CountingModel model(10, 0.5);
  auto perplexity = evaluatePerplexity(model, countUp(16), {8, -1});
  ASSERT_FALSE(perplexity);
  EXPECT_EQ(perplexity.error().message, "chunk 1: token 13 is outside of the vocabulary of 10");
}

TEST(Evaluation, DivergenceOfAModelFromItselfIsZero) {
  CountingModel model(600, 0.5), reference(600, 0.5);
  auto comparison = evaluateDivergence(model, reference, countUp(512), ChunkProtocol());
  ASSERT_TRUE(comparison) << comparison.error().message;
  EXPECT_EQ(comparison->divergence.positions, 255u);
  EXPECT_EQ(comparison->divergence.mean, 0);
  EXPECT_EQ(comparison->divergence.sameTop, 1);
  EXPECT_NEAR(comparison->perplexity.value, 2, 1e-6);
  EXPECT_EQ(model.contexts, reference.contexts);
}

TEST(Evaluation, DivergenceIsTheClosedForm) {
  CountingModel model(64, 0.25), reference(64, 0.75);
  auto comparison = evaluateDivergence(model, reference, countUp(32), {16, -1});
  ASSERT_TRUE(comparison);
  const double expected = 0.75 * std::log(3.0) + 0.25 * std::log(0.25 / 0.75);
  EXPECT_EQ(comparison->divergence.positions, 14u);
  EXPECT_NEAR(comparison->divergence.mean, expected, 1e-6);
  EXPECT_NEAR(comparison->divergence.percentile99, expected, 1e-6);
  EXPECT_NEAR(comparison->perplexity.value, 4, 1e-5);
}

TEST(Evaluation, RefusesAReferenceWithAnotherVocabulary) {
  CountingModel model(64, 0.5), reference(65, 0.5);
  auto comparison = evaluateDivergence(model, reference, countUp(32), {16, -1});
  ASSERT_FALSE(comparison);
  EXPECT_EQ(comparison.error().message, "the model's vocabulary has 64 tokens, but the reference's has 65");
}

} // namespace
