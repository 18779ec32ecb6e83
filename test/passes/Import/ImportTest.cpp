#include "passes/Import/Import.h"
#include "dialects/VSpec/VSpec.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "passes/Import/Families/Families.h"
#include "test/passes/Import/TemporaryCheckpoint.h"

using namespace mlir;
using namespace vspec;

namespace {
/// Imports, verifies and prints; or gives the one error.
struct Importer {
  MLIRContext context;

  std::string text(llvm::function_ref<FailureOr<OwningOpRef<ModuleOp>>()> import) {
    std::string message, text;
    ScopedDiagnosticHandler handler(&context, [&](Diagnostic &diagnostic) { message += "error: " + diagnostic.str(); });
    FailureOr<OwningOpRef<ModuleOp>> module = import();
    if (failed(module) || failed(verify(**module)))
      return message;
    llvm::raw_string_ostream(text) << **module << "\n";
    return text;
  }
  std::string config(const std::string &text) {
    Result<Json> json = Json::parse(text, "config.json");
    EXPECT_TRUE(json) << json.error().message;
    return this->text([&] { return importConfig(context, *json, 7); });
  }
  std::string model(const Result<Checkpoint> &checkpoint) {
    EXPECT_TRUE(checkpoint) << checkpoint.error().message;
    return text([&] { return importModel(context, *checkpoint); });
  }
};
} // namespace

static std::string sizes = R"("vocab_size": 32, "hidden_size": 8, "num_hidden_layers": 1, "intermediate_size": 12, "num_attention_heads": 2,
    "num_key_value_heads": 1, "rms_norm_eps": 0.001, "rope_theta": 256, "torch_dtype": "bfloat16")";

static void expectIn(const std::string &text, const std::string &part) {
  EXPECT_NE(text.find(part), std::string::npos) << part << "\nnot in\n" << text;
}
static void expectNotIn(const std::string &text, const std::string &part) {
  EXPECT_EQ(text.find(part), std::string::npos) << part << "\nin\n" << text;
}

