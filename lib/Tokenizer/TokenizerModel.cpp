// The bytes of a tokenizer section, and what makes a model usable.
//
// "VSPECTOK", then 32-bit words: version, kind, flags, bos, eos, unknown, and the number of tokens, text bytes, strips, scores, merges,
// splits and end tokens. Then, without padding: for each token its length (u32); the text; types (u8); strips (u8); scores (f32); merges (3
// x i32); for each split its flags and length (u32) and its pattern; end tokens (i32).
#include "vspec/Tokenizer/TokenizerModel.h"
#include <cmath>
#include <cstring>

namespace vspec {
namespace {

constexpr char magic[] = {'V', 'S', 'P', 'E', 'C', 'T', 'O', 'K'};
constexpr uint32_t version = 1;
constexpr uint32_t mostSplits = 64;
constexpr uint32_t mostTokens = 1u << 24;

enum Flags : uint32_t {
  NFC = 1,
  Escape = 2,
  Whole = 4,
  Fuse = 8,
  Strip = 16,
  AddBos = 32,
  AddEos = 64,
  UnlessSpace = 128,
  PrefixShift = 8
};
constexpr uint32_t allFlags = 0x3FF;

uint32_t flagsOf(const TokenizerModel &model) {
  return (model.normalizeNFC ? NFC : 0u) | (model.escapeSpaces ? Escape : 0u) | (model.wholeWordFirst ? Whole : 0u) |
         (model.fuseUnknown ? Fuse : 0u) | (model.stripLeadingSpace ? Strip : 0u) | (model.addBos ? AddBos : 0u) |
         (model.addEos ? AddEos : 0u) | (model.prefixUnlessSpace ? UnlessSpace : 0u) | uint32_t(model.spacePrefix) << PrefixShift;
}

class Writer {
public:
  std::string bytes{magic, sizeof magic};

  void word(uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8)
      bytes += char(value >> shift & 0xFF);
  }
  void number(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    word(bits);
  }
};

// Reads from bytes that may end anywhere; after the first failure it gives zeros.
class Reader {
public:
  explicit Reader(std::string_view bytes) : bytes(bytes) {}

  bool failed = false;
  size_t left() const { return bytes.size(); }
  std::string_view take(size_t size) {
    if (size > bytes.size()) {
      failed = true;
      bytes = {};
      return {};
    }
    const std::string_view taken = bytes.substr(0, size);
    bytes.remove_prefix(size);
    return taken;
  }
  uint32_t word() {
    const std::string_view taken = take(4);
    uint32_t value = 0;
    for (size_t i = 0; i < taken.size(); ++i)
      value |= uint32_t(uint8_t(taken[i])) << (8 * i);
    return value;
  }
  float number() {
    const uint32_t bits = word();
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }

private:
  std::string_view bytes;
};

std::string outside(const char *what, size_t index, int64_t found, size_t tokens) {
  return std::string(what) + " " + std::to_string(index) + " names token " + std::to_string(found) + ", but there are " +
         std::to_string(tokens);
}

} // namespace

std::string TokenizerModel::serialize() const {
  Writer to;
  size_t textBytes = 0;
  for (const std::string &token : tokens)
    textBytes += token.size();
  for (uint32_t value : {version, uint32_t(kind), flagsOf(*this), uint32_t(bos), uint32_t(eos), uint32_t(unknown)})
    to.word(value);
  for (size_t count : {tokens.size(), textBytes, strips.size(), scores.size(), merges.size(), splits.size(), endTokens.size()})
    to.word(uint32_t(count));
  for (const std::string &token : tokens)
    to.word(uint32_t(token.size()));
  for (const std::string &token : tokens)
    to.bytes += token;
  for (TokenType type : types)
    to.bytes += char(type);
  to.bytes.append(strips.begin(), strips.end());
  for (float score : scores)
    to.number(score);
  for (const Merge &merge : merges)
    for (int32_t id : {merge.left, merge.right, merge.result})
      to.word(uint32_t(id));
  for (const SplitStep &split : splits) {
    to.word(split.dropGaps);
    to.word(uint32_t(split.pattern.size()));
    to.bytes += split.pattern;
  }
  for (int32_t id : endTokens)
    to.word(uint32_t(id));
  return to.bytes;
}

