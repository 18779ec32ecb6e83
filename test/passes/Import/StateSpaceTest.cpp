// Models of state-space layers: their numbers in both kinds of files, and the module of a tiny one.
#include "dialects/VSpec/VSpec.h"
#include "mlir/IR/Verifier.h"
#include "passes/Import/Config.h"
#include "passes/Import/Families/Families.h"
#include "passes/Import/Import.h"
#include "test/passes/Import/TemporaryCheckpoint.h"

using namespace vspec;

/// Of a config whose 4 heads of 8 columns are twice the hidden size.
static Result<DecoderConfig> read(const std::string &members) {
  std::string text = R"({"vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 2)";
  for (auto [key, value] : {std::pair("num_heads", 4), {"head_dim", 8}, {"n_groups", 2}})
    if (members.find(key) == std::string::npos)
      text += ", \"" + std::string(key) + "\": " + std::to_string(value);
  Result<Json> json = Json::parse(text + (members.empty() ? "" : ", ") + members + "}", "config.json");
  EXPECT_TRUE(json) << json.error().message;
  return readHFStateSpace(*json);
}

static std::string problem(const Result<DecoderConfig> &config) { return config ? "none" : config.error().message; }

TEST(StateSpace, ReadsConfigs) {
  Result<DecoderConfig> config = read("");
  ASSERT_TRUE(config) << config.error().message;
  const StateSpace &ssm = config->stateSpace;
  EXPECT_EQ(config->epsilon, 1e-5f);
  EXPECT_EQ(ssm.stateSize, 128);
  EXPECT_EQ(ssm.convolution, 4);
  EXPECT_EQ(ssm.innerWidth(), 32);
  EXPECT_EQ(ssm.mixedWidth(), 32 + 2 * 2 * 128);
  EXPECT_FALSE(ssm.bias);
  EXPECT_TRUE(ssm.convolutionBias);
  EXPECT_FALSE(ssm.leastStep || ssm.mostStep);
  for (const char *endless : {"Infinity", "null", R"({"__float__": "Infinity"})"}) {
    Result<DecoderConfig> limits = read(R"("time_step_limit": [0.5, )" + std::string(endless) + "]");
    ASSERT_TRUE(limits) << limits.error().message;
    EXPECT_EQ(limits->stateSpace.leastStep, 0.5f);
    EXPECT_FALSE(limits->stateSpace.mostStep);
  }
  EXPECT_EQ(read(R"("time_step_limit": [0.0, 2])")->stateSpace.mostStep, 2.0f);
}

TEST(StateSpace, RefusesConfigsThatDoNotFit) {
  EXPECT_EQ(problem(read(R"("head_dim": 4)")),
            "config.json: head_dim is 4, but num_heads, 4, of them are not expand times hidden_size, 32");
  EXPECT_EQ(problem(read(R"("n_groups": 3)")), "config.json: n_groups is 3, expected a divisor of num_heads, 4");
  EXPECT_EQ(problem(read(R"("conv_kernel": 1)")), "config.json: conv_kernel is 1, expected at least 2");
  EXPECT_EQ(problem(read(R"("hidden_act": "gelu")")), "config.json: hidden_act is 'gelu', expected silu");
  EXPECT_EQ(problem(read(R"("time_step_limit": [1])")), "config.json: time_step_limit has 1 numbers, expected 2");
  EXPECT_EQ(problem(read(R"("time_step_limit": [null, 1])")),
            "config.json: time_step_limit is not two numbers from 0 on, of which the second may be Infinity");
}

static GgufModel small(const std::string &changed = "", uint32_t value = 0) {
  GgufModel model;
  model.key("general.architecture", "mamba2").key("mamba2.attention.layer_norm_rms_epsilon", 1e-5f);
  for (auto [key, usual] : {std::pair("embedding_length", 16u),
                            {"block_count", 1u},
                            {"context_length", 64u},
                            {"ssm.time_step_rank", 4u},
                            {"ssm.inner_size", 32u},
                            {"ssm.state_size", 2u},
                            {"ssm.group_count", 2u},
                            {"ssm.conv_kernel", 4u}})
    model.key(std::string("mamba2.") + key, key == changed ? value : usual);
  return model;
}