TEST(Import, LlamaWithRandomWeights) {
  Importer importer;
  EXPECT_EQ(
      importer.config(R"({"architectures": ["LlamaForCausalLM"], "max_position_embeddings": 64, )" + sizes + "}"),
      R"(module attributes {vspec.family = "llama", vspec.hidden = 8 : i64, vspec.layers = 1 : i64, vspec.trained_context = 64 : i64, vspec.vocabulary = 32 : i64} {
  vspec.weight @token_embd : !vspec.weight<32x8, "bf16"> {source = "random:7:token_embd"}
  vspec.weight @blk.0.attn_norm : !vspec.weight<1x8, "f32"> {source = "random:7:blk.0.attn_norm"}
  vspec.weight @blk.0.attn_q : !vspec.weight<8x8, "bf16"> {source = "random:7:blk.0.attn_q"}
  vspec.weight @blk.0.attn_k : !vspec.weight<4x8, "bf16"> {source = "random:7:blk.0.attn_k"}
  vspec.weight @blk.0.attn_v : !vspec.weight<4x8, "bf16"> {source = "random:7:blk.0.attn_v"}
  vspec.kv_cache @cache.0 : !vspec.kv_cache<heads = 1, head_size = 4>
  vspec.weight @blk.0.attn_output : !vspec.weight<8x8, "bf16"> {source = "random:7:blk.0.attn_output"}
  vspec.weight @blk.0.ffn_norm : !vspec.weight<1x8, "f32"> {source = "random:7:blk.0.ffn_norm"}
  vspec.weight @blk.0.ffn_gate : !vspec.weight<12x8, "bf16"> {source = "random:7:blk.0.ffn_gate"}
  vspec.weight @blk.0.ffn_up : !vspec.weight<12x8, "bf16"> {source = "random:7:blk.0.ffn_up"}
  vspec.weight @blk.0.ffn_down : !vspec.weight<8x12, "bf16"> {source = "random:7:blk.0.ffn_down"}
  vspec.weight @output_norm : !vspec.weight<1x8, "f32"> {source = "random:7:output_norm"}
  vspec.weight @output : !vspec.weight<32x8, "bf16"> {source = "random:7:output"}
  func.func @step(%arg0: !vspec.rows, %arg1: tensor<?xi32>) -> tensor<?x32xf32> {
    %0 = vspec.embed @token_embd, %arg0 : tensor<?x8xf32>
    %1 = vspec.rms_norm %0, @blk.0.attn_norm {epsilon = 1.000000e-03 : f32} : tensor<?x8xf32>
    %2 = vspec.linear %1, @blk.0.attn_q : tensor<?x8xf32> -> tensor<?x8xf32>
    %3 = vspec.linear %1, @blk.0.attn_k : tensor<?x8xf32> -> tensor<?x4xf32>
    %4 = vspec.linear %1, @blk.0.attn_v : tensor<?x8xf32> -> tensor<?x4xf32>
    %5 = vspec.rope %2, %arg0 {frequencies = array<f32: 1.000000e+00, 6.250000e-02>, heads = 2 : i64} : tensor<?x8xf32>
    %6 = vspec.rope %3, %arg0 {frequencies = array<f32: 1.000000e+00, 6.250000e-02>, heads = 1 : i64} : tensor<?x4xf32>
    vspec.kv_append %6, %4, %arg0, @cache.0 : tensor<?x4xf32>, tensor<?x4xf32>
    %output = vspec.attention %5, %arg0, @cache.0 {heads = 2 : i64, scale = 5.000000e-01 : f32} : tensor<?x8xf32>
    %7 = vspec.linear %output, @blk.0.attn_output : tensor<?x8xf32> -> tensor<?x8xf32>
    %8 = vspec.add %0, %7 : tensor<?x8xf32>
    %9 = vspec.rms_norm %8, @blk.0.ffn_norm {epsilon = 1.000000e-03 : f32} : tensor<?x8xf32>
    %10 = vspec.linear %9, @blk.0.ffn_gate : tensor<?x8xf32> -> tensor<?x12xf32>
    %11 = vspec.linear %9, @blk.0.ffn_up : tensor<?x8xf32> -> tensor<?x12xf32>
    %12 = vspec.gate %10, %11 {activation = #vspec.activation<silu>} : tensor<?x12xf32>
    %13 = vspec.linear %12, @blk.0.ffn_down : tensor<?x12xf32> -> tensor<?x8xf32>
    %14 = vspec.add %8, %13 : tensor<?x8xf32>
    %15 = vspec.select_rows %14, %arg1 : tensor<?x8xf32>
    %16 = vspec.rms_norm %15, @output_norm {epsilon = 1.000000e-03 : f32} : tensor<?x8xf32>
    %17 = vspec.linear %16, @output : tensor<?x8xf32> -> tensor<?x32xf32>
    return %17 : tensor<?x32xf32>
  }
}
)");
}

TEST(Import, BiasesStandBehindTheirMatrices) {
  Importer importer;
  std::string text = importer.config(R"({"model_type": "llama", "attention_bias": true, "mlp_bias": true, )" + sizes + "}");
  for (const char *name : {"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"})
    expectIn(text, ", @blk.0." + std::string(name) + ".bias : tensor<?x");
  expectIn(text, R"(vspec.weight @blk.0.ffn_up.bias : !vspec.weight<1x12, "f32"> {source = "random:7:blk.0.ffn_up.bias"})");
}

TEST(Import, Qwen3NormsHeadsAndMayBeTied) {
  Importer importer;
  std::string text =
      importer.config(R"({"architectures": ["Qwen3ForCausalLM"], "head_dim": 4, "tie_word_embeddings": true, )" + sizes + "}");
  expectIn(text, "vspec.rms_norm %2, @blk.0.attn_q_norm {epsilon = 1.000000e-03 : f32, heads = 2 : i64} : tensor<?x8xf32>");
  // One head of keys is the whole row.
  expectIn(text, "vspec.rms_norm %3, @blk.0.attn_k_norm {epsilon = 1.000000e-03 : f32, heads = 1 : i64} : tensor<?x4xf32>");
  expectIn(text, "@token_embd : tensor<?x8xf32> -> tensor<?x32xf32>");
  expectNotIn(text, "@output :");
}

