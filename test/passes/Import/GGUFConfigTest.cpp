#include "passes/Import/Config.h"
#include "test/passes/Import/TemporaryCheckpoint.h"

using namespace vspec;

/// The keys of a small model without `except`.
static GgufModel small(const std::string &except = "") {
  GgufModel model;
  model.key("general.architecture", "llama");
  for (auto [key, value] : {std::pair("embedding_length", 16u), std::pair("block_count", 2u), std::pair("feed_forward_length", 24u),
                            std::pair("attention.head_count", 4u)})
    if (key != except)
      model.key(std::string("llama.") + key, value);
  if (except != "attention.layer_norm_rms_epsilon")
    model.key("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  return model;
}

static Result<DecoderConfig> read(const GgufModel &model, const std::vector<TestTensor> &tensors = {{"token_embd.weight", {32, 16}}}) {
  TemporaryFolder folder;
  Result<Checkpoint> checkpoint = model.open(folder, tensors);
  EXPECT_TRUE(checkpoint) << checkpoint.error().message;
  return readGGUFConfig(*checkpoint, "llama");
}

/// The message without the folder of the file.
static std::string problem(const GgufModel &model, const std::vector<TestTensor> &tensors = {{"token_embd.weight", {32, 16}}}) {
  Result<DecoderConfig> config = read(model, tensors);
  return config ? "none" : config.error().message.substr(config.error().message.find("model.gguf"));
}

TEST(GGUFConfig, AbsentKeysMeanWhatLlamaCppTakes) {
  Result<DecoderConfig> config = read(small());
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->vocabulary, 32);
  EXPECT_EQ(config->cacheHeads, 4);
  EXPECT_EQ(config->headSize, 4);
  EXPECT_EQ(config->rope.base, 10000);
  EXPECT_EQ(config->epsilon, 1e-5f);
  EXPECT_TRUE(config->tied);
  EXPECT_FALSE(config->attentionBias);
}

TEST(GGUFConfig, TensorsTellOfOutputAndBiases) {
  Result<DecoderConfig> config = read(
      small(), {{"token_embd.weight", {32, 16}}, {"output.weight", {32, 16}}, {"blk.0.attn_q.bias", {16}}, {"blk.0.ffn_up.bias", {24}}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_FALSE(config->tied);
  EXPECT_TRUE(config->attentionBias);
  EXPECT_TRUE(config->feedForwardBias);
}

TEST(GGUFConfig, ReadsHeadsRopeAndWindow) {
  GgufModel model = small();
  model.key("llama.attention.head_count_kv", 2u).key("llama.attention.key_length", 8u).key("llama.attention.value_length", 8u);
  model.key("llama.rope.freq_base", 5e5f).key("llama.rope.scaling.type", "linear").key("llama.rope.scaling.factor", 4.0f);
  model.key("llama.attention.sliding_window", 8u).key("llama.context_length", 128u).key("general.name", "small");
  Result<DecoderConfig> config = read(model);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->cacheHeads, 2);
  EXPECT_EQ(config->headSize, 8);
  EXPECT_EQ(config->rope.base, 5e5);
  EXPECT_EQ(config->rope.scaling.kind, RopeScaling::Kind::Linear);
  EXPECT_EQ(config->rope.scaling.factor, 4);
  EXPECT_EQ(config->windows, (std::vector<int64_t>{8, 8}));
  EXPECT_EQ(config->trainedContext, 128);
  EXPECT_EQ(config->name, "small");
}

TEST(GGUFConfig, FilesMayTellWhichLayersHaveTheWindow) {
  GgufModel model = small().key("llama.attention.sliding_window", 8u);
  Result<DecoderConfig> config = read(GgufModel(model).key("llama.attention.sliding_window_pattern", std::vector<bool>{false, true}));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->windows, (std::vector<int64_t>{0, 8}));
  EXPECT_EQ(problem(model.key("llama.attention.sliding_window_pattern", std::vector<bool>{true})),
            "model.gguf: key 'llama.attention.sliding_window_pattern' has 1 entries, but block_count is 2");
}

TEST(GGUFConfig, AFactorAloneIsLinear) {
  EXPECT_EQ(read(small().key("llama.rope.scaling.factor", 2.0f))->rope.scaling.factor, 2);
  EXPECT_EQ(read(small().key("llama.rope.scale_linear", 2.0f))->rope.scaling.factor, 2);
  EXPECT_EQ(read(small().key("llama.rope.scaling.type", "none").key("llama.rope.scaling.factor", 2.0f))->rope.scaling.kind,
            RopeScaling::Kind::None);
}

