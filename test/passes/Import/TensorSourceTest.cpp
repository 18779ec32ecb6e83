#include "passes/Import/TensorSource.h"
#include "test/passes/Import/TemporaryCheckpoint.h"

using namespace vspec;

/// The message from the file's name on.
template <typename T> static std::string problem(const Result<T> &result) {
  return result ? "none" : result.error().message.substr(result.error().message.find("model.gguf"));
}

static const TensorNames likeLlama;

TEST(TensorSource, TakesWhatHasTheShapeAndRefusesTheRest) {
  TemporaryFolder folder;
  Result<Checkpoint> checkpoint = GgufModel().open(
      folder, {{"blk.0.attn_q.weight", {4, 8}}, {"blk.0.attn_norm.weight", {8}}, {"blk.0.attn_q.scale", {1}}, {"rope_freqs.weight", {2}}});
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  TensorNames names;
  TensorSource source(*checkpoint, names);
  EXPECT_TRUE(source.has("blk.0.attn_q.scale"));
  EXPECT_FALSE(source.has("blk.0.attn_k.scale"));
  EXPECT_EQ(problem(source.takeMatrix("blk.0.attn_q", 4, 4)), "model.gguf: tensor 'blk.0.attn_q.weight' is 4x8, expected 4x4");
  EXPECT_EQ(problem(source.takeMatrix("blk.0.attn_k", 4, 4)), "model.gguf: has no tensor 'blk.0.attn_k.weight'");
  EXPECT_EQ(problem(source.takeVector("blk.0.attn_norm", 4)), "model.gguf: tensor 'blk.0.attn_norm.weight' is 8, expected 4");
  Result<TensorSource::Taken> matrix = source.takeMatrix("blk.0.attn_q", 4, 8);
  ASSERT_TRUE(matrix) << matrix.error().message;
  EXPECT_EQ(matrix->source, "blk.0.attn_q.weight");
  EXPECT_EQ(matrix->format, "f32");
  EXPECT_EQ(problem(source.finish()),
            "model.gguf: tensor 'blk.0.attn_q.scale' (1) has no place in this model, so it would not compute what it was trained for");
  EXPECT_TRUE(source.takeNumber("blk.0.attn_q.scale"));
  EXPECT_TRUE(source.finish());
}

TEST(TensorSource, LeavesOutWhatIsNoText) {
  TemporaryFolder folder;
  for (std::string text : {"language_model.model.", "model.language_model."}) {
    Result<Checkpoint> checkpoint =
        openFolder(folder, "{}",
                   {{text + "embed_tokens.weight", {4, 8}}, {text + "layers.0.self_attn.q_proj.weight", {8, 8}}, {"vision_tower.x", {1}}});
    ASSERT_TRUE(checkpoint) << checkpoint.error().message;
    TensorSource source(*checkpoint, likeLlama);
    EXPECT_EQ(source.takeMatrix("token_embd", 4, 8)->source, text + "embed_tokens.weight");
    EXPECT_FALSE(source.finish());
    EXPECT_EQ(source.takeMatrix("blk.0.attn_q", 8, 8)->source, text + "layers.0.self_attn.q_proj.weight");
    EXPECT_TRUE(source.finish());
    EXPECT_EQ(source.leftOut(), "1 tensors of the vision tower and its projector");
  }
}

TEST(TensorSource, LeavesOutWhatIsHeard) {
  TemporaryFolder folder;
  Result<Checkpoint> checkpoint = openFolder(folder, "{}",
                                             {{"model.language_model.embed_tokens.weight", {4, 8}},
                                              {"model.vision_tower.x", {1}},
                                              {"model.embed_vision.x", {1}},
                                              {"model.audio_tower.x", {1}},
                                              {"model.embed_audio.x", {1}}});
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  TensorSource source(*checkpoint, likeLlama);
  EXPECT_TRUE(source.takeMatrix("token_embd", 4, 8));
  EXPECT_TRUE(source.finish());
  EXPECT_EQ(source.leftOut(), "4 tensors of the vision and audio towers and their projectors");
}

