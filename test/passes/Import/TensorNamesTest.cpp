#include "passes/Import/TensorNames.h"
#include <gtest/gtest.h>

using namespace vspec;

TEST(TensorNames, GgufAddsWhatOursLeaveOut) {
  EXPECT_EQ(tensorName(Naming::GGUF, {}, "token_embd"), "token_embd.weight");
  EXPECT_EQ(tensorName(Naming::GGUF, {}, "blk.3.attn_q"), "blk.3.attn_q.weight");
  EXPECT_EQ(tensorName(Naming::GGUF, {}, "blk.3.attn_q.bias"), "blk.3.attn_q.bias");
  EXPECT_EQ(tensorName(Naming::GGUF, {}, "blk.3.attn_q.scale"), "blk.3.attn_q.scale");
  EXPECT_EQ(tensorName(Naming::GGUF, {}, "blk.3.ffn_up_exps"), "blk.3.ffn_up_exps.weight");
  EXPECT_EQ(tensorName(Naming::GGUF, {}, "blk.3.ffn_up_exps.17"), "blk.3.ffn_up.17.weight");
}

TEST(TensorNames, HuggingFaceHasItsOwn) {
  EXPECT_EQ(tensorName(Naming::HuggingFace, {}, "token_embd"), "model.embed_tokens.weight");
  EXPECT_EQ(tensorName(Naming::HuggingFace, {}, "output_norm"), "model.norm.weight");
  EXPECT_EQ(tensorName(Naming::HuggingFace, {}, "output"), "lm_head.weight");
  EXPECT_EQ(tensorName(Naming::HuggingFace, {}, "blk.12.attn_output"), "model.layers.12.self_attn.o_proj.weight");
  EXPECT_EQ(tensorName(Naming::HuggingFace, {}, "blk.12.attn_q.bias"), "model.layers.12.self_attn.q_proj.bias");
  EXPECT_EQ(tensorName(Naming::HuggingFace, {}, "blk.0.ffn_norm"), "model.layers.0.post_attention_layernorm.weight");
  EXPECT_EQ(tensorName(Naming::HuggingFace, {}, "blk.3.ffn_up_exps.17"), "model.layers.3.mlp.experts.17.up_proj.weight");
}

TEST(TensorNames, AFamilysOwnComeFirst) {
  TensorNames names{"gpt_neox.layers.", {{"token_embd", "gpt_neox.embed_in"}, {"attn_output", "attention.dense"}}, {".attention.bias"}};
  EXPECT_EQ(tensorName(Naming::HuggingFace, names, "token_embd"), "gpt_neox.embed_in.weight");
  EXPECT_EQ(tensorName(Naming::HuggingFace, names, "blk.7.attn_output.bias"), "gpt_neox.layers.7.attention.dense.bias");
  EXPECT_EQ(tensorName(Naming::HuggingFace, names, "blk.7.attn_norm"), "gpt_neox.layers.7.input_layernorm.weight");
  EXPECT_EQ(tensorName(Naming::GGUF, names, "blk.7.attn_output"), "blk.7.attn_output.weight");
  EXPECT_TRUE(isDerived(Naming::HuggingFace, names, "gpt_neox.layers.7.attention.bias"));
  EXPECT_FALSE(isDerived(Naming::HuggingFace, names, "gpt_neox.layers.7.attention.dense.bias"));
}

TEST(TensorNames, WhatIsAheadIsNoWeight) {
  TensorNames names;
  EXPECT_FALSE(isDerived(Naming::HuggingFace, names, "mtp.fc.weight"));
  names.ahead = "mtp.";
  EXPECT_TRUE(isDerived(Naming::HuggingFace, names, "mtp.fc.weight"));
  EXPECT_FALSE(isDerived(Naming::HuggingFace, names, "model.mtp.fc.weight"));
}

TEST(TensorNames, ParametersHaveNoEnding) {
  TensorNames names{"backbone.layers.", {{"ssm_a.weight", "mixer.A_log"}, {"ssm_dt.bias", "mixer.dt_bias"}}};
  EXPECT_EQ(tensorName(Naming::HuggingFace, names, "blk.1.ssm_a"), "backbone.layers.1.mixer.A_log");
  EXPECT_EQ(tensorName(Naming::HuggingFace, names, "blk.1.ssm_dt.bias"), "backbone.layers.1.mixer.dt_bias");
  EXPECT_EQ(tensorName(Naming::GGUF, names, "blk.1.ssm_a"), "blk.1.ssm_a");
  EXPECT_EQ(tensorName(Naming::GGUF, names, "blk.1.ssm_dt.bias"), "blk.1.ssm_dt.bias");
}

TEST(TensorNames, AFamilysOwnMayBeWhole) {
  TensorNames names{"model.layers.", {{"ffn_down_exps", "moe.output_linear"}, {"attn_sinks.weight", "self_attn.sinks"}}};
  EXPECT_EQ(tensorName(Naming::HuggingFace, names, "blk.7.attn_sinks"), "model.layers.7.self_attn.sinks");
  EXPECT_EQ(tensorName(Naming::GGUF, names, "blk.7.attn_sinks"), "blk.7.attn_sinks.weight");
  EXPECT_TRUE(isOwn(names, "blk.7.attn_sinks"));
  EXPECT_TRUE(isOwn(names, "blk.7.ffn_down_exps"));
  EXPECT_FALSE(isOwn(names, "blk.7.ffn_up_exps"));
}

TEST(TensorNames, DerivedTensorsAreNoWeights) {
  EXPECT_TRUE(isDerived(Naming::HuggingFace, {}, "model.layers.0.self_attn.rotary_emb.inv_freq"));
  EXPECT_FALSE(isDerived(Naming::HuggingFace, {}, "rope_freqs.weight"));
  EXPECT_TRUE(isDerived(Naming::GGUF, {}, "rope_freqs.weight"));
  EXPECT_TRUE(isDerived(Naming::GGUF, {}, "blk.0.attn_q.input_scale"));
  EXPECT_FALSE(isDerived(Naming::GGUF, {}, "blk.0.attn_q.weight"));
}
