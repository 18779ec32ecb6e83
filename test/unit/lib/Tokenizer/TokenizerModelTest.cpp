#include "SmallTokenizers.h"
#include <cmath>

using namespace vspec;

static TokenizerModel full() {
  TokenizerModel model = smallByteLevel();
  model.literals.assign(260, 0);
  model.literals[259] = StripLeft | StripRight | Normalized;
  model.normalizers = {{NormalizeStep::NFC},
                       {NormalizeStep::Strip, AtStart},
                       {NormalizeStep::ReplacePattern, 0, "x+", "y"},
                       {NormalizeStep::CharacterMap, 0, std::string(4, '\0')}};
  model.splits = {{"\\p{N}"}, {"x", SplitBehavior::Contiguous, true}, {"_", SplitBehavior::Isolated, false, true, SpacePrefix::FirstText}};
  model.wholeWordFirst = model.fuseUnknown = model.unescapeSpaces = model.firstDropsSpaces = model.dropLastSpace = true;
  model.before = {5, 6};
  model.after = {7};
  model.spellings = {{3, "c"}, {5, ""}};
  model.firstSpellings = {{5, "x"}};
  model.dropSpaces = 3;
  model.longestWord = 9;
  model.unknownScore = -2.5;
  model.continuingPrefix = "##";
  model.wordSuffix = "</w>";
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
    EXPECT_EQ(read->literals, model.literals);
    EXPECT_EQ(read->scores, model.scores);
    EXPECT_EQ(read->merges.size(), model.merges.size());
    EXPECT_EQ(read->splits.size(), model.splits.size());
    EXPECT_EQ(read->endTokens, model.endTokens);
    EXPECT_EQ(read->bos, model.bos);
    EXPECT_EQ(read->before, model.before);
    EXPECT_EQ(read->spellings.size(), model.spellings.size());
    EXPECT_EQ(read->wordSuffix, model.wordSuffix);
    EXPECT_EQ(read->unknownScore, model.unknownScore);
    EXPECT_EQ(read->serialize(), bytes);
  }
}