// Rows of all matrices of a stack, one below the other; nothing else of three dimensions.
TEST(TensorSource, AGgufStackIsAMatrixToo) {
  TemporaryFolder folder;
  Result<Checkpoint> gguf = GgufModel().open(folder, {{"altup_proj.weight", {3, 4, 8}}});
  ASSERT_TRUE(gguf) << gguf.error().message;
  TensorSource source(*gguf, likeLlama);
  EXPECT_EQ(problem(source.takeMatrix("altup_proj", 8, 8)), "model.gguf: tensor 'altup_proj.weight' is 3x4x8, expected 8x8");
  EXPECT_EQ(problem(source.takeMatrix("altup_proj", 12, 4)), "model.gguf: tensor 'altup_proj.weight' is 3x4x8, expected 3x4x4");
  Result<TensorSource::Taken> matrix = source.takeMatrix("altup_proj", 12, 8);
  ASSERT_TRUE(matrix) << matrix.error().message;
  EXPECT_EQ(matrix->source, "altup_proj.weight");
}

TEST(TensorSource, AStackIsOneTensorOrOneForEachMatrix) {
  TemporaryFolder folder;
  Result<Checkpoint> gguf = GgufModel().open(folder, {{"blk.0.ffn_up_exps.weight", {3, 4, 8}}});
  ASSERT_TRUE(gguf) << gguf.error().message;
  TensorSource whole(*gguf, likeLlama);
  EXPECT_EQ(problem(whole.takeStack("blk.0.ffn_up_exps", 2, 4, 8)),
            "model.gguf: tensor 'blk.0.ffn_up_exps.weight' is 3x4x8, expected 2x4x8");
  Result<TensorSource::Taken> stack = whole.takeStack("blk.0.ffn_up_exps", 3, 4, 8);
  ASSERT_TRUE(stack) << stack.error().message;
  EXPECT_EQ(stack->source, "blk.0.ffn_up_exps.weight");
  EXPECT_TRUE(stack->below.empty());

  Result<Checkpoint> old = GgufModel().open(folder, {{"blk.0.ffn_up.0.weight", {4, 8}}, {"blk.0.ffn_up.1.weight", {4, 8}}});
  ASSERT_TRUE(old) << old.error().message;
  TensorSource ofOld(*old, likeLlama);
  stack = ofOld.takeStack("blk.0.ffn_up_exps", 2, 4, 8);
  ASSERT_TRUE(stack) << stack.error().message;
  EXPECT_EQ(stack->source, "blk.0.ffn_up.0.weight");
  EXPECT_EQ(stack->below, std::vector<std::string>{"blk.0.ffn_up.1.weight"});
  EXPECT_EQ(problem(ofOld.takeStack("blk.0.ffn_up_exps", 3, 4, 8)), "model.gguf: has no tensor 'blk.0.ffn_up.2.weight'");
  EXPECT_EQ(problem(ofOld.takeStack("blk.0.ffn_down_exps", 2, 4, 8)), "model.gguf: has no tensor 'blk.0.ffn_down_exps.weight'");

  std::string name = "model.layers.0.mlp.experts.";
  Result<Checkpoint> apart = openFolder(folder, "{}",
                                        {{name + "0.up_proj.weight", {4, 8}},
                                         {name + "1.up_proj.weight", {4, 8}},
                                         {name + "0.gate_proj.weight", {4, 8}},
                                         {name + "1.gate_proj.weight", {4, 4}},
                                         {name + "0.down_proj.weight", {4, 8}},
                                         {name + "1.down_proj.weight", {4, 8}, {}, "F16"}});
  ASSERT_TRUE(apart) << apart.error().message;
  TensorSource each(*apart, likeLlama);
  stack = each.takeStack("blk.0.ffn_up_exps", 2, 4, 8);
  ASSERT_TRUE(stack) << stack.error().message;
  EXPECT_EQ(stack->source, name + "0.up_proj.weight");
  EXPECT_EQ(stack->below, std::vector<std::string>{name + "1.up_proj.weight"});
  auto problemOf = [&](const char *weight) {
    std::string message = each.takeStack(weight, 2, 4, 8).error().message;
    return message.substr(message.find("tensor '"));
  };
  EXPECT_EQ(problemOf("blk.0.ffn_gate_exps"), "tensor '" + name + "1.gate_proj.weight' is 4x4, expected 4x8");
  EXPECT_EQ(problemOf("blk.0.ffn_down_exps"), "tensor '" + name + "1.down_proj.weight' is stored as f16, but '" + name +
                                                  "0.down_proj.weight' as f32, expected the same for all experts");
}