TEST(GGUFConfig, ReadsFactorsOfRope) {
  Result<DecoderConfig> config = read(small(), {{"token_embd.weight", {32, 16}}, {"rope_freqs.weight", {2}, {1, 8}}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->rope.scaling.factors, (std::vector<float>{1, 8}));
  EXPECT_EQ(problem(small(), {{"rope_freqs.weight", {3}, {1, 2, 3}}}),
            "model.gguf: tensor 'rope_freqs.weight' has 3 numbers in f32, expected 2 in f32");
  EXPECT_EQ(problem(small(), {{"rope_freqs.weight", {2}, {1, -1}}}),
            "model.gguf: tensor 'rope_freqs.weight' holds -1.000000, expected numbers above 0");
}

TEST(GGUFConfig, ReadsYaRN) {
  GgufModel model = small();
  model.key("llama.rope.scaling.type", "yarn").key("llama.rope.scaling.factor", 4.0f).key("llama.rope.dimension_count", 2u);
  model.key("llama.rope.scaling.original_context_length", 64u);
  Result<DecoderConfig> config = read(model);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->rope.columns, 2);
  EXPECT_EQ(config->rope.scaling.kind, RopeScaling::Kind::YaRN);
  EXPECT_EQ(config->rope.scaling.originalContext, 64);
  EXPECT_NEAR(config->rope.scaling.attentionFactor, 1.138629436111989, 1e-15);
}

// The context chooses between the two sets.
TEST(GGUFConfig, ReadsFactorsOfLongRope) {
  TemporaryFolder folder;
  GgufModel model = small();
  model.key("llama.context_length", 128u)
      .key("llama.rope.scaling.original_context_length", 32u)
      .key("llama.rope.scaling.attn_factor", 1.25f);
  Result<Checkpoint> checkpoint = model.open(
      folder, {{"token_embd.weight", {32, 16}}, {"rope_factors_short.weight", {2}, {1, 2}}, {"rope_factors_long.weight", {2}, {3, 4}}});
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  EXPECT_EQ(readGGUFConfig(*checkpoint, "llama")->rope.scaling.factors, (std::vector<float>{3, 4}));
  EXPECT_EQ(readGGUFConfig(*checkpoint, "llama", {}, 32)->rope.scaling.factors, (std::vector<float>{1, 2}));
  EXPECT_EQ(readGGUFConfig(*checkpoint, "llama", {}, 33)->rope.scaling.factors, (std::vector<float>{3, 4}));
  EXPECT_EQ(readGGUFConfig(*checkpoint, "llama")->rope.scaling.attentionFactor, 1.25);
}

TEST(GGUFConfig, TensorsTellWhichLayersHaveExperts) {
  GgufModel model = small().key("llama.expert_count", 8u).key("llama.expert_used_count", 2u).key("llama.expert_feed_forward_length", 12u);
  Result<DecoderConfig> config = read(model, {{"token_embd.weight", {32, 16}}, {"blk.1.ffn_gate_inp.weight", {8, 16}}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->experts.count, 8);
  EXPECT_EQ(config->experts.chosen, 2);
  EXPECT_EQ(config->experts.feedForward, 12);
  EXPECT_EQ(config->experts.layers, (std::vector<bool>{false, true}));
  EXPECT_FALSE(config->experts.normalized);
  EXPECT_EQ(read(small())->experts.count, 0);
}

TEST(GGUFConfig, RefusesWhatCannotBe) {
  EXPECT_EQ(problem(small("embedding_length")), "model.gguf: key 'llama.embedding_length' is missing");
  EXPECT_EQ(problem(small("attention.layer_norm_rms_epsilon")), "model.gguf: key 'llama.attention.layer_norm_rms_epsilon' is missing");
  EXPECT_EQ(problem(small("block_count").key("llama.block_count", "2")),
            "model.gguf: key 'llama.block_count' is a string, expected an integer");
  EXPECT_EQ(problem(small("attention.head_count").key("llama.attention.head_count", 0u)),
            "model.gguf: key 'llama.attention.head_count' is 0, expected a number from 1 to 4096");
  EXPECT_EQ(problem(small("attention.head_count").key("llama.attention.head_count", 3u)),
            "model.gguf: key 'llama.attention.head_count' is 3, expected a divisor of embedding_length, 16");
  EXPECT_EQ(problem(small().key("llama.attention.head_count_kv", 3u)),
            "model.gguf: key 'llama.attention.head_count' is 4, expected a multiple of head_count_kv, 3");
  EXPECT_EQ(problem(small().key("llama.attention.key_length", 7u)),
            "model.gguf: key 'llama.attention.key_length' is 7, expected an even number up to 4096");
  EXPECT_EQ(problem(small().key("llama.attention.value_length", 8u)),
            "model.gguf: key 'llama.attention.value_length' is 8, expected key_length, 4");
  EXPECT_EQ(problem(small().key("llama.rope.dimension_count", 6u)),
            "model.gguf: key 'llama.rope.dimension_count' is 6, expected an even number up to the head size, 4");
  EXPECT_EQ(problem(small().key("llama.rope.scaling.type", "dynamic")),
            "model.gguf: key 'llama.rope.scaling.type' is 'dynamic', expected none, linear, yarn or longrope");
  EXPECT_EQ(problem(small().key("llama.expert_count", 8u)), "model.gguf: key 'llama.expert_used_count' is missing");
  EXPECT_EQ(problem(small().key("llama.expert_count", 8u).key("llama.expert_used_count", 9u)),
            "model.gguf: key 'llama.expert_used_count' is 9, expected at most expert_count, 8");
  EXPECT_EQ(problem(small().key("llama.vocab_size", 0u)), "model.gguf: key 'llama.vocab_size' is 0, expected a number from 1 to 16777216");
}
