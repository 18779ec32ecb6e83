#include "SmallTokenizers.h"
#include <cmath>

using namespace vspec;

static TokenizerModel full() {
  TokenizerModel model = smallByteLevel();
  model.strips.assign(260, 0);
  model.strips[259] = StripLeft | StripRight;
  model.splits = {{"\\p{N}", false}, {"x", true}};
  model.normalizeNFC = model.escapeSpaces = model.wholeWordFirst = model.fuseUnknown = model.stripLeadingSpace = true;
  model.prefixUnlessSpace = model.addBos = model.addEos = true;
  model.spacePrefix = SpacePrefix::FirstText;
  model.bos = 5;
  model.unknown = 7;
  model.endTokens = {3, 259};
  return model;
}

static std::string parseError(std::string_view bytes) {
  Result<TokenizerModel> model = TokenizerModel::parse(bytes);
  return model ? "no error" : model.error().message;
}

TEST(TokenizerModel, BytesKeepEverything) {
  for (const TokenizerModel &model : {full(), smallByteLevel(), smallSentencePiece()}) {
    const std::string bytes = model.serialize();
    Result<TokenizerModel> read = TokenizerModel::parse(bytes);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->tokens, model.tokens);
    EXPECT_EQ(read->types, model.types);
    EXPECT_EQ(read->strips, model.strips);
    EXPECT_EQ(read->scores, model.scores);
    EXPECT_EQ(read->merges.size(), model.merges.size());
    EXPECT_EQ(read->splits.size(), model.splits.size());
    EXPECT_EQ(read->endTokens, model.endTokens);
    EXPECT_EQ(read->bos, model.bos);
    EXPECT_EQ(read->spacePrefix, model.spacePrefix);
    EXPECT_EQ(read->serialize(), bytes);
  }
}

TEST(TokenizerModel, EachFlagHasItsBit) {
  for (bool TokenizerModel::*flag :
       {&TokenizerModel::normalizeNFC, &TokenizerModel::escapeSpaces, &TokenizerModel::wholeWordFirst, &TokenizerModel::fuseUnknown,
        &TokenizerModel::stripLeadingSpace, &TokenizerModel::prefixUnlessSpace, &TokenizerModel::addEos}) {
    TokenizerModel model = smallByteLevel();
    model.*flag = true;
    Result<TokenizerModel> read = TokenizerModel::parse(model.serialize());
    ASSERT_TRUE(read);
    EXPECT_TRUE((*read).*flag);
    (*read).*flag = false;
    EXPECT_EQ(read->serialize(), smallByteLevel().serialize());
  }
}

TEST(TokenizerModel, EveryTruncationIsAnError) {
  const std::string bytes = full().serialize();
  for (size_t size = 0; size < bytes.size(); ++size)
    ASSERT_FALSE(TokenizerModel::parse(std::string_view(bytes).substr(0, size))) << size;
  EXPECT_EQ(parseError(bytes + "x"),
            "tokenizer section has " + std::to_string(bytes.size() + 1) + " bytes, which its tables do not fill exactly");
}

TEST(TokenizerModel, DamagedBytesNeverCrash) {
  std::mt19937 random(17);
  const std::string good = full().serialize();
  for (int round = 0; round < 5000; ++round) {
    std::string bytes = good;
    for (int count = 1 + random() % 4; count > 0; --count)
      bytes[random() % 2 ? random() % 64 : random() % bytes.size()] = char(random() % 3 ? random() : 0xFF);
    if (Result<Tokenizer> tokenizer = Tokenizer::fromBytes(bytes)) {
      (void)tokenizer->encode("abc 12 x");
      (void)tokenizer->decode({0, 255, 259});
    }
  }
}

