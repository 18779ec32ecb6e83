#include "passes/Import/Config.h"
#include <gtest/gtest.h>

using namespace vspec;

static const char tiny[] =
    R"("vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 2, "intermediate_size": 24, "num_attention_heads": 4)";

/// Reads a config of `tiny` and further members, which may say anew what `tiny` says.
static Result<DecoderConfig> read(std::string members, int64_t defaultHeadSize = 0, int64_t context = 0) {
  std::string text = "{" + members;
  for (std::string_view rest = tiny; !rest.empty();) {
    std::string_view member = rest.substr(0, rest.find(", "));
    if (members.find(member.substr(0, member.find(':'))) == std::string::npos)
      text += (text.size() > 1 ? "," : "") + std::string(member);
    rest.remove_prefix(std::min(rest.size(), member.size() + 2));
  }
  Result<Json> json = Json::parse(text + "}", "config.json");
  EXPECT_TRUE(json) << json.error().message;
  FamilyKeys keys;
  keys.defaults.headSize = defaultHeadSize;
  return readHFConfig(*json, keys, context);
}

static std::string problem(const std::string &members) {
  Result<DecoderConfig> config = read(members);
  return config ? "none" : config.error().message;
}

TEST(HFConfig, AbsentKeysMeanWhatTransformersTakes) {
  Result<DecoderConfig> config = read("");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->vocabulary, 32);
  EXPECT_EQ(config->cacheHeads, 4);
  EXPECT_EQ(config->headSize, 4);
  EXPECT_EQ(config->trainedContext, 0);
  EXPECT_EQ(config->epsilon, 1e-6f);
  EXPECT_EQ(config->rope.base, 10000);
  EXPECT_EQ(config->rope.scaling.kind, RopeScaling::Kind::None);
  EXPECT_EQ(config->windows, (std::vector<int64_t>{0, 0}));
  EXPECT_FALSE(config->tied);
  EXPECT_FALSE(config->attentionBias);
  EXPECT_EQ(config->format, "f32");
  EXPECT_EQ(read("", 128)->headSize, 128);
}

TEST(HFConfig, ReadsBothFormsOfRope) {
  for (const char *text : {R"("rope_theta": 5e5, "rope_scaling": {"type": "linear", "factor": 2})",
                           R"("rope_theta": 500000, "rope_scaling": {"rope_type": "linear", "factor": 2.0})",
                           R"("rope_theta": 1, "rope_parameters": {"rope_theta": 500000.0, "rope_type": "linear", "factor": 2.0})"}) {
    Result<DecoderConfig> config = read(text);
    ASSERT_TRUE(config) << text << ": " << config.error().message;
    EXPECT_EQ(config->rope.base, 500000);
    EXPECT_EQ(config->rope.scaling.kind, RopeScaling::Kind::Linear);
    EXPECT_EQ(config->rope.scaling.factor, 2);
  }
  EXPECT_EQ(read(R"("rope_scaling": null)")->rope.scaling.kind, RopeScaling::Kind::None);
  EXPECT_EQ(read(R"("rope_parameters": {"rope_theta": 7, "rope_type": "default"})")->rope.base, 7);
}

TEST(HFConfig, ReadsLlama3Scaling) {
  Result<DecoderConfig> config = read(R"("rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.5,
      "high_freq_factor": 4.5, "original_max_position_embeddings": 64})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->rope.scaling.kind, RopeScaling::Kind::Llama3);
  EXPECT_EQ(config->rope.scaling.lowFactor, 1.5);
  EXPECT_EQ(config->rope.scaling.highFactor, 4.5);
  EXPECT_EQ(config->rope.scaling.originalContext, 64);
}

// Numbers of transformers' _compute_yarn_parameters and _compute_longrope_parameters.
TEST(HFConfig, ReadsYaRNAndLongRope) {
  Result<DecoderConfig> yarn = read(R"("max_position_embeddings": 256, "rope_scaling": {"rope_type": "yarn",
      "original_max_position_embeddings": 64, "beta_fast": 8, "beta_slow": 2, "truncate": false})");
  ASSERT_TRUE(yarn) << yarn.error().message;
  EXPECT_EQ(yarn->rope.scaling.kind, RopeScaling::Kind::YaRN);
  EXPECT_EQ(yarn->rope.scaling.factor, 4);
  EXPECT_EQ(yarn->rope.scaling.betaFast, 8);
  EXPECT_EQ(yarn->rope.scaling.betaSlow, 2);
  EXPECT_FALSE(yarn->rope.scaling.truncate);
  EXPECT_NEAR(yarn->rope.scaling.attentionFactor, 1.138629436111989, 1e-15);
  EXPECT_NEAR(read(R"("max_position_embeddings": 64, "rope_scaling": {"type": "yarn", "factor": 8, "mscale": 1.0, "mscale_all_dim": 0.5})")
                  ->rope.scaling.attentionFactor,
              1.094179988101349, 1e-15);
  EXPECT_EQ(read(R"("max_position_embeddings": 64, "rope_scaling": {"type": "yarn", "factor": 8, "attention_factor": 1.5})")
                ->rope.scaling.attentionFactor,
            1.5);

  std::string longrope = R"("max_position_embeddings": 256, "original_max_position_embeddings": 64, "rope_scaling": {"type": "longrope",
      "short_factor": [1, 1.5], "long_factor": [2, 3]})";
  EXPECT_EQ(read(longrope)->rope.scaling.factors, (std::vector<float>{2, 3}));
  EXPECT_EQ(read(longrope, 0, 64)->rope.scaling.factors, (std::vector<float>{1, 1.5}));
  EXPECT_EQ(read(longrope, 0, 65)->rope.scaling.factors, (std::vector<float>{2, 3}));
  EXPECT_NEAR(read(longrope)->rope.scaling.attentionFactor, 1.1547005383792515, 1e-15);
}