TEST(TensorSource, CodesNeedAQuantizationConfig) {
  TemporaryFolder folder;
  Result<Checkpoint> checkpoint = openFolder(folder, "{}",
                                             {{"model.layers.0.self_attn.q_proj.qweight", {1, 8}, {}, "I32"},
                                              {"model.layers.0.self_attn.k_proj.weight", {4, 8}, {}, "I32"}});
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  TensorSource source(*checkpoint, likeLlama);
  auto problemOf = [&](const char *weight, int64_t rows) {
    std::string message = source.takeMatrix(weight, rows, 8).error().message;
    return message.substr(message.find("tensor '"));
  };
  EXPECT_EQ(problemOf("blk.0.attn_q", 8), "tensor 'model.layers.0.self_attn.q_proj.weight', but 'model.layers.0.self_attn.q_proj.qweight': "
                                          "config.json has no quantization_config, which would tell what it means");
  EXPECT_EQ(problemOf("blk.0.attn_k", 4), "tensor 'model.layers.0.self_attn.k_proj.weight' is stored as i32, expected f32, f16 or bf16, or a "
                                          "config.json whose quantization_config says what these numbers mean");
}

TEST(TensorSource, PartsOfAVectorAreOfOneType) {
  const TensorNames names{"model.layers.", {{"attn_q_norm.*", "norms.*"}}};
  TemporaryFolder folder;
  std::string name = "model.layers.";
  Result<Checkpoint> checkpoint = openFolder(folder, "{}",
                                             {{name + "0.norms.0.weight", {4}},
                                              {name + "0.norms.1.weight", {4}},
                                              {name + "1.norms.0.weight", {4}},
                                              {name + "1.norms.1.weight", {4}, {}, "F16"}});
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  TensorSource source(*checkpoint, names);
  Result<TensorSource::Taken> taken = source.takeParts("blk.0.attn_q_norm", 2, 4);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(taken->source, name + "0.norms.0.weight");
  EXPECT_EQ(taken->below, std::vector<std::string>{name + "0.norms.1.weight"});
  std::string message = source.takeParts("blk.1.attn_q_norm", 2, 4).error().message;
  EXPECT_EQ(message.substr(message.find("tensor '")), "tensor '" + name + "1.norms.1.weight' is stored as f16, but '" + name +
                                                          "1.norms.0.weight' as f32, expected the same for all heads");
}

TEST(TensorSource, AStackMayBeTransposed) {
  TemporaryFolder folder;
  Result<Checkpoint> checkpoint =
      openFolder(folder, "{}", {{"model.layers.0.moe.up", {3, 8, 4}}, {"model.layers.0.moe.down", {3, 4, 8}, {}, "I32"}});
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  TensorNames names{"model.layers.", {{"ffn_up_exps.weight", "moe.up"}, {"ffn_down_exps.weight", "moe.down"}}};
  TensorSource source(*checkpoint, names);
  auto problemOf = [&](const char *name, int64_t rows) {
    std::string message = source.takeStack(name, 3, rows, 8, /*isTransposed=*/true).error().message;
    return message.substr(message.find("tensor '"));
  };
  EXPECT_EQ(problemOf("blk.0.ffn_up_exps", 8), "tensor 'model.layers.0.moe.up' is 3x8x4, expected 3x8x8");
  EXPECT_EQ(problemOf("blk.0.ffn_down_exps", 4), "tensor 'model.layers.0.moe.down' is 3x4x8, expected 3x8x4");
  Result<TensorSource::Taken> stack = source.takeStack("blk.0.ffn_up_exps", 3, 4, 8, /*isTransposed=*/true);
  ASSERT_TRUE(stack) << stack.error().message;
  EXPECT_EQ(stack->source, "model.layers.0.moe.up");
}

