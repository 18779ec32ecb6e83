#include "passes/Import/Config.h"
#include <gtest/gtest.h>

using namespace vspec;

static const char tiny[] =
    R"("vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 2, "intermediate_size": 24, "num_attention_heads": 4)";

/// Reads a config of `tiny` and further members, which may say anew what `tiny` says.
static Result<DecoderConfig> read(std::string members, int64_t defaultHeadSize = 0) {
  std::string text = "{" + members;
  for (std::string_view rest = tiny; !rest.empty();) {
    std::string_view member = rest.substr(0, rest.find(", "));
    if (members.find(member.substr(0, member.find(':'))) == std::string::npos)
      text += (text.size() > 1 ? "," : "") + std::string(member);
    rest.remove_prefix(std::min(rest.size(), member.size() + 2));
  }
  Result<Json> json = Json::parse(text + "}", "config.json");
  EXPECT_TRUE(json) << json.error().message;
  return readHFConfig(*json, defaultHeadSize);
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
  EXPECT_EQ(config->ropeBase, 10000);
  EXPECT_EQ(config->ropeScaling.kind, RopeScaling::Kind::None);
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
    EXPECT_EQ(config->ropeBase, 500000);
    EXPECT_EQ(config->ropeScaling.kind, RopeScaling::Kind::Linear);
    EXPECT_EQ(config->ropeScaling.factor, 2);
  }
  EXPECT_EQ(read(R"("rope_scaling": null)")->ropeScaling.kind, RopeScaling::Kind::None);
  EXPECT_EQ(read(R"("rope_parameters": {"rope_theta": 7, "rope_type": "default"})")->ropeBase, 7);
}

TEST(HFConfig, ReadsLlama3Scaling) {
  Result<DecoderConfig> config = read(R"("rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.5,
      "high_freq_factor": 4.5, "original_max_position_embeddings": 64})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->ropeScaling.kind, RopeScaling::Kind::Llama3);
  EXPECT_EQ(config->ropeScaling.lowFactor, 1.5);
  EXPECT_EQ(config->ropeScaling.highFactor, 4.5);
  EXPECT_EQ(config->ropeScaling.originalContext, 64);
}

TEST(HFConfig, WindowsAreOfLayers) {
  EXPECT_EQ(read(R"("sliding_window": 8, "layer_types": ["sliding_attention", "full_attention"])")->windows, (std::vector<int64_t>{8, 0}));
  EXPECT_EQ(read(R"("sliding_window": 8, "use_sliding_window": true, "max_window_layers": 1)")->windows, (std::vector<int64_t>{0, 8}));
  EXPECT_EQ(read(R"("sliding_window": 8, "use_sliding_window": false)")->windows, (std::vector<int64_t>{0, 0}));
}

TEST(HFConfig, RefusesWhatCannotBe) {
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
  EXPECT_EQ(problem(R"("rope_scaling": {"rope_type": "yarn", "factor": 4})"),
            "config.json: rope_scaling.rope_type is 'yarn', expected default, linear or llama3");
  EXPECT_EQ(problem(R"("rope_scaling": {"type": "linear"})"), "config.json: rope_scaling.factor is missing");
  EXPECT_EQ(problem(R"("rope_scaling": {"type": "llama3", "factor": 8})"),
            "config.json: rope_scaling.original_max_position_embeddings is missing");
  EXPECT_EQ(problem(R"("rope_scaling": {"type": "llama3", "factor": 8, "high_freq_factor": 1, "original_max_position_embeddings": 64})"),
            "config.json: rope_scaling.high_freq_factor is not above low_freq_factor");
  EXPECT_EQ(problem(R"("rope_scaling": {"factor": 2})"), "config.json: rope_scaling.type is missing");
  EXPECT_EQ(problem(R"("rope_scaling": "linear")"), "config.json: rope_scaling is no object");
  EXPECT_EQ(problem(R"("rope_parameters": {"full_attention": {"rope_theta": 1}})"),
            "config.json: rope_parameters is of each kind of layer by itself, expected the same for all layers");
  EXPECT_EQ(problem(R"("layer_types": "full_attention")"), "config.json: layer_types has 0 entries, but num_hidden_layers is 2");
  EXPECT_EQ(problem(R"("partial_rotary_factor": 0.5)"), "config.json: partial_rotary_factor is not 1, expected heads that turn as a whole");
  EXPECT_EQ(problem(R"("layer_types": ["full_attention"])"), "config.json: layer_types has 1 entries, but num_hidden_layers is 2");
  EXPECT_EQ(problem(R"("layer_types": ["full_attention", "linear_attention"])"),
            "config.json: layer_types[1] is 'linear_attention', expected full_attention or sliding_attention");
  EXPECT_EQ(problem(R"("layer_types": ["sliding_attention", "full_attention"])"),
            "config.json: layer_types[0] is sliding_attention, but there is no sliding_window");
}