TEST(HFConfig, DynamicScalingIsNoneUpToTheTrainedContext) {
  std::string dynamic = R"("max_position_embeddings": 64, "rope_scaling": {"type": "dynamic", "factor": 2})";
  EXPECT_EQ(read(dynamic, 0, 64)->rope.scaling.kind, RopeScaling::Kind::None);
  EXPECT_EQ(
      read(dynamic, 0, 65).error().message,
      "config.json: rope_scaling.type is 'dynamic', whose frequencies change beyond max_position_embeddings, 64; expected a context up "
      "to that, but --context is 65");
}

TEST(HFConfig, KindsOfLayersTurnByThemselves) {
  Result<DecoderConfig> config = read(R"("sliding_window": 8, "layer_types": ["sliding_attention", "full_attention"], "rope_parameters":
      {"full_attention": {"rope_type": "linear", "factor": 8, "rope_theta": 1e6}, "sliding_attention": {"rope_theta": 100}})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->ropeOf(0).base, 100);
  EXPECT_EQ(config->ropeOf(0).scaling.kind, RopeScaling::Kind::None);
  EXPECT_EQ(config->ropeOf(1).base, 1e6);
  EXPECT_EQ(config->ropeOf(1).scaling.factor, 8);
  EXPECT_EQ(read(R"("partial_rotary_factor": 0.5)")->rope.columns, 2);
}

TEST(HFConfig, WindowsAreOfLayers) {
  EXPECT_EQ(read(R"("sliding_window": 8, "layer_types": ["sliding_attention", "full_attention"])")->windows, (std::vector<int64_t>{8, 0}));
  EXPECT_EQ(read(R"("sliding_window": 8, "use_sliding_window": true, "max_window_layers": 1)")->windows, (std::vector<int64_t>{0, 8}));
  EXPECT_EQ(read(R"("sliding_window": 8, "use_sliding_window": false)")->windows, (std::vector<int64_t>{0, 0}));
}

TEST(HFConfig, ExpertsAreOfLayers) {
  std::string some = R"("num_hidden_layers": 4, "num_experts": 8, "num_experts_per_tok": 2, )";
  Result<DecoderConfig> config = read(some + R"("moe_intermediate_size": 12, "norm_topk_prob": true, "decoder_sparse_step": 1)");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->experts.count, 8);
  EXPECT_EQ(config->experts.chosen, 2);
  EXPECT_EQ(config->experts.feedForward, 12);
  EXPECT_EQ(config->experts.normalized, true);
  EXPECT_EQ(config->experts.layers, std::vector<bool>(4, true));
  EXPECT_EQ(read(some + R"("decoder_sparse_step": 2)")->experts.layers, (std::vector<bool>{false, true, false, true}));
  EXPECT_EQ(read(some + R"("mlp_only_layers": [0, 3])")->experts.layers, (std::vector<bool>{false, true, true, false}));
  EXPECT_EQ(read(R"("num_local_experts": 8, "num_experts_per_tok": 2)")->experts.feedForward, 24);
  EXPECT_FALSE(read("")->experts.in(0));
}