// Columns of the second group come first.
TEST(TensorSource, ExpertsTakeNoActOrder) {
  TemporaryFolder folder;
  std::vector<float> groups(32);
  std::fill_n(groups.begin(), 16, 0x1p-149f); // the bits of 1
  std::string expert = "model.layers.0.mlp.experts.0.up_proj.";
  Result<Checkpoint> checkpoint = openFolder(
      folder, R"({"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 16, "desc_act": true, "sym": false}})",
      {{expert + "qweight", {4, 32}, {}, "I32"}, {expert + "qzeros", {2, 4}, {}, "I32"}, {expert + "scales", {2, 32}, {}, "F16"},
       {expert + "g_idx", {32}, groups, "I32"}});
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  Result<std::optional<Quantisation>> quantisation = Quantisation::of(*checkpoint);
  ASSERT_TRUE(quantisation) << quantisation.error().message;
  TensorSource source(*checkpoint, likeLlama, *quantisation);
  EXPECT_EQ(source.takeStack("blk.0.ffn_up_exps", 1, 32, 32).error().message,
            folder.path("") + ": 'gptq:model.layers.0.mlp.experts.0.up_proj@32' has its columns out of order (act-order), which experts cannot take");
}

TEST(TensorSource, RandomWeightsAreNamedBySeedAndWeight) {
  TensorSource source(7, "bf16");
  EXPECT_FALSE(source.has("blk.0.attn_q.bias"));
  EXPECT_EQ(source.takeMatrix("blk.0.attn_q", 4, 4)->source, "random:7:blk.0.attn_q");
  EXPECT_EQ(source.takeMatrix("blk.0.attn_q", 4, 4)->format, "bf16");
  EXPECT_EQ(source.takeVector("blk.0.attn_norm", 4)->format, "f32");
  EXPECT_TRUE(source.finish());
}

TEST(TensorSource, NamesMayLackTheirStart) {
  TemporaryFolder folder;
  Result<Checkpoint> checkpoint = openFolder(folder, "{}", {{"h.0.attn.c_proj.weight", {4, 8}}, {"h.0.attn.c_proj.bias", {4}}});
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  TensorNames names{"transformer.h.", {{"attn_output", "attn.c_proj"}}};
  TensorSource source(*checkpoint, names);
  Result<TensorSource::Taken> matrix = source.takeTransposed("blk.0.attn_output", 8, 4);
  ASSERT_TRUE(matrix) << matrix.error().message;
  EXPECT_EQ(matrix->source, "h.0.attn.c_proj.weight");
  EXPECT_EQ(source.takeVector("blk.0.attn_output.bias", 4)->source, "h.0.attn.c_proj.bias");
  EXPECT_TRUE(source.finish());
}

TEST(TensorSource, LayersBehindThoseOfTheModelAreIgnored) {
  TemporaryFolder folder;
  Result<Checkpoint> checkpoint =
      GgufModel().open(folder, {{"blk.0.attn_norm.weight", {4}}, {"blk.1.attn_norm.weight", {4}}, {"blk.10.attn_norm.weight", {4}}});
  ASSERT_TRUE(checkpoint) << checkpoint.error().message;
  TensorSource source(*checkpoint, likeLlama);
  source.ignoreLayer(1);
  EXPECT_TRUE(source.takeVector("blk.0.attn_norm", 4));
  EXPECT_FALSE(source.finish()); // layer 10 is another
  source.ignoreLayer(10);
  EXPECT_TRUE(source.finish());
}