Result<TokenizerModel> TokenizerModel::parse(std::string_view bytes) {
  Reader from(bytes);
  if (from.take(sizeof magic) != std::string_view(magic, sizeof magic))
    return Error{"tokenizer section does not start with 'VSPECTOK'"};
  if (const uint32_t found = from.word(); found != version)
    return Error{"tokenizer section has version " + std::to_string(found) + ", but this program reads version " + std::to_string(version)};
  TokenizerModel model;
  model.kind = TokenizerKind(from.word());
  const uint32_t flags = from.word();
  if (flags & ~allFlags)
    return Error{"tokenizer section has unknown flags " + std::to_string(flags)};
  model.normalizeNFC = flags & NFC;
  model.escapeSpaces = flags & Escape;
  model.wholeWordFirst = flags & Whole;
  model.fuseUnknown = flags & Fuse;
  model.stripLeadingSpace = flags & Strip;
  model.addBos = flags & AddBos;
  model.addEos = flags & AddEos;
  model.prefixUnlessSpace = flags & UnlessSpace;
  model.spacePrefix = SpacePrefix(flags >> PrefixShift);
  model.bos = int32_t(from.word());
  model.eos = int32_t(from.word());
  model.unknown = int32_t(from.word());
  const uint64_t tokens = from.word(), textBytes = from.word(), strips = from.word(), scores = from.word(), merges = from.word();
  const uint64_t splits = from.word(), ends = from.word();
  // Before anything is allocated: each element needs its bytes in the section. No sum of 32-bit counts overflows 64 bits.
  const uint64_t needed = tokens * 5 + textBytes + strips + scores * 4 + merges * 12 + splits * 8 + ends * 4;
  if (from.failed || needed > from.left())
    return Error{"tokenizer section has " + std::to_string(bytes.size()) + " bytes, but its tables need " + std::to_string(needed) +
                 " after the header"};

  std::vector<uint32_t> lengths(tokens);
  uint64_t lengthSum = 0;
  for (uint32_t &length : lengths)
    lengthSum += length = from.word();
  if (lengthSum != textBytes)
    return Error{"tokenizer section has tokens of " + std::to_string(lengthSum) + " bytes together, but a text of " +
                 std::to_string(textBytes)};
  model.tokens.reserve(tokens);
  for (uint32_t length : lengths)
    model.tokens.emplace_back(from.take(length));
  for (char type : from.take(tokens))
    model.types.push_back(TokenType(type));
  for (char flags : from.take(strips))
    model.strips.push_back(uint8_t(flags));
  for (uint64_t i = 0; i < scores; ++i)
    model.scores.push_back(from.number());
  model.merges.resize(merges);
  for (Merge &merge : model.merges) {
    merge.left = int32_t(from.word());
    merge.right = int32_t(from.word());
    merge.result = int32_t(from.word());
  }
  for (uint64_t i = 0; i < splits && !from.failed; ++i) {
    const uint32_t splitFlags = from.word();
    if (splitFlags > 1)
      return Error{"tokenizer section has unknown flags " + std::to_string(splitFlags) + " at split " + std::to_string(i)};
    model.splits.push_back({std::string(from.take(from.word())), splitFlags == 1});
  }
  for (uint64_t i = 0; i < ends; ++i)
    model.endTokens.push_back(int32_t(from.word()));
  if (from.failed || from.left() != 0)
    return Error{"tokenizer section has " + std::to_string(bytes.size()) + " bytes, which its tables do not fill exactly"};
  if (Result<void> valid = model.validate("tokenizer section"); !valid)
    return valid.error();
  return model;
}