TEST(Import, ExpertsAreChosenAndSummed) {
  Importer importer;
  std::string text = importer.config(R"({"architectures": ["Qwen3MoeForCausalLM"], "head_dim": 4, "num_experts": 3, "num_experts_per_tok": 2,
      "moe_intermediate_size": 6, "norm_topk_prob": true, )" + sizes + "}");
  expectIn(text, R"(vspec.weight @blk.0.ffn_down_exps : !vspec.weight<3x8x6, "bf16"> {source = "random:7:blk.0.ffn_down_exps"})");
  expectIn(text, R"(%12 = vspec.linear %11, @blk.0.ffn_gate_inp : tensor<?x8xf32> -> tensor<?x3xf32>
    %13 = vspec.route %12 {chosen = 2 : i64, scores = #vspec.scores<softmax_of_chosen>} : tensor<?x3xf32>
    %14 = vspec.linear %11, @blk.0.ffn_gate_exps by %13 : tensor<?x8xf32>, !vspec.routes<experts = 3, chosen = 2> -> tensor<?x12xf32>
    %15 = vspec.linear %11, @blk.0.ffn_up_exps by %13 : tensor<?x8xf32>, !vspec.routes<experts = 3, chosen = 2> -> tensor<?x12xf32>
    %16 = vspec.gate %14, %15 {activation = #vspec.activation<silu>} : tensor<?x12xf32>
    %17 = vspec.linear %16, @blk.0.ffn_down_exps by %13 : tensor<?x12xf32>, !vspec.routes<experts = 3, chosen = 2> -> tensor<?x16xf32>
    %18 = vspec.combine %17, %13 : tensor<?x16xf32>, <experts = 3, chosen = 2> -> tensor<?x8xf32>
    %19 = vspec.add %10, %18 : tensor<?x8xf32>)");
}

TEST(Import, MixtralIsLlamaOfEightExpertsIfItDoesNotTell) {
  Importer importer;
  std::string text = importer.config(R"({"architectures": ["MixtralForCausalLM"], "sliding_window": 5, )" + sizes + "}");
  expectIn(text, R"(vspec.weight @blk.0.ffn_up_exps : !vspec.weight<8x12x8, "bf16">)");
  expectIn(text, "{chosen = 2 : i64, scores = #vspec.scores<softmax_of_chosen>}");
  expectIn(text, "!vspec.kv_cache<heads = 1, head_size = 4, window = 5>");
  expectNotIn(importer.config(R"({"architectures": ["MixtralForCausalLM"], )" + sizes + "}"), "window");
}

TEST(Import, GraniteMoeTakesExpertsApart) {
  Importer importer;
  TemporaryFolder folder;
  std::string config = R"({"architectures": ["GraniteMoeSharedForCausalLM"], "num_local_experts": 3, "shared_intermediate_size": 6,
      "tie_word_embeddings": true, "residual_multiplier": 0.5, )" + sizes + "}", layer = "model.layers.0.", moe = layer + "block_sparse_moe.";
  std::vector<TestTensor> tensors = {{"model.embed_tokens.weight", {32, 8}},      {"model.norm.weight", {8}},
                                     {layer + "input_layernorm.weight", {8}},     {layer + "self_attn.q_proj.weight", {8, 8}},
                                     {layer + "self_attn.k_proj.weight", {4, 8}}, {layer + "self_attn.v_proj.weight", {4, 8}},
                                     {layer + "self_attn.o_proj.weight", {8, 8}}, {layer + "post_attention_layernorm.weight", {8}},
                                     {moe + "router.layer.weight", {3, 8}},       {moe + "output_linear.weight", {3, 8, 12}},
                                     {layer + "shared_mlp.input_linear.weight", {12, 8}}, {layer + "shared_mlp.output_linear.weight", {8, 6}}};
  EXPECT_EQ(importer.model(openFolder(folder, config, tensors)),
            "error: " + folder.path("") + ": has no tensor 'model.layers.0.block_sparse_moe.input_linear.weight'");
  tensors.push_back({moe + "input_linear.weight", {3, 24, 8}});
  std::string text = importer.model(openFolder(folder, config, tensors));
  expectIn(text, R"(@blk.0.ffn_gate_exps : !vspec.weight<3x12x8, "f32"> {source = "model.layers.0.block_sparse_moe.input_linear.weight", transforms = [#vspec.take_rows<count = 12, first = 0, every = 24>]})");
  expectIn(text, R"(@blk.0.ffn_up_exps : !vspec.weight<3x12x8, "f32"> {source = "model.layers.0.block_sparse_moe.input_linear.weight", transforms = [#vspec.take_rows<count = 12, first = 12, every = 24>]})");
  expectIn(text, R"(@blk.0.ffn_up_shexp : !vspec.weight<6x8, "f32"> {source = "model.layers.0.shared_mlp.input_linear.weight", transforms = [#vspec.take_rows<count = 6, first = 6, every = 12>]})");
  expectNotIn(text, "scale_rows");
  expectIn(text, "{factor = 5.000000e-01 : f32}");
}