static std::vector<TestTensor> tensors() {
  return {{"token_embd.weight", {32, 16}},
          {"blk.0.attn_norm.weight", {16}},
          {"blk.0.ssm_in.weight", {76, 16}},
          {"blk.0.ssm_conv1d.weight", {40, 4}},
          {"blk.0.ssm_conv1d.bias", {40}},
          {"blk.0.ssm_a", {4, 1}},
          {"blk.0.ssm_d", {4, 1}},
          {"blk.0.ssm_dt.bias", {4}},
          {"blk.0.ssm_norm.weight", {2, 16}},
          {"blk.0.ssm_out.weight", {16, 32}},
          {"output_norm.weight", {16}}};
}

TEST(StateSpace, ReadsGgufFiles) {
  TemporaryFolder folder;
  Result<Checkpoint> checkpoint = small().open(folder, tensors());
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  Result<DecoderConfig> config = readGGUFStateSpace(*checkpoint, "mamba2");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->stateSpace.headSize, 8);
  EXPECT_EQ(config->vocabulary, 32);
  EXPECT_TRUE(config->tied && config->stateSpace.convolutionBias);
  EXPECT_FALSE(config->stateSpace.bias);
}

TEST(StateSpace, RefusesGgufFilesThatDoNotFit) {
  auto problemOf = [](const GgufModel &model) {
    TemporaryFolder folder;
    Result<Checkpoint> checkpoint = model.open(folder, tensors());
    Result<DecoderConfig> config = readGGUFStateSpace(*checkpoint, "mamba2");
    return config ? "none" : config.error().message.substr(config.error().message.find("model.gguf"));
  };
  EXPECT_EQ(problemOf(small("ssm.inner_size", 30)),
            "model.gguf: key 'mamba2.ssm.inner_size' is 30, expected time_step_rank, 4, times a number up to 4096");
  EXPECT_EQ(problemOf(small("ssm.group_count", 3)),
            "model.gguf: key 'mamba2.ssm.group_count' is 3, expected a divisor of time_step_rank, 4");
  EXPECT_EQ(problemOf(small("ssm.conv_kernel", 1)), "model.gguf: key 'mamba2.ssm.conv_kernel' is 1, expected at least 2");
  EXPECT_EQ(problemOf(small().flag("mamba2.ssm.dt_b_c_rms", true)),
            "model.gguf: key 'mamba2.ssm.dt_b_c_rms' is true, expected B, C and time steps without norms");
}

static std::string imported(const Checkpoint &checkpoint) {
  mlir::MLIRContext context;
  mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> module = importModel(context, checkpoint);
  if (mlir::failed(module) || mlir::failed(mlir::verify(**module)))
    return "failed";
  std::string text;
  llvm::raw_string_ostream(text) << **module;
  return text;
}