Result<void> TokenizerModel::validate(const std::string &origin) const {
  auto wrong = [&](const std::string &what) { return Error{origin + ": " + what}; };
  auto isToken = [&](int64_t id) { return id >= 0 && uint64_t(id) < tokens.size(); };
  const std::string count = std::to_string(tokens.size());
  if (kind < TokenizerKind::SentencePiece || kind > TokenizerKind::CharacterBPE)
    return wrong("kind " + std::to_string(uint32_t(kind)) + " is not 1 (SentencePiece), 2 (byte-level BPE) or 3 (character BPE)");
  if (spacePrefix > SpacePrefix::EveryText)
    return wrong("space prefix " + std::to_string(uint32_t(spacePrefix)) + " is not 0 (none), 1 (first text) or 2 (every text)");
  if (tokens.empty() || tokens.size() > mostTokens)
    return wrong(count + " tokens, but 1 to " + std::to_string(mostTokens) + " are expected");
  if (types.size() != tokens.size() || (!strips.empty() && strips.size() != tokens.size()))
    return wrong(std::to_string(types.size()) + " types and " + std::to_string(strips.size()) + " strips for " + count + " tokens");
  if (scores.size() != (kind == TokenizerKind::SentencePiece ? tokens.size() : 0))
    return wrong(std::to_string(scores.size()) + " scores for " + count + " tokens of kind " + std::to_string(uint32_t(kind)));
  if (kind == TokenizerKind::SentencePiece && !merges.empty())
    return wrong(std::to_string(merges.size()) + " merges, but SentencePiece merges by scores");
  for (size_t id = 0; id < tokens.size(); ++id) {
    const TokenType type = types[id];
    if (type < TokenType::Normal || type > TokenType::Byte)
      return wrong("token " + std::to_string(id) + " has type " + std::to_string(uint32_t(type)) + ", but 1 to 6 are expected");
    if (tokens[id].empty() && type != TokenType::Unused)
      return wrong("token " + std::to_string(id) + " is empty, but its type " + std::to_string(uint32_t(type)) + " is not 5 (unused)");
    if (type == TokenType::Byte && tokens[id].size() != 1)
      return wrong("token " + std::to_string(id) + " is of type byte, but has " + std::to_string(tokens[id].size()) + " bytes");
    if (!strips.empty() && strips[id] > (StripLeft | StripRight))
      return wrong("token " + std::to_string(id) + " has unknown strips " + std::to_string(strips[id]));
    if (!scores.empty() && !std::isfinite(scores[id]))
      return wrong("the score of token " + std::to_string(id) + " is not finite");
  }
  for (size_t i = 0; i < merges.size(); ++i)
    for (int32_t id : {merges[i].left, merges[i].right, merges[i].result})
      if (!isToken(id))
        return wrong(outside("merge", i, id, tokens.size()));
  if (splits.size() > mostSplits)
    return wrong(std::to_string(splits.size()) + " splits, but at most " + std::to_string(mostSplits) + " are expected");
  for (auto [name, id] : {std::pair("bos", bos), std::pair("eos", eos), std::pair("unknown", unknown)})
    if (id != -1 && !isToken(id))
      return wrong(std::string(name) + " is token " + std::to_string(id) + ", but there are " + count);
  if (addBos && bos < 0)
    return wrong("a text starts with BOS, but there is no BOS token");
  if (addEos && eos < 0)
    return wrong("a text ends with EOS, but there is no EOS token");
  for (size_t i = 0; i < endTokens.size(); ++i) {
    if (!isToken(endTokens[i]))
      return wrong(outside("end token", i, endTokens[i], tokens.size()));
    if (i > 0 && endTokens[i - 1] >= endTokens[i])
      return wrong("end tokens are not ascending at " + std::to_string(i));
  }
  return {};
}

} // namespace vspec
