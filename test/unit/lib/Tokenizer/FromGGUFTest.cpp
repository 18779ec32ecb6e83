#include "vspec/Tokenizer/FromGGUF.h"
#include "SmallTokenizers.h"
#include "lib/Tokenizer/ByteAlphabet.h"

using namespace vspec;

static GGUFTokenizerMetadata byteLevel() {
  GGUFTokenizerMetadata metadata;
  metadata.file = "m.gguf";
  metadata.model = "gpt2";
  metadata.pre = "qwen2";
  for (int byte = 0; byte < 256; ++byte)
    metadata.tokens.push_back(toByteAlphabet(std::string(1, char(byte))));
  metadata.tokens.insert(metadata.tokens.end(), {"ab", "\u0120ab", "<|im_end|>", "<|endoftext|>"});
  metadata.types.assign(metadata.tokens.size(), 1);
  metadata.types[258] = 3;
  metadata.merges = {"a b", "\u0120 ab"};
  metadata.eos = 259;
  return metadata;
}

static GGUFTokenizerMetadata sentencePiece() {
  GGUFTokenizerMetadata metadata;
  metadata.file = "m.gguf";
  metadata.model = "llama";
  metadata.tokens = {"<unk>", "<s>", "</s>", "<0x0A>", "\u2581", "a"};
  metadata.types = {2, 3, 3, 6, 1, 1};
  metadata.scores = {0, 0, 0, 0, -1, -2};
  return metadata;
}

static std::string message(const GGUFTokenizerMetadata &metadata) {
  Result<TokenizerModel> model = fromGGUF(metadata);
  return model ? "no error" : model.error().message;
}

TEST(FromGGUF, ByteLevel) {
  Result<TokenizerModel> model = fromGGUF(byteLevel());
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->tokens[' '], " ");
  EXPECT_EQ(model->tokens[257], " ab");
  EXPECT_EQ(model->types[259], TokenType::Control); // by its name
  EXPECT_EQ(model->endTokens, (Ids{258, 259}));
  ASSERT_EQ(model->normalizers.size(), 1u);
  EXPECT_EQ(model->normalizers[0].kind, NormalizeStep::NFC);
  EXPECT_TRUE(model->before.empty());
  EXPECT_EQ(encoded(made(*model), "ab ab"), (Ids{256, 257}));
}

TEST(FromGGUF, SentencePiece) {
  Result<TokenizerModel> model = fromGGUF(sentencePiece());
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->tokens[3], "\n");
  EXPECT_EQ(model->bos, 1);
  EXPECT_TRUE(model->addsBos());
  EXPECT_EQ(model->endTokens, Ids{2});
  EXPECT_EQ(encoded(made(*model), "a\n"), (Ids{1, 4, 5, 3}));
  EXPECT_EQ(encoded(made(*model), "ab"), (Ids{1, 4, 5, 0}));
  GGUFTokenizerMetadata metadata = sentencePiece();
  metadata.addSpacePrefix = false;
  metadata.addBos = false;
  EXPECT_EQ(encoded(made(*fromGGUF(metadata)), "a"), Ids{5});
}

TEST(FromGGUF, IdOfAllOnesIsNone) {
  GGUFTokenizerMetadata metadata = byteLevel();
  metadata.bos = UINT32_MAX;
  Result<TokenizerModel> model = fromGGUF(metadata);
  ASSERT_TRUE(model);
  EXPECT_EQ(model->bos, -1);
}

TEST(FromGGUF, LlamaStartsWithBosUnlessToldOtherwise) {
  GGUFTokenizerMetadata metadata = byteLevel();
  metadata.pre = "llama-bpe";
  EXPECT_EQ(message(metadata), "m.gguf: a text starts with BOS (tokenizer.ggml.add_bos_token), but tokenizer.ggml.bos_token_id is missing");
  metadata.bos = 258;
  EXPECT_EQ(encoded(made(*fromGGUF(metadata)), "a"), (Ids{258, 'a'}));
  metadata.addBos = false;
  EXPECT_EQ(encoded(made(*fromGGUF(metadata)), "a"), Ids{'a'});
}

