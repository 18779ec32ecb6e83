// Vocabularies small enough to work through by hand, and the data folders of the tests.
#ifndef VSPEC_TEST_TOKENIZER_SMALLTOKENIZERS_H
#define VSPEC_TEST_TOKENIZER_SMALLTOKENIZERS_H
#include "vspec/Tokenizer/Tokenizer.h"
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <sstream>

namespace vspec {

using Ids = std::vector<int32_t>;

inline std::string testData(const std::string &name) { return std::string(VSPEC_TEST_DATA) + "/tokenizers/" + name; }

/// The folder of data that is too large for the repository; empty if there is none.
inline std::string extraData() {
  const char *folder = std::getenv("VSPEC_EXTRA_DATA");
  return folder ? folder : "";
}

inline std::string fileText(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Ids 0..255 are the bytes, 256 "ab", 257 "abc", 258 "  ", 259 the end of text.
inline TokenizerModel smallByteLevel() {
  TokenizerModel model;
  for (int byte = 0; byte < 256; ++byte)
    model.tokens.push_back(std::string(1, char(byte)));
  for (const char *text : {"ab", "abc", "  ", "<end>"})
    model.tokens.push_back(text);
  model.types.assign(260, TokenType::Normal);
  model.types[259] = TokenType::Control;
  model.merges = {{'a', 'b', 256}, {256, 'c', 257}, {' ', ' ', 258}};
  model.eos = 259;
  model.endTokens = {259};
  return model;
}

/// 0 <unk>, 1 <s>, 2 </s>, 3..258 the bytes, then U+2581, a, b, U+2581 a, ab, U+2581 ab with rising scores.
inline TokenizerModel smallSentencePiece() {
  TokenizerModel model;
  model.kind = TokenizerKind::SentencePiece;
  model.tokens = {"<unk>", "<s>", "</s>"};
  model.types = {TokenType::Unknown, TokenType::Control, TokenType::Control};
  for (int byte = 0; byte < 256; ++byte) {
    model.tokens.push_back(std::string(1, char(byte)));
    model.types.push_back(TokenType::Byte);
  }
  for (const char *text : {"\xe2\x96\x81", "a", "b",
                           "\xe2\x96\x81"
                           "a",
                           "ab",
                           "\xe2\x96\x81"
                           "ab"}) {
    model.tokens.push_back(text);
    model.types.push_back(TokenType::Normal);
  }
  for (size_t id = 0; id < model.tokens.size(); ++id)
    model.scores.push_back(double(id));
  model.normalizers = {{NormalizeStep::Replace, 0, " ", "\xe2\x96\x81"}, {NormalizeStep::Prepend, 0, "", "\xe2\x96\x81"}};
  model.unescapeSpaces = true;
  model.dropSpaces = 1;
  model.before = {1};
  model.unknown = 0;
  model.bos = 1;
  model.eos = 2;
  model.endTokens = {2};
  return model;
}

inline Tokenizer made(TokenizerModel model) {
  Result<Tokenizer> tokenizer = Tokenizer::fromModel(std::move(model));
  if (!tokenizer)
    ADD_FAILURE() << tokenizer.error().message;
  return std::move(*tokenizer);
}

inline Ids encoded(const Tokenizer &tokenizer, std::string_view text, EncodeOptions options = {}) {
  Result<Ids> ids = tokenizer.encode(text, options);
  if (!ids)
    ADD_FAILURE() << ids.error().message;
  return ids ? *ids : Ids();
}

/// The texts of VECTORS.inp must become the ids of VECTORS.out and texts again.
inline void expectVectors(const Tokenizer &tokenizer, const std::string &vectors) {
  const std::string texts = fileText(vectors + ".inp"), separator = "\n__ggml_vocab_test__\n";
  std::ifstream lines(vectors + ".out");
  int count = 0;
  for (size_t at = 0; at != texts.npos; ++count) {
    const size_t end = texts.find(separator, at);
    const std::string text = texts.substr(at, end == texts.npos ? end : end - at);
    at = end == texts.npos ? end : end + separator.size();
    std::string line;
    std::getline(lines, line);
    std::istringstream numbers(line);
    const Ids expected{std::istream_iterator<int32_t>(numbers), {}};
    const Ids ids = encoded(tokenizer, text, {false, false});
    EXPECT_EQ(ids, expected) << text;
    EXPECT_EQ(tokenizer.decode(ids), text);
  }
  EXPECT_EQ(count, 47);
}

/// Up to `characters` random characters, from ASCII to beyond the basic plane; never a surrogate.
inline std::string randomText(std::mt19937 &random, size_t characters) {
  std::string text;
  for (size_t count = random() % (characters + 1); count > 0; --count) {
    const uint32_t kind = random() % 8;
    uint32_t code = kind < 4 ? random() % 128 : kind < 6 ? random() % 0x800 : kind == 6 ? random() % 0xD800 : 0x10000 + random() % 0x100000;
    if (code < 0x80) {
      text += char(code);
    } else if (code < 0x800) {
      text += {char(0xC0 | code >> 6), char(0x80 | (code & 63))};
    } else if (code < 0x10000) {
      text += {char(0xE0 | code >> 12), char(0x80 | (code >> 6 & 63)), char(0x80 | (code & 63))};
    } else {
      text += {char(0xF0 | code >> 18), char(0x80 | (code >> 12 & 63)), char(0x80 | (code >> 6 & 63)), char(0x80 | (code & 63))};
    }
  }
  return text;
}

} // namespace vspec
#endif