TEST(Import, GPTOSSHasSinksAndTakesExpertsApart) {
  Importer importer;
  TemporaryFolder folder;
  std::string config = R"({"architectures": ["GptOssForCausalLM"], "head_dim": 4, "num_local_experts": 3, "num_experts_per_tok": 2,
      "tie_word_embeddings": true, )" + sizes + "}", layer = "model.layers.0.", moe = layer + "mlp.experts.";
  std::vector<TestTensor> tensors = {{"model.embed_tokens.weight", {32, 8}},  {"model.norm.weight", {8}},
                                     {layer + "input_layernorm.weight", {8}}, {layer + "post_attention_layernorm.weight", {8}},
                                     {layer + "self_attn.sinks", {2}},        {layer + "mlp.router.weight", {3, 8}},
                                     {layer + "mlp.router.bias", {3}},        {moe + "gate_up_proj", {3, 8, 24}},
                                     {moe + "gate_up_proj_bias", {3, 24}},    {moe + "down_proj", {3, 12, 8}},
                                     {moe + "down_proj_bias", {3, 8}}};
  for (auto [name, rows] : {std::pair("q", 8), {"k", 4}, {"v", 4}, {"o", 8}}) {
    tensors.push_back({layer + "self_attn." + name + "_proj.weight", {rows, 8}});
    tensors.push_back({layer + "self_attn." + name + "_proj.bias", {rows}});
  }
  std::string text = importer.model(openFolder(folder, config, tensors));
  expectIn(text, R"(@blk.0.attn_sinks : !vspec.weight<1x2, "f32"> {source = "model.layers.0.self_attn.sinks"})");
  expectIn(text, "@cache.0 sinks @blk.0.attn_sinks {heads = 2 : i64");
  expectIn(text, "window = 128>");
  expectIn(text, R"(@blk.0.ffn_up_exps : !vspec.weight<3x12x8, "f32"> {source = "model.layers.0.mlp.experts.gate_up_proj", transforms = [#vspec.transpose, #vspec.take_rows<count = 1, first = 1, every = 2>]})");
  expectIn(text, R"(@blk.0.ffn_up_exps.bias : !vspec.weight<3x1x12, "f32"> {source = "model.layers.0.mlp.experts.gate_up_proj_bias", transforms = [#vspec.take_rows<count = 1, first = 1, every = 2>]})");
  expectIn(text, R"(@blk.0.ffn_down_exps : !vspec.weight<3x8x12, "f32"> {source = "model.layers.0.mlp.experts.down_proj", transforms = [#vspec.transpose]})");
  expectIn(text, "{activation = #vspec.activation<clamped_swish>}");
  // YaRN's factor of 32 where the file does not tell: 1 + ln(32) / 10.
  expectIn(text, "attention_factor = 1.34657359 : f32");
}

