// What config.json and GGUF files say of Gemma 3n beside all others.
#include "passes/Import/Families/Families.h"
#include "test/passes/Import/TemporaryCheckpoint.h"
#include <cmath>

using namespace vspec;

static FamilyKeys keys() {
  FamilyKeys keys = gemma3nKeys();
  keys.defaults.headSize = 256;
  return keys;
}

/// Of a model of three layers, the last of which reads the cache of the first.
static Result<DecoderConfig> read(const std::string &members) {
  std::string widths = members.find("intermediate_size") == std::string::npos ? R"(, "intermediate_size": [24, 32, 40])" : "";
  Result<Json> json = Json::parse(R"({"hidden_size": 64, "num_hidden_layers": 3, "sliding_window": 8,
      "layer_types": ["sliding_attention", "full_attention", "sliding_attention"])" +
                                      widths + members + "}",
                                  "config.json");
  EXPECT_TRUE(json) << json.error().message;
  return readHFConfig(*json, keys());
}

static std::string problem(const std::string &members) {
  Result<DecoderConfig> config = read(members);
  return config ? "none" : config.error().message;
}

static GgufModel gguf() {
  GgufModel model;
  model.key("general.architecture", "gemma3n").key("gemma3n.attention.layer_norm_rms_epsilon", 1e-6f);
  model.key("gemma3n.feed_forward_length", std::vector<float>{24, 32, 40}).key("gemma3n.attention.sliding_window", 8u);
  for (auto [key, value] : {std::pair("embedding_length", 64u), std::pair("block_count", 3u), std::pair("attention.head_count", 8u)})
    model.key(std::string("gemma3n.") + key, value);
  return model;
}

static Result<DecoderConfig> read(const GgufModel &model) {
  TemporaryFolder folder;
  Result<Checkpoint> checkpoint = model.open(folder, {{"token_embd.weight", {32, 64}}});
  EXPECT_TRUE(checkpoint) << checkpoint.error().message;
  return readGGUFConfig(*checkpoint, "gemma3n", keys());
}

static std::string problem(const GgufModel &model) {
  Result<DecoderConfig> config = read(model);
  return config ? "none" : config.error().message.substr(config.error().message.find("model.gguf"));
}

TEST(Gemma3nConfig, AbsentKeysMeanWhatTransformersTakes) {
  Result<DecoderConfig> config = read(R"(, "num_kv_shared_layers": 1)");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->vocabulary, 262400);
  EXPECT_EQ(config->headSize, 256);
  EXPECT_EQ(config->rope.base, 1e6);
  EXPECT_EQ(config->windowRope->base, 10000);
  EXPECT_EQ(config->scales.embedding, 8);
  EXPECT_EQ(config->scales.attention, 1);
  EXPECT_EQ(config->scales.logitCap, 30);
  EXPECT_FALSE(config->gainsLessOne);
  EXPECT_EQ(config->streams.count, 4);
  EXPECT_EQ(config->streams.active, 0);
  EXPECT_TRUE(config->streams.scalesActive);
  EXPECT_EQ(config->streams.laurelRank, 64);
  EXPECT_EQ(config->streams.inputWidth, 256);
  EXPECT_EQ(config->streams.inputVocabulary, 262144);
  EXPECT_EQ(config->feedForwards, (std::vector<int64_t>{24, 32, 40}));
  EXPECT_EQ(config->streams.deviations, std::vector<std::optional<float>>(3));
}

TEST(Gemma3nConfig, LastLayersReadTheCacheOfTheirKind) {
  Result<DecoderConfig> config = read(R"(, "num_kv_shared_layers": 1)");
  ASSERT_TRUE(config) << config.error().message;
  for (auto [layer, cache] : {std::pair(0, 0), {1, 1}, {2, 0}})
    EXPECT_EQ(config->cacheLayer(layer), cache);
  EXPECT_EQ(problem(""), "config.json: num_kv_shared_layers is 15, expected less than the number of layers, 3");
  EXPECT_EQ(problem(R"(, "num_kv_shared_layers": 2)"),
            "config.json: num_kv_shared_layers is 2, but layer 1 finds no cache before it: all have a window, but it has none");
}