TEST(TokenizerModel, TellsWhatIsWrong) {
  EXPECT_EQ(parseError(""), "tokenizer section does not start with 'VSPECTOK'");
  std::string bytes = full().serialize();
  bytes[8] = 2;
  EXPECT_EQ(parseError(bytes), "tokenizer section has version 2, but this program reads version 1");
  bytes = full().serialize();
  bytes[17] = 0x10;
  EXPECT_EQ(parseError(bytes), "tokenizer section has unknown flags 4351");
  bytes = full().serialize();
  bytes[35] = char(0xFF); // the number of tokens
  // 60 bytes of header, 6 bytes of patterns that the count does not promise, and 5 for each token.
  EXPECT_EQ(parseError(bytes), "tokenizer section has " + std::to_string(bytes.size()) + " bytes, but its tables need " +
                                   std::to_string(bytes.size() - 66 + 5 * 0xFF000000ull) + " after the header");
}

TEST(TokenizerModel, ValidatesEachPart) {
  auto message = [](auto change) {
    TokenizerModel model = smallByteLevel();
    change(model);
    Result<void> valid = model.validate("file");
    return valid ? std::string("valid") : valid.error().message;
  };
  using Model = TokenizerModel;
  EXPECT_EQ(message([](Model &) {}), "valid");
  EXPECT_EQ(message([](Model &m) { m.kind = TokenizerKind(9); }),
            "file: kind 9 is not 1 (SentencePiece), 2 (byte-level BPE) or 3 (character BPE)");
  EXPECT_EQ(message([](Model &m) { m.spacePrefix = SpacePrefix(3); }),
            "file: space prefix 3 is not 0 (none), 1 (first text) or 2 (every text)");
  EXPECT_EQ(message([](Model &m) { m.tokens.clear(); }), "file: 0 tokens, but 1 to 16777216 are expected");
  EXPECT_EQ(message([](Model &m) { m.types.pop_back(); }), "file: 259 types and 0 strips for 260 tokens");
  EXPECT_EQ(message([](Model &m) { m.scores = {1}; }), "file: 1 scores for 260 tokens of kind 2");
  EXPECT_EQ(message([](Model &m) { m.types[4] = TokenType(7); }), "file: token 4 has type 7, but 1 to 6 are expected");
  EXPECT_EQ(message([](Model &m) { m.tokens[4] = ""; }), "file: token 4 is empty, but its type 1 is not 5 (unused)");
  EXPECT_EQ(message([](Model &m) { m.types[256] = TokenType::Byte; }), "file: token 256 is of type byte, but has 2 bytes");
  EXPECT_EQ(message([](Model &m) { m.strips.assign(260, 4); }), "file: token 0 has unknown strips 4");
  EXPECT_EQ(message([](Model &m) { m.merges[1].result = 260; }), "file: merge 1 names token 260, but there are 260");
  EXPECT_EQ(message([](Model &m) { m.merges[1].left = -1; }), "file: merge 1 names token -1, but there are 260");
  EXPECT_EQ(message([](Model &m) { m.splits.resize(65); }), "file: 65 splits, but at most 64 are expected");
  EXPECT_EQ(message([](Model &m) { m.bos = 260; }), "file: bos is token 260, but there are 260");
  EXPECT_EQ(message([](Model &m) { m.unknown = -2; }), "file: unknown is token -2, but there are 260");
  EXPECT_EQ(message([](Model &m) { m.addBos = true; }), "file: a text starts with BOS, but there is no BOS token");
  EXPECT_EQ(message([](Model &m) { m.addEos = true, m.eos = -1; }), "file: a text ends with EOS, but there is no EOS token");
  EXPECT_EQ(message([](Model &m) { m.endTokens = {1, 300}; }), "file: end token 1 names token 300, but there are 260");
  EXPECT_EQ(message([](Model &m) { m.endTokens = {2, 2}; }), "file: end tokens are not ascending at 1");
  TokenizerModel scored = smallSentencePiece();
  scored.scores[2] = NAN;
  EXPECT_EQ(scored.validate("file").error().message, "file: the score of token 2 is not finite");
  scored = smallSentencePiece();
  scored.merges = {{1, 2, 3}};
  EXPECT_EQ(scored.validate("file").error().message, "file: 1 merges, but SentencePiece merges by scores");
}