TEST(Import, WindowsAreOfTheirLayersCache) {
  Importer importer;
  std::string text = importer.config(
      R"({"architectures": ["Qwen3ForCausalLM"], "head_dim": 4, "sliding_window": 16, "layer_types": ["sliding_attention"], )" + sizes +
      "}");
  expectIn(text, "vspec.kv_cache @cache.0 : !vspec.kv_cache<heads = 1, head_size = 4, window = 16>");
}

/// What messages list: a name of each family.
static std::string all(const char *Family::*name) {
  std::string names;
  for (const Family &family : families())
    if (family.*name)
      names += (names.empty() ? "" : ", ") + std::string(family.*name);
  return names;
}

TEST(Import, GPT2HasItsOwnKeysAndTensors) {
  Importer importer;
  TemporaryFolder folder;
  std::string config =
      R"({"architectures": ["GPT2LMHeadModel"], "vocab_size": 32, "n_embd": 8, "n_layer": 1, "n_head": 2, "n_positions": 16})";
  std::string layer = "h.0."; // without "transformer.": what was saved without a head
  std::vector<TestTensor> tensors = {{"wte.weight", {32, 8}},
                                     {"wpe.weight", {16, 8}},
                                     {"ln_f.weight", {8}},
                                     {"ln_f.bias", {8}},
                                     {layer + "ln_1.weight", {8}},
                                     {layer + "ln_1.bias", {8}},
                                     {layer + "attn.bias", {16, 16}},
                                     {layer + "ln_2.weight", {8}},
                                     {layer + "ln_2.bias", {8}},
                                     {layer + "attn.c_attn.weight", {8, 24}},
                                     {layer + "attn.c_attn.bias", {24}},
                                     {layer + "attn.c_proj.weight", {8, 8}},
                                     {layer + "attn.c_proj.bias", {8}},
                                     {layer + "mlp.c_fc.weight", {8, 32}},
                                     {layer + "mlp.c_fc.bias", {32}},
                                     {layer + "mlp.c_proj.weight", {32, 8}},
                                     {layer + "mlp.c_proj.bias", {8}}};
  std::string text = importer.model(openFolder(folder, config, tensors));
  expectIn(text, "vspec.embed @token_embd, %arg0 positions @position_embd : tensor<?x8xf32>");
  expectIn(text, "vspec.layer_norm %0, @blk.0.attn_norm bias @blk.0.attn_norm.bias {epsilon = 9.99999974E-6 : f32} : tensor<?x8xf32>");
  expectIn(text, R"(@blk.0.attn_k : !vspec.weight<8x8, "f32"> {source = "h.0.attn.c_attn.weight", )"
                 "transforms = [#vspec.transpose, #vspec.take_rows<count = 8, first = 8, every = 24>]}");
  expectIn(text, R"(@blk.0.attn_v.bias : !vspec.weight<1x8, "f32"> {source = "h.0.attn.c_attn.bias", )"
                 "transforms = [#vspec.take_rows<count = 8, first = 16, every = 24>]}");
  expectIn(text, "vspec.activate %13 {activation = #vspec.activation<gelu_tanh>} : tensor<?x32xf32>");
  expectNotIn(text, "vspec.rope");
}

TEST(Import, FalconTakesItsHeadsApart) {
  Importer importer;
  TemporaryFolder folder;
  std::string config = R"({"architectures": ["FalconForCausalLM"], "vocab_size": 32, "hidden_size": 8, "num_hidden_layers": 1,
    "num_attention_heads": 4, "num_kv_heads": 2, "new_decoder_architecture": true})";
  std::string layer = "transformer.h.0.";
  std::vector<TestTensor> tensors = {{"transformer.word_embeddings.weight", {32, 8}},
                                     {"transformer.ln_f.weight", {8}},
                                     {"transformer.ln_f.bias", {8}},
                                     {layer + "ln_attn.weight", {8}},
                                     {layer + "ln_attn.bias", {8}},
                                     {layer + "ln_mlp.weight", {8}},
                                     {layer + "ln_mlp.bias", {8}},
                                     {layer + "self_attention.query_key_value.weight", {16, 8}},
                                     {layer + "self_attention.dense.weight", {8, 8}},
                                     {layer + "mlp.dense_h_to_4h.weight", {32, 8}},
                                     {layer + "mlp.dense_4h_to_h.weight", {8, 32}}};
  std::string text = importer.model(openFolder(folder, config, tensors));
  expectIn(text, "@blk.0.attn_q : !vspec.weight<8x8, \"f32\"> {source = \"transformer.h.0.self_attention.query_key_value.weight\", "
                 "transforms = [#vspec.take_rows<count = 4, first = 0, every = 8>]}");
  expectIn(text, "transforms = [#vspec.take_rows<count = 2, first = 6, every = 8>]}");
  expectIn(text, "vspec.layer_norm %0, @blk.0.mlp_norm bias @blk.0.mlp_norm.bias");
}