TEST(HFConfig, RefusesWhatCannotBe) {
  EXPECT_EQ(problem(R"("num_experts": 8)"), "config.json: num_experts_per_tok is missing");
  EXPECT_EQ(problem(R"("num_experts": 8, "num_experts_per_tok": 9)"),
            "config.json: num_experts_per_tok is 9, expected at most num_experts, 8");
  EXPECT_EQ(problem(R"("num_experts": 8, "num_experts_per_tok": 2, "mlp_only_layers": 1)"), "config.json: mlp_only_layers is no list");
  EXPECT_EQ(problem(R"("num_experts": 8, "num_experts_per_tok": 2, "mlp_only_layers": [2])"),
            "config.json: mlp_only_layers[0] is 2, expected a layer below 2");
  EXPECT_EQ(problem(R"("num_experts": 8, "num_experts_per_tok": 2, "mlp_only_layers": ["all"])"),
            "config.json: mlp_only_layers[0] is no number, expected a layer below 2");

  EXPECT_EQ(problem(R"("hidden_size": null)"), "config.json: hidden_size is missing");
  EXPECT_EQ(problem(R"("hidden_size": "16")"), "config.json: hidden_size is a string, expected an integer");
  EXPECT_EQ(problem(R"("hidden_size": 0)"), "config.json: hidden_size is 0, expected a number from 1 to 1048576");
  EXPECT_EQ(problem(R"("num_hidden_layers": 100000000)"), "config.json: num_hidden_layers is 100000000, expected a number from 1 to 4096");
  EXPECT_EQ(problem(R"("num_attention_heads": 0)"), "config.json: num_attention_heads is 0, expected a number from 1 to 4096");
  EXPECT_EQ(problem(R"("num_attention_heads": -4)"), "config.json: num_attention_heads is -4, expected a number from 1 to 4096");
  EXPECT_EQ(problem(R"("num_attention_heads": 3)"),
            "config.json: hidden_size is 16, expected num_attention_heads, 3, times an even number up to 4096");
  EXPECT_EQ(problem(R"("num_key_value_heads": 3)"), "config.json: num_attention_heads is 4, expected a multiple of num_key_value_heads, 3");
  EXPECT_EQ(problem(R"("head_dim": 7)"), "config.json: head_dim is 7, expected an even number");
  EXPECT_EQ(problem(R"("rms_norm_eps": 0)"), "config.json: rms_norm_eps is 0.000000, expected a number above 0");
  EXPECT_EQ(problem(R"("hidden_act": "tanh")"), "config.json: hidden_act is 'tanh', expected silu, gelu, gelu_pytorch_tanh or relu2");
  EXPECT_EQ(problem(R"("torch_dtype": "int8")"), "config.json: torch_dtype is 'int8', expected float32, float16 or bfloat16");
  EXPECT_EQ(problem(R"("rope_scaling": {"rope_type": "ntk", "factor": 4})"),
            "config.json: rope_scaling.rope_type is 'ntk', expected default, linear, dynamic, llama3, yarn or longrope");
  EXPECT_EQ(problem(R"("rope_scaling": {"rope_type": "yarn", "factor": 4})"),
            "config.json: rope_scaling.original_max_position_embeddings is missing");
  EXPECT_EQ(problem(R"("max_position_embeddings": 64, "rope_scaling": {"type": "longrope"})"),
            "config.json: rope_scaling.short_factor is missing");
  EXPECT_EQ(problem(R"("max_position_embeddings": 64, "rope_scaling": {"type": "su", "short_factor": [1, 2, 3]})"),
            "config.json: rope_scaling.short_factor has 3 numbers, expected 2");
  EXPECT_EQ(problem(R"("max_position_embeddings": 64, "rope_scaling": {"type": "su", "short_factor": [1, -2]})"),
            "config.json: rope_scaling.short_factor holds -2.000000, expected numbers above 0");
  EXPECT_EQ(problem(R"("rope_scaling": {"type": "linear"})"), "config.json: rope_scaling.factor is missing");
  EXPECT_EQ(problem(R"("rope_scaling": {"type": "llama3", "factor": 8})"),
            "config.json: rope_scaling.original_max_position_embeddings is missing");
  EXPECT_EQ(problem(R"("rope_scaling": {"type": "llama3", "factor": 8, "high_freq_factor": 1, "original_max_position_embeddings": 64})"),
            "config.json: rope_scaling.high_freq_factor is not above low_freq_factor");
  EXPECT_EQ(problem(R"("rope_scaling": {"factor": 2})"), "config.json: rope_scaling.type is missing");
  EXPECT_EQ(problem(R"("rope_scaling": "linear")"), "config.json: rope_scaling is no object");
  EXPECT_EQ(problem(R"("layer_types": "full_attention")"), "config.json: layer_types is no list");
  EXPECT_EQ(problem(R"("partial_rotary_factor": 0.25)"),
            "config.json: partial_rotary_factor is 0.250000, expected a part of a head of 4 that is an even number of columns");
  EXPECT_EQ(problem(R"("layer_types": ["full_attention"])"), "config.json: layer_types has 1 entries, but num_hidden_layers is 2");
  EXPECT_EQ(problem(R"("layer_types": ["full_attention", "linear_attention"])"),
            "config.json: layer_types[1] is 'linear_attention', expected full_attention or sliding_attention");
  EXPECT_EQ(problem(R"("layer_types": ["sliding_attention", "full_attention"])"),
            "config.json: layer_types[0] is sliding_attention, but there is no sliding_window");
}
