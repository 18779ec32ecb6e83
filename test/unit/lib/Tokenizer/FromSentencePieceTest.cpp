#include "vspec/Tokenizer/FromSentencePiece.h"
#include "SmallTokenizers.h"
#include <cmath>
#include <cstring>

using namespace vspec;

// Protocol Buffers by hand.
static std::string bytesField(int field, const std::string &bytes) { return std::string{char(field << 3 | 2), char(bytes.size())} + bytes; }
static std::string numberField(int field, int value) {
  std::string tag = field < 16 ? std::string(1, char(field << 3)) : std::string{char((field << 3 & 0x7F) | 0x80), char(field >> 4)};
  return tag + char(value);
}
static std::string piece(const std::string &text, float score, int type = 1) {
  std::string bits(4, '\0');
  std::memcpy(bits.data(), &score, 4);
  return bytesField(1, bytesField(1, text) + char(2 << 3 | 5) + bits + numberField(3, type));
}
static std::string modelType(int type, const std::string &more = "") { return bytesField(2, numberField(3, type) + more); }

static const std::string controls = piece("<unk>", 0, 2) + piece("<s>", 0, 3) + piece("</s>", 0, 3);
static const std::string pieces = piece("\u2581", -1) + piece("a", -2) + piece("b", -3) + piece("\u2581a", -1.5f) + piece("ab", -2.5f);

static Ids ids(const std::string &file, const std::string &text) {
  Result<TokenizerModel> model = fromSentencePiece(file, "f");
  EXPECT_TRUE(model) << model.error().message;
  return encoded(made(*model), text);
}

TEST(FromSentencePiece, Unigram) {
  const std::string file = controls + pieces;
  EXPECT_EQ(ids(file, "ab"), (Ids{3, 7})); // -1 - 2.5 against -1.5 - 3
  EXPECT_EQ(ids(file, "  a   a "), (Ids{6, 6}));
  EXPECT_EQ(ids(file, "xx a"), (Ids{3, 0, 6}));
  Result<TokenizerModel> model = fromSentencePiece(file, "f");
  EXPECT_EQ(model->bos, 1);
  EXPECT_EQ(model->eos, 2);
  EXPECT_EQ(model->unknownScore, -13);
  EXPECT_EQ(made(*model).decode({3, 7, 6}), "ab a");
}

TEST(FromSentencePiece, BPE) {
  const std::string file = controls + pieces + modelType(2);
  EXPECT_EQ(ids(file, "ab"), (Ids{6, 5}));
  EXPECT_EQ(ids(file, "bab"), (Ids{3, 5, 7}));
}

TEST(FromSentencePiece, UserSymbolsAreNeverCut) {
  const std::string file = controls + pieces + piece("ba", 0, 4);
  EXPECT_EQ(ids(file, "abab"), (Ids{6, 8, 5}));
  EXPECT_EQ(ids(file + modelType(2), "abab"), (Ids{6, 8, 5}));
}

TEST(FromSentencePiece, BytesAndOptions) {
  std::string file = controls + pieces;
  for (int byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof name, "<0x%02X>", byte);
    file += piece(name, 0, 6);
  }
  EXPECT_EQ(ids(file + modelType(1, numberField(35, 1)), "\u00e9"), (Ids{3, 8 + 0xC3, 8 + 0xA9}));
  EXPECT_EQ(ids(file, "\u00e9"), (Ids{3, 0})); // byte_fallback is off
  const std::string asItIs = bytesField(3, numberField(3, 0) + numberField(4, 0));
  EXPECT_EQ(ids(file + asItIs, "a  a"), (Ids{4, 3, 6}));
  EXPECT_EQ(ids(file + bytesField(3, numberField(5, 0)), "a"), (Ids{0, 4})); // spaces are not escaped
}

TEST(FromSentencePiece, TellsWhatItDoesNotKnow) {
  auto message = [](const std::string &file) {
    Result<TokenizerModel> model = fromSentencePiece(file, "f");
    return model ? "no error" : model.error().message;
  };
  EXPECT_EQ(message(""), "f: has no pieces");
  EXPECT_EQ(message("\x0a\x05"
                    "a"),
            "f: the file ends within a field or has one of an unknown wire type");
  EXPECT_EQ(message(bytesField(1, "\x0a\x05")), "f: piece 0 ends within a field or has one of an unknown wire type");
  EXPECT_EQ(message(piece("a", 0, 7)), "f: piece 0 has type 7, but 1 to 6 are known");
  EXPECT_EQ(message(piece("", 0)), "f: piece 0 is empty or not UTF-8");
  EXPECT_EQ(message(piece("a", HUGE_VALF)), "f: piece 0 has a score that is not finite");
  EXPECT_EQ(message(piece("x", 0, 6)), "f: piece 0 is of type byte, but 'x' is not like '<0x0A>'");
  EXPECT_EQ(message(pieces + modelType(3)), "f: trainer_spec has model_type 3, but known are 1 (unigram) and 2 (BPE)");
  EXPECT_EQ(message(pieces + modelType(1, numberField(24, 1))),
            "f: trainer_spec has treat_whitespace_as_suffix true, which is not supported");
  EXPECT_EQ(message(pieces + bytesField(2, "\x08")), "f: trainer_spec ends within a field or has one of an unknown wire type");
  EXPECT_EQ(message(pieces + bytesField(3, "\x08")), "f: normalizer_spec ends within a field or has one of an unknown wire type");
  EXPECT_EQ(message(pieces + bytesField(5, "\x08")), "f: denormalizer_spec ends within a field or has one of an unknown wire type");
  EXPECT_EQ(message(pieces + bytesField(5, bytesField(2, "x"))), "f: denormalizer_spec has a precompiled_charsmap, which is not supported");
  EXPECT_EQ(message(controls), "f: has no normal pieces");
  EXPECT_EQ(message(pieces + piece("x", 0, 5) + modelType(2)), "f: piece 5 is unused, which BPE would have to cut again: not supported");
  EXPECT_EQ(message(pieces + bytesField(3, bytesField(2, "ab"))),
            "f: normalizer 0 has a character map of 2 bytes, but at least 4 are expected");
}

TEST(FromSentencePiece, DamageIsHarmless) {
  std::mt19937 random(5);
  const std::string good = controls + pieces + piece("ba", 0, 4) + bytesField(3, bytesField(2, std::string(20, '\0')));
  for (int round = 0; round < 3000; ++round) {
    std::string bytes = good.substr(0, good.size() - random() % 3);
    for (int count = random() % 4; count > 0; --count)
      bytes[random() % bytes.size()] = char(random());
    if (Result<TokenizerModel> model = fromSentencePiece(bytes, "f"))
      if (Result<Tokenizer> tokenizer = Tokenizer::fromModel(std::move(*model)))
        (void)tokenizer->encode("ab \xff x");
  }
}

// Llama 2's file gives the same ids as the GGUF file that was made of it.
TEST(FromSentencePiece, Llama2) {
  if (extraData().empty())
    GTEST_SKIP() << "VSPEC_EXTRA_DATA does not name the folder of vocabularies";
  Result<TokenizerModel> model = fromSentencePiece(fileText(extraData() + "/tokenizers/llama2/tokenizer.model"), "f");
  ASSERT_TRUE(model) << model.error().message;
  EXPECT_EQ(model->tokens.size(), 32000u);
  EXPECT_EQ(encoded(made(*model), "Hello world\n"), (Ids{15043, 3186, 13}));
}