TEST(Import, CohereTurnsHalvesAndScalesLogits) {
  Importer importer;
  std::string text = importer.config(
      R"({"architectures": ["Cohere2ForCausalLM"], "layer_types": ["full_attention"], "logit_scale": 0.5, "use_qk_norm": true, )" + sizes +
      "}");
  expectNotIn(text, "vspec.rope"); // sees all tokens
  expectIn(text, " {factor = 5.000000e-01 : f32} : tensor<?x32xf32>");
  text = importer.config(R"({"architectures": ["CohereForCausalLM"], "use_qk_norm": true, )" + sizes + "}");
  expectIn(text, ", @blk.0.attn_q_norm {epsilon = 1.000000e-03 : f32, heads = 2 : i64} : tensor<?x8xf32>");
  expectIn(text, "vspec.rope");
}

TEST(Import, WhatAFamilyCannotDoIsRefusedByItsKey) {
  Importer importer;
  for (auto [architecture, member, message] : {
           std::tuple("FalconForCausalLM", "\"alibi\": true",
                      "alibi is true, which no kernel computes; expected false, heads that turn by their position"),
           {"GptOssForCausalLM", "\"swiglu_limit\": 6", "swiglu_limit is 6.000000, expected 7.000000, with which experts are computed"},
           {"PhiForCausalLM", "\"qk_layernorm\": true", "qk_layernorm is true, expected false"},
           {"GPT2LMHeadModel", "\"scale_attn_by_inverse_layer_idx\": true", "scale_attn_by_inverse_layer_idx is true, expected false"},
           {"GPT2LMHeadModel", "\"add_cross_attention\": true", "add_cross_attention is true, expected false"},
       })
    EXPECT_EQ(importer.config("{\"architectures\": [\"" + std::string(architecture) + "\"], " + member + ", " + sizes + "}"),
              "error: config.json: " + std::string(message))
        << architecture;
  EXPECT_EQ(importer.config(R"({"model_type": "gpt2", "vocab_size": 32, "n_embd": 8, "n_head": 2})"),
            "error: config.json: n_layer is missing");
}

TEST(Import, UnknownModelsAreRefusedWithTheKnownOnes) {
  Importer importer;
  EXPECT_EQ(importer.config(R"({"architectures": ["FooForCausalLM"]})"),
            "error: config.json: architectures[0] is 'FooForCausalLM', expected one of " + all(&Family::architecture));
  EXPECT_EQ(importer.config(R"({"architectures": "LlamaForCausalLM", "model_type": "llama"})"),
            "error: config.json: architectures is a string, expected an array");
  EXPECT_EQ(importer.config(R"({"architectures": [], "model_type": "foo"})"),
            "error: config.json: model_type is 'foo', expected one of " + all(&Family::modelType));
  EXPECT_EQ(importer.config(R"({"model_type": "foo"})"),
            "error: config.json: model_type is 'foo', expected one of " + all(&Family::modelType));
  TemporaryFolder folder;
  std::string file = folder.path("model.gguf");
  EXPECT_EQ(importer.model(GgufModel().key("general.architecture", "foo").open(folder, {})),
            "error: " + file + ": key 'general.architecture' is 'foo', expected one of " + all(&Family::ggufArchitecture));
  EXPECT_EQ(importer.model(GgufModel().open(folder, {})), "error: " + file + ": has no key 'general.architecture', expected a string");
}