TEST(FromGGUF, Phi3SwallowsSpaceAfterItsTokens) {
  GGUFTokenizerMetadata metadata = sentencePiece();
  metadata.modelName = "Phi-3 mini";
  metadata.tokens.push_back("<|user|>");
  metadata.types.push_back(3);
  metadata.scores.push_back(0);
  EXPECT_EQ(encoded(made(*fromGGUF(metadata)), "<|user|> \na", {false, true}), (Ids{6, 4, 5}));
  metadata.modelName = "other";
  EXPECT_EQ(encoded(made(*fromGGUF(metadata)), "<|user|>\na", {false, true}), (Ids{6, 4, 3, 5}));
}

TEST(FromGGUF, RefusesByName) {
  auto changed = [](GGUFTokenizerMetadata metadata, auto change) {
    change(metadata);
    return message(metadata);
  };
  using Metadata = GGUFTokenizerMetadata;
  EXPECT_EQ(changed(byteLevel(), [](Metadata &m) { m.model = "rwkv"; }),
            "m.gguf: tokenizer.ggml.model is 'rwkv', but known are 'llama' (SentencePiece with scores), 'gpt2' and 'gemma4' (BPE), 't5' "
            "(Unigram) and "
            "'bert' (WordPiece)");
  const std::string unknownPre = changed(byteLevel(), [](Metadata &m) { m.pre = "nope"; });
  EXPECT_EQ(unknownPre.substr(0, 72), "m.gguf: tokenizer.ggml.pre is 'nope', but known are default, llama-bpe, ");
  EXPECT_NE(unknownPre.find(", qwen2, "), std::string::npos);
  EXPECT_EQ(changed(byteLevel(), [](Metadata &m) { m.pre.reset(); }).substr(0, 134),
            "m.gguf: tokenizer.ggml.pre is missing, and how the text of a 'gpt2' vocabulary is cut into words cannot be guessed; known are "
            "default,");
  EXPECT_EQ(changed(byteLevel(), [](Metadata &m) { m.tokens.clear(); }), "m.gguf: tokenizer.ggml.tokens is missing or empty");
  EXPECT_EQ(changed(byteLevel(), [](Metadata &m) { m.types.pop_back(); }),
            "m.gguf: tokenizer.ggml.token_type has 259 elements, but tokenizer.ggml.tokens has 260");
  EXPECT_EQ(changed(byteLevel(), [](Metadata &m) { m.types[5] = 9; }), "m.gguf: tokenizer.ggml.token_type[5] is 9, but 1 to 6 are known");
  EXPECT_EQ(changed(byteLevel(), [](Metadata &m) { m.tokens[257] = "ab"; }),
            "m.gguf: tokenizer.ggml.tokens has 'ab' twice, at 256 and 257");
  EXPECT_EQ(changed(byteLevel(), [](Metadata &m) { m.merges.clear(); }),
            "m.gguf: tokenizer.ggml.merges is missing or empty, but tokenizer.ggml.model 'gpt2' needs it");
  EXPECT_EQ(changed(byteLevel(), [](Metadata &m) { m.merges[1] = "a c"; }),
            "m.gguf: tokenizer.ggml.merges[1] is 'a c', but its two sides and what they make are not all tokens");
  EXPECT_EQ(changed(byteLevel(), [](Metadata &m) { m.merges[0] = "ab"; }),
            "m.gguf: tokenizer.ggml.merges[0] is 'ab', but its two sides and what they make are not all tokens");
  EXPECT_EQ(changed(byteLevel(), [](Metadata &m) { m.eos = 260; }), "m.gguf: tokenizer.ggml.eos_token_id is 260, but there are 260 tokens");
  EXPECT_EQ(changed(byteLevel(), [](Metadata &m) { m.addEos = true, m.eos.reset(); }),
            "m.gguf: a text ends with EOS (tokenizer.ggml.add_eos_token), but tokenizer.ggml.eos_token_id is missing");
  EXPECT_EQ(changed(sentencePiece(), [](Metadata &m) { m.scores.pop_back(); }),
            "m.gguf: tokenizer.ggml.scores has 5 elements, but tokenizer.ggml.tokens has 6");
  EXPECT_EQ(changed(sentencePiece(), [](Metadata &m) { m.tokens[3] = "<0xZZ>"; }),
            "m.gguf: tokenizer.ggml.tokens[3] is of type byte, but '<0xZZ>' is not like '<0x0A>'");
}