// Of torch.distributions.Normal(0, 1).icdf in f32.
TEST(Gemma3nConfig, SharesThatAreDroppedBecomeDeviations) {
  Result<DecoderConfig> config = read(R"(, "num_kv_shared_layers": 0, "activation_sparsity_pattern": [0.95, 0.0, 0.3])");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_FLOAT_EQ(*config->streams.deviations[0], 1.6448534727096558f);
  EXPECT_FALSE(config->streams.deviations[1]);
  EXPECT_FLOAT_EQ(*config->streams.deviations[2], -0.5244004726409912f);
  EXPECT_EQ(problem(R"(, "num_kv_shared_layers": 0, "activation_sparsity_pattern": [0.95, 0.0, 1])"),
            "config.json: activation_sparsity_pattern holds 1.000000, expected parts of a row, from 0 to below 1");
  EXPECT_EQ(problem(R"(, "num_kv_shared_layers": 0, "activation_sparsity_pattern": [0.95])"),
            "config.json: activation_sparsity_pattern has 1 numbers, expected 3");
}

TEST(Gemma3nConfig, GgufFilesTellDeviations) {
  GgufModel model = gguf().key("gemma3n.attention.shared_kv_layers", 0u);
  Result<DecoderConfig> config = read(GgufModel(model).key("gemma3n.activation_sparsity_scale", std::vector<float>{1.5f, -INFINITY, 0}));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->streams.deviations, (std::vector<std::optional<float>>{1.5f, std::nullopt, 0.0f}));
  EXPECT_EQ(config->feedForwards, (std::vector<int64_t>{24, 32, 40}));
  EXPECT_EQ(config->streams.inputVocabulary, 32);
  EXPECT_EQ(problem(GgufModel(model).key("gemma3n.activation_sparsity_scale", std::vector<float>{1, 1, INFINITY})),
            "model.gguf: key 'gemma3n.activation_sparsity_scale' holds inf, expected finite numbers, or -inf for layers that drop nothing");
  EXPECT_EQ(problem(gguf().key("gemma3n.attention.shared_kv_layers", 3u)),
            "model.gguf: key 'gemma3n.attention.shared_kv_layers' is 3, expected less than the number of layers, 3");
  EXPECT_EQ(problem(gguf()
                        .key("gemma3n.attention.shared_kv_layers", 2u)
                        .key("gemma3n.attention.sliding_window_pattern", std::vector<bool>{false, true, true})),
            "model.gguf: key 'gemma3n.attention.shared_kv_layers' is 2, but layer 1 finds no cache before it: none has its window");
}

TEST(Gemma3nConfig, WidthsOfFeedForwardsAreOneNumberOrAList) {
  Result<DecoderConfig> config = read(R"(, "num_kv_shared_layers": 0, "intermediate_size": 24)");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->feedForwardOf(2), 24);
  EXPECT_EQ(problem(R"(, "num_kv_shared_layers": 0, "intermediate_size": [24, 32])"),
            "config.json: intermediate_size has 2 numbers, expected 3");
  EXPECT_EQ(problem(R"(, "num_kv_shared_layers": 0, "intermediate_size": [24, 0.5, 40])"),
            "config.json: intermediate_size holds 0.500000, expected whole numbers from 1 to 1048576");
}

TEST(Gemma3nConfig, RefusesWhatCannotBe) {
  EXPECT_EQ(problem(R"(, "num_kv_shared_layers": 0, "altup_active_idx": 4)"),
            "config.json: altup_active_idx is 4, expected one of 4 streams, from 0 on");
  EXPECT_EQ(problem(R"(, "num_kv_shared_layers": 0, "altup_num_inputs": 17)"),
            "config.json: altup_num_inputs is 17, expected a number from 1 to 16");
  EXPECT_EQ(problem(R"(, "num_kv_shared_layers": 0, "hidden_size_per_layer_input": 400000)"),
            "config.json: hidden_size_per_layer_input is 400000, expected a number from 1 to 349525");
}
