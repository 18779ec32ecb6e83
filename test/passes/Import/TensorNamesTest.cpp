#include "passes/Import/TensorNames.h"
#include <gtest/gtest.h>

using namespace vspec;

TEST(TensorNames, GgufAddsWhatOursLeaveOut) {
  EXPECT_EQ(tensorName(Naming::GGUF, "token_embd"), "token_embd.weight");
  EXPECT_EQ(tensorName(Naming::GGUF, "blk.3.attn_q"), "blk.3.attn_q.weight");
  EXPECT_EQ(tensorName(Naming::GGUF, "blk.3.attn_q.bias"), "blk.3.attn_q.bias");
  EXPECT_EQ(tensorName(Naming::GGUF, "blk.3.attn_q.scale"), "blk.3.attn_q.scale");
}

TEST(TensorNames, HuggingFaceHasItsOwn) {
  EXPECT_EQ(tensorName(Naming::HuggingFace, "token_embd"), "model.embed_tokens.weight");
  EXPECT_EQ(tensorName(Naming::HuggingFace, "output_norm"), "model.norm.weight");
  EXPECT_EQ(tensorName(Naming::HuggingFace, "output"), "lm_head.weight");
  EXPECT_EQ(tensorName(Naming::HuggingFace, "blk.12.attn_output"), "model.layers.12.self_attn.o_proj.weight");
  EXPECT_EQ(tensorName(Naming::HuggingFace, "blk.12.attn_q.bias"), "model.layers.12.self_attn.q_proj.bias");
  EXPECT_EQ(tensorName(Naming::HuggingFace, "blk.0.ffn_norm"), "model.layers.0.post_attention_layernorm.weight");
}

TEST(TensorNames, DerivedTensorsAreNoWeights) {
  EXPECT_TRUE(isDerived(Naming::HuggingFace, "model.layers.0.self_attn.rotary_emb.inv_freq"));
  EXPECT_FALSE(isDerived(Naming::HuggingFace, "rope_freqs.weight"));
  EXPECT_TRUE(isDerived(Naming::GGUF, "rope_freqs.weight"));
  EXPECT_TRUE(isDerived(Naming::GGUF, "blk.0.attn_q.input_scale"));
  EXPECT_FALSE(isDerived(Naming::GGUF, "blk.0.attn_q.weight"));
}