static const std::vector<TestTensor> ggufLayer = {
    {"token_embd.weight", {32, 8}},       {"output_norm.weight", {8}},       {"blk.0.attn_norm.weight", {8}},
    {"blk.0.attn_q.weight", {8, 8}},      {"blk.0.attn_k.weight", {4, 8}},   {"blk.0.attn_v.weight", {4, 8}},
    {"blk.0.attn_output.weight", {8, 8}}, {"blk.0.ffn_norm.weight", {8}},    {"blk.0.ffn_gate.weight", {12, 8}},
    {"blk.0.ffn_up.weight", {12, 8}},     {"blk.0.ffn_down.weight", {8, 12}}};

static GgufModel ggufModel(const std::string &architecture) {
  GgufModel model;
  model.key("general.architecture", architecture.c_str()).key("general.name", "small");
  for (auto [key, value] : {std::pair("embedding_length", 8u), std::pair("block_count", 1u), std::pair("feed_forward_length", 12u),
                            std::pair("attention.head_count", 2u), std::pair("attention.head_count_kv", 1u)})
    model.key(architecture + "." + key, value);
  return model.key(architecture + ".attention.layer_norm_rms_epsilon", 1e-3f);
}

TEST(Import, GgufLlamaHasPermutedHeads) {
  Importer importer;
  TemporaryFolder folder;
  std::string text = importer.model(ggufModel("llama").open(folder, ggufLayer));
  expectIn(text, R"(module @small attributes {vspec.family = "llama")");
  expectIn(text, R"(@blk.0.attn_q : !vspec.weight<8x8, "f32"> {source = "blk.0.attn_q.weight", transforms = [#vspec.unpermute_heads<2>]})");
  expectIn(text, R"(@blk.0.attn_k : !vspec.weight<4x8, "f32"> {source = "blk.0.attn_k.weight", transforms = [#vspec.unpermute_heads<1>]})");
  expectIn(text, R"(@blk.0.attn_v : !vspec.weight<4x8, "f32"> {source = "blk.0.attn_v.weight"})");
}

TEST(Import, Phi3TakesPartsOfTensors) {
  Importer importer;
  TemporaryFolder folder;
  std::vector<TestTensor> tensors = {
      {"token_embd.weight", {32, 8}},  {"output.weight", {32, 8}},         {"output_norm.weight", {8}},
      {"blk.0.attn_norm.weight", {8}}, {"blk.0.attn_qkv.weight", {16, 8}}, {"blk.0.attn_output.weight", {8, 8}},
      {"blk.0.ffn_norm.weight", {8}},  {"blk.0.ffn_up.weight", {24, 8}},   {"blk.0.ffn_down.weight", {8, 12}}};
  std::string text = importer.model(ggufModel("phi3").open(folder, tensors));
  expectIn(text, R"(@blk.0.attn_q : !vspec.weight<8x8, "f32"> {source = "blk.0.attn_qkv.weight", transforms = [#vspec.take_rows<count = 8, first = 0, every = 16>]})");
  expectIn(text, R"(@blk.0.attn_k : !vspec.weight<4x8, "f32"> {source = "blk.0.attn_qkv.weight", transforms = [#vspec.take_rows<count = 4, first = 8, every = 16>]})");
  expectIn(text, R"(@blk.0.attn_v : !vspec.weight<4x8, "f32"> {source = "blk.0.attn_qkv.weight", transforms = [#vspec.take_rows<count = 4, first = 12, every = 16>]})");
  expectIn(text, R"(@blk.0.ffn_up : !vspec.weight<12x8, "f32"> {source = "blk.0.ffn_up.weight", transforms = [#vspec.take_rows<count = 12, first = 12, every = 24>]})");
}

TEST(Import, GemmaIsScaledAndItsGainsAreLessOne) {
  Importer importer;
  std::string text =
      importer.config(R"({"architectures": ["Gemma2ForCausalLM"], "head_dim": 4, "query_pre_attn_scalar": 64, )" + sizes + "}");
  expectIn(text, "{scale = 2.82842708 : f32}");
  expectIn(text, R"(transforms = [#vspec.plus_one])");
  expectIn(text, "scale = 1.250000e-01 : f32, soft_cap = 5.000000e+01 : f32}");
  expectIn(text, "vspec.soft_cap");
}