TEST(TokenizerModel, EachFlagHasItsBit) {
  for (bool TokenizerModel::*flag : {&TokenizerModel::literalsInside, &TokenizerModel::wholeWordFirst, &TokenizerModel::rankByResult,
                                     &TokenizerModel::fuseUnknown, &TokenizerModel::singlePrecision, &TokenizerModel::unescapeSpaces,
                                     &TokenizerModel::firstDropsSpaces, &TokenizerModel::dropLastSpace}) {
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
            "tokenizer section has " + std::to_string(bytes.size() + 1) + " bytes, which its lists do not fill exactly");
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
  bytes[8] = 1;
  EXPECT_EQ(parseError(bytes), "tokenizer section has version 1, but this program reads version 2");
  bytes = full().serialize();
  bytes[17] = 0x10;
  EXPECT_EQ(parseError(bytes), "tokenizer section has unknown flags 4330");
  bytes = full().serialize();
  bytes[51] = char(0xFF); // the number of tokens
  EXPECT_EQ(parseError(bytes), "tokenizer section has " + std::to_string(bytes.size()) + " bytes, which its lists do not fill exactly");
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
  EXPECT_EQ(message([](Model &m) { m.kind = TokenizerKind(9); }), "file: kind 9 is not one of 1 to 6");
  EXPECT_EQ(message([](Model &m) { m.tokens.clear(); }), "file: 0 tokens, but 1 to 16777216 are expected");
  EXPECT_EQ(message([](Model &m) { m.types.pop_back(); }), "file: 259 types and 0 literal flags for 260 tokens");
  EXPECT_EQ(message([](Model &m) { m.scores = {1}; }), "file: 1 scores for 260 tokens of kind 2");
  EXPECT_EQ(message([](Model &m) { m.types[4] = TokenType(7); }), "file: token 4 has type 7, but 1 to 6 are expected");
  EXPECT_EQ(message([](Model &m) { m.tokens[4] = ""; }), "file: token 4 is empty, but its type 1 is not 5 (unused)");
  EXPECT_EQ(message([](Model &m) { m.types[0xC3] = TokenType::UserDefined; }),
            "file: token 195 is found literally in a text, but is not UTF-8");
  EXPECT_EQ(message([](Model &m) { m.types[256] = TokenType::Byte; }), "file: token 256 is of type byte, but has 2 bytes");
  EXPECT_EQ(message([](Model &m) { m.literals.assign(260, 32); }), "file: token 0 has unknown literal flags 32");
  EXPECT_EQ(message([](Model &m) { m.merges[1].result = 260; }), "file: merge 1 names token 260, but there are 260");
  EXPECT_EQ(message([](Model &m) { m.merges[1].left = -1; }), "file: merge 1 names token -1, but there are 260");
  EXPECT_EQ(message([](Model &m) { m.splits.resize(65); }), "file: 0 normalizers and 65 splits, but at most 64 of each are expected");
  auto step = [&](NormalizeStep given) { return message([&](Model &m) { m.normalizers = {given}; }); };
  EXPECT_EQ(step({NormalizeStep::Kind(16)}), "file: normalizer 0 is of kind 16 with flags 0, which are not known");
  EXPECT_EQ(step({NormalizeStep::NFC, 1}), "file: normalizer 0 is of kind 1 with flags 1, which are not known");
  EXPECT_EQ(step({NormalizeStep::Prepend, 0, "", "\xff"}), "file: normalizer 0 writes what is not UTF-8");
  EXPECT_EQ(step({NormalizeStep::Replace}), "file: normalizer 0 replaces nothing, or what is not UTF-8");
  EXPECT_EQ(step({NormalizeStep::Replace, 0, "\xc3", "a"}), "file: normalizer 0 replaces nothing, or what is not UTF-8");
  EXPECT_EQ(step({NormalizeStep::CharacterMap}), "file: normalizer 0 has a character map of 0 bytes, but at least 4 are expected");
  EXPECT_EQ(step({NormalizeStep::SentencePiece, 7, std::string("\x08\0\0\0abcd", 8)}),
            "file: normalizer 0 has a character map of 8 bytes, whose trie cannot have 8");
  EXPECT_EQ(message([](Model &m) {
              m.splits = {{"a", SplitBehavior(5)}};
            }),
            "file: split 0 has behavior 5 and prefix 0, but at most 4 and 2 are expected");
  EXPECT_EQ(message([](Model &m) {
              m.splits = {{"", SplitBehavior::Isolated, false, true}};
            }),
            "file: split 0 writes spaces as what is no text");
  EXPECT_EQ(message([](Model &m) { m.before.resize(65); }), "file: 65 tokens before a text, but at most 64 are expected");
  EXPECT_EQ(message([](Model &m) { m.after = {260}; }), "file: after 0 names token 260, but there are 260");
  EXPECT_EQ(message([](Model &m) { m.dropSpaces = 65537; }), "file: drops 65537 spaces, but at most 65536 are expected");
  EXPECT_EQ(message([](Model &m) { m.spellings = {{260, ""}}; }), "file: spelling 0 names token 260, but there are 260");
  EXPECT_EQ(message([](Model &m) { m.firstSpellings = {{2, ""}, {2, ""}}; }), "file: first spellings are not ascending at 1");
  EXPECT_EQ(message([](Model &m) { m.unknownScore = INFINITY; }), "file: the score of unknown characters is not finite");
  EXPECT_EQ(message([](Model &m) { m.bos = 260; }), "file: bos is token 260, but there are 260");
  EXPECT_EQ(message([](Model &m) { m.unknown = -2; }), "file: unknown is token -2, but there are 260");
  EXPECT_EQ(message([](Model &m) { m.endTokens = {1, 300}; }), "file: end token 1 names token 300, but there are 260");
  EXPECT_EQ(message([](Model &m) { m.endTokens = {2, 2}; }), "file: end tokens are not ascending at 1");
  TokenizerModel scored = smallSentencePiece();
  scored.scores[2] = NAN;
  EXPECT_EQ(scored.validate("file").error().message, "file: the score of token 2 is not finite");
  scored = smallSentencePiece();
  scored.merges = {{1, 2, 3}};
  EXPECT_EQ(scored.validate("file").error().message, "file: 1 merges, but kind 1 has none");
}