TEST(StateSpace, ImportsALayer) {
  TemporaryFolder folder;
  Result<Checkpoint> checkpoint = small().open(folder, tensors());
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  std::string text = imported(*checkpoint);
  for (
      const char *part :
      {R"(@blk.0.ssm_in_dt : !vspec.weight<4x16, "f32"> {source = "blk.0.ssm_in.weight", transforms = [#vspec.take_rows<count = 4, first = 72, every = 76>]})",
       "vspec.recurrent_state @conv_state.0 : !vspec.recurrent_state<3x40>",
       "vspec.recurrent_state @ssm_state.0 : !vspec.recurrent_state<4x2x8>",
       R"(vspec.weight @blk.0.ssm_a : !vspec.weight<1x4, "f32"> {source = "blk.0.ssm_a"})",
       "@conv_state.0, @blk.0.ssm_conv1d bias @blk.0.ssm_conv1d.bias : tensor<?x40xf32> -> tensor<?x40xf32>",
       "@ssm_state.0 decay @blk.0.ssm_a skip @blk.0.ssm_d dt_bias @blk.0.ssm_dt.bias {groups = 2 : i64}",
       "@blk.0.ssm_norm {epsilon = 9.99999974E-6 : f32, heads = 2 : i64} : tensor<?x32xf32>"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\nnot in\n" << text;
}

/// Of a Qwen3-Next of 5 layers.
static Result<DecoderConfig> readQwen3Next(const std::string &members) {
  std::string text = R"({"vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 5, "num_attention_heads": 2, "intermediate_size": 8,
    "head_dim": 16, )" +
                     members + "}";
  Result<Json> json = Json::parse(text, "config.json");
  EXPECT_TRUE(json) << json.error().message;
  return readHFConfig(*json, qwen3NextKeys());
}

TEST(Qwen3Next, ReadsConfigs) {
  Result<DecoderConfig> config = readQwen3Next(R"("linear_num_value_heads": 4, "linear_num_key_heads": 2)");
  ASSERT_TRUE(config) << config.error().message;
  const StateSpace &ssm = config->stateSpace;
  EXPECT_EQ(ssm.innerWidth(), 4 * 128);
  EXPECT_EQ(ssm.mixedWidth(), 4 * 128 + 2 * 2 * 128);
  EXPECT_EQ(ssm.convolution, 4);
  EXPECT_FALSE(ssm.convolutionBias);
  EXPECT_TRUE(config->gainsLessOne);
  EXPECT_EQ(config->rope.columns, 4);
  EXPECT_EQ(config->recurrent, std::vector<bool>({true, true, true, false, true}));
  EXPECT_EQ(readQwen3Next(R"("full_attention_interval": 2)")->recurrent, std::vector<bool>({true, false, true, false, true}));
  std::string full = R"("full_attention", )", linear = R"("linear_attention", )";
  EXPECT_EQ(readQwen3Next(R"("layer_types": [)" + full + linear + full + full + R"("linear_attention"])")->recurrent,
            std::vector<bool>({false, true, false, false, true}));
}

TEST(Qwen3Next, RefusesConfigsThatDoNotFit) {
  EXPECT_EQ(problem(readQwen3Next(R"("linear_num_value_heads": 3, "linear_num_key_heads": 2)")),
            "config.json: linear_num_value_heads is 3, expected a multiple of linear_num_key_heads, 2");
  EXPECT_EQ(problem(readQwen3Next(R"("linear_conv_kernel_dim": 1)")), "config.json: linear_conv_kernel_dim is 1, expected at least 2");
}

// The last layers of some files predict further tokens.
TEST(Qwen3Next, LeavesOutLayersAhead) {
  auto read = [](uint32_t ahead) {
    GgufModel model;
    model.key("qwen3next.attention.layer_norm_rms_epsilon", 1e-5f);
    for (auto [key, value] : {std::pair("embedding_length", 16u),
                              {"block_count", 3u},
                              {"feed_forward_length", 8u},
                              {"attention.head_count", 2u},
                              {"attention.key_length", 16u},
                              {"attention.value_length", 16u},
                              {"ssm.time_step_rank", 4u},
                              {"ssm.inner_size", 32u},
                              {"ssm.state_size", 2u},
                              {"ssm.group_count", 2u},
                              {"ssm.conv_kernel", 4u},
                              {"nextn_predict_layers", ahead}})
      model.key(std::string("qwen3next.") + key, value);
    TemporaryFolder folder;
    Result<Checkpoint> checkpoint = model.open(folder, {{"token_embd.weight", {32, 16}}, {"blk.1.ssm_conv1d.weight", {40, 4}}});
    return readGGUFConfig(*checkpoint, "qwen3next", qwen3NextKeys());
  };
  Result<DecoderConfig> config = read(1);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->layers, 2);
  EXPECT_EQ(config->layersAhead, 1);
  EXPECT_EQ(config->recurrent, std::vector<bool>({false, true}));
  EXPECT_FALSE(read(3));
}