TEST(Import, BitNetHasSubNormsAndScales) {
  Importer importer;
  TemporaryFolder folder;
  std::vector<TestTensor> tensors = ggufLayer;
  tensors.push_back({"blk.0.attn_sub_norm.weight", {8}});
  tensors.push_back({"blk.0.ffn_sub_norm.weight", {12}});
  tensors.push_back({"blk.0.ffn_up.scale", {1}});
  std::string text = importer.model(ggufModel("bitnet").open(folder, tensors));
  expectIn(
      text,
      R"(@blk.0.ffn_up : !vspec.weight<12x8, "f32"> {source = "blk.0.ffn_up.weight", transforms = [#vspec.scale_by<"blk.0.ffn_up.scale">]})");
  expectIn(text, R"(@blk.0.attn_q : !vspec.weight<8x8, "f32"> {source = "blk.0.attn_q.weight"})");
  expectIn(text, "%7 = vspec.rms_norm %output, @blk.0.attn_sub_norm {epsilon = 1.000000e-03 : f32} : tensor<?x8xf32>\n"
                 "    %8 = vspec.linear %7, @blk.0.attn_output");
  expectIn(text, "@blk.0.ffn_sub_norm {epsilon = 1.000000e-03 : f32} : tensor<?x12xf32>");
}

TEST(Import, LeftOverTensorsAreRefused) {
  Importer importer;
  TemporaryFolder folder;
  std::vector<TestTensor> tensors = ggufLayer;
  tensors.push_back({"blk.1.attn_q.weight", {8, 8}});
  EXPECT_EQ(importer.model(ggufModel("llama").open(folder, tensors)),
            "error: " + folder.path("model.gguf") +
                ": tensor 'blk.1.attn_q.weight' (8x8) has no place in this model, so it would not compute "
                "what it was trained for");
}

TEST(Import, HuggingFaceFoldersNameTheirTensors) {
  Importer importer;
  TemporaryFolder folder;
  std::string config = R"({"architectures": ["LlamaForCausalLM"], "tie_word_embeddings": true, )" + sizes + "}", layer = "model.layers.0.";
  std::vector<TestTensor> tensors = {{"model.embed_tokens.weight", {32, 8}},      {"model.norm.weight", {8}},
                                     {layer + "input_layernorm.weight", {8}},     {layer + "self_attn.q_proj.weight", {8, 8}},
                                     {layer + "self_attn.k_proj.weight", {4, 8}}, {layer + "self_attn.v_proj.weight", {4, 8}},
                                     {layer + "self_attn.o_proj.weight", {8, 8}}, {layer + "post_attention_layernorm.weight", {8}},
                                     {layer + "mlp.gate_proj.weight", {12, 8}},   {layer + "mlp.up_proj.weight", {12, 8}}};
  std::string place = folder.path("");
  EXPECT_EQ(importer.model(openFolder(folder, config, tensors)),
            "error: " + place + ": has no tensor 'model.layers.0.mlp.down_proj.weight'");
  tensors.push_back({layer + "mlp.down_proj.weight", {12, 8}});
  EXPECT_EQ(importer.model(openFolder(folder, config, tensors)),
            "error: " + place + ": tensor 'model.layers.0.mlp.down_proj.weight' is 12x8, expected 8x12");
  tensors.back().shape = {8, 12};
  // A tied model may repeat its embedding.
  tensors.push_back({"lm_head.weight", {32, 8}});
  tensors.push_back({layer + "self_attn.rotary_emb.inv_freq", {2}});
  std::string text = importer.model(openFolder(folder, config, tensors));
  expectIn(text, R"(@blk.0.attn_q : !vspec.weight<8x8, "f32"> {source = "model.layers.0.self_attn.q_proj.weight"})");
  expectNotIn(text, "lm_head");
}
