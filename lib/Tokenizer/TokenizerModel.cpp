// The bytes of a tokenizer section, and what makes a model usable.
//
// "VSPECTOK", then 32-bit words: version, kind, flags, bos, eos, unknown, longestWord, dropSpaces; unknownScore (f64); the numbers of
// tokens, literals, scores, merges, normalizers, splits, before, after, spellings, firstSpellings and end tokens; then, without padding,
// for each token its type (u8) and text, and the elements of the other lists in this order; continuingPrefix, wordSuffix. A text is its
// length (u32) and its bytes.
#include "vspec/Tokenizer/TokenizerModel.h"
#include "lib/Tokenizer/CharacterMap.h"
#include "vspec/Support/Quote.h"
#include <cmath>
#include <cstring>

namespace vspec {
namespace {

constexpr char magic[] = {'V', 'S', 'P', 'E', 'C', 'T', 'O', 'K'};
constexpr uint32_t version = 2;
constexpr uint32_t mostSteps = 64;
constexpr uint32_t mostAdded = 64;
constexpr uint32_t mostTokens = 1u << 24;
constexpr uint32_t mostDroppedSpaces = 1u << 16;

using Flag = bool TokenizerModel::*;
// In the order of their bits.
constexpr Flag flags[] = {&TokenizerModel::literalsInside,   &TokenizerModel::wholeWordFirst,  &TokenizerModel::rankByResult,
                          &TokenizerModel::fuseUnknown,      &TokenizerModel::singlePrecision, &TokenizerModel::unescapeSpaces,
                          &TokenizerModel::firstDropsSpaces, &TokenizerModel::dropLastSpace};

class Writer {
public:
  std::string bytes{magic, sizeof magic};

  void word(uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8)
      bytes += char(value >> shift & 0xFF);
  }
  void number(double value) {
    uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    word(uint32_t(bits));
    word(uint32_t(bits >> 32));
  }
  void text(std::string_view value) {
    word(uint32_t(value.size()));
    bytes += value;
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
  uint8_t byte() {
    const std::string_view taken = take(1);
    return taken.empty() ? 0 : uint8_t(taken[0]);
  }
  uint32_t word() {
    const std::string_view taken = take(4);
    uint32_t value = 0;
    for (size_t i = 0; i < taken.size(); ++i)
      value |= uint32_t(uint8_t(taken[i])) << (8 * i);
    return value;
  }
  double number() {
    const uint64_t low = word(), bits = low | uint64_t(word()) << 32;
    double value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  std::string_view text() { return take(word()); }

  // So many elements of at least `bytesEach`, before memory is taken for them.
  template <typename Element, typename Read> void list(std::vector<Element> &to, uint32_t count, size_t bytesEach, Read read) {
    if (count > left() / bytesEach) {
      failed = true;
      return;
    }
    to.reserve(count);
    for (uint32_t i = 0; i < count && !failed; ++i)
      to.push_back(read());
  }

private:
  std::string_view bytes;
};

std::string outside(const char *what, size_t index, int64_t found, size_t tokens) {
  return std::string(what) + " " + std::to_string(index) + " names token " + std::to_string(found) + ", but there are " +
         std::to_string(tokens);
}

Result<void> validStep(const NormalizeStep &step) {
  const uint32_t known = step.kind == NormalizeStep::DropMarks       ? NormalizeStep::OnlyNonSpacing
                         : step.kind == NormalizeStep::Strip         ? AtStart | AtEnd
                         : step.kind == NormalizeStep::SentencePiece ? 7
                                                                     : 0;
  if (step.kind < NormalizeStep::NFC || step.kind > NormalizeStep::Last || step.flags & ~known)
    return Error{"is of kind " + std::to_string(step.kind) + " with flags " + std::to_string(step.flags) + ", which are not known"};
  if (!isUtf8(step.to))
    return Error{"writes what is not UTF-8"};
  if (step.kind == NormalizeStep::Replace && (step.from.empty() || !isUtf8(step.from)))
    return Error{"replaces nothing, or what is not UTF-8"};
  if (step.kind == NormalizeStep::CharacterMap || (step.kind == NormalizeStep::SentencePiece && !step.from.empty()))
    return CharacterMap::validate(step.from);
  return {};
}

} // namespace

std::string TokenizerModel::serialize() const {
  Writer to;
  uint32_t bits = 0;
  for (size_t i = 0; i < std::size(flags); ++i)
    bits |= uint32_t(this->*flags[i]) << i;
  for (uint32_t value : {version, uint32_t(kind), bits, uint32_t(bos), uint32_t(eos), uint32_t(unknown), longestWord, dropSpaces})
    to.word(value);
  to.number(unknownScore);
  for (size_t count : {tokens.size(), literals.size(), scores.size(), merges.size(), normalizers.size(), splits.size(), before.size(),
                       after.size(), spellings.size(), firstSpellings.size(), endTokens.size()})
    to.word(uint32_t(count));
  for (size_t id = 0; id < tokens.size(); ++id) {
    to.bytes += char(types[id]);
    to.text(tokens[id]);
  }
  to.bytes.append(literals.begin(), literals.end());
  for (double score : scores)
    to.number(score);
  for (const Merge &merge : merges)
    for (int32_t id : {merge.left, merge.right, merge.result})
      to.word(uint32_t(id));
  for (const NormalizeStep &step : normalizers) {
    to.word(step.kind);
    to.word(step.flags);
    to.text(step.from);
    to.text(step.to);
  }
  for (const SplitStep &step : splits) {
    for (uint8_t part : {uint8_t(step.behavior), uint8_t(step.invert), uint8_t(step.spaces), uint8_t(step.prefix)})
      to.bytes += char(part);
    to.text(step.pattern);
  }
  for (const std::vector<int32_t> *list : {&before, &after})
    for (int32_t id : *list)
      to.word(uint32_t(id));
  for (const std::vector<Spelling> *list : {&spellings, &firstSpellings})
    for (const Spelling &spelling : *list) {
      to.word(uint32_t(spelling.id));
      to.text(spelling.text);
    }
  for (int32_t id : endTokens)
    to.word(uint32_t(id));
  to.text(continuingPrefix);
  to.text(wordSuffix);
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
  const uint32_t bits = from.word();
  if (bits >> std::size(flags))
    return Error{"tokenizer section has unknown flags " + std::to_string(bits)};
  for (size_t i = 0; i < std::size(flags); ++i)
    model.*flags[i] = bits >> i & 1;
  auto id = [&] { return int32_t(from.word()); };
  model.bos = id();
  model.eos = id();
  model.unknown = id();
  model.longestWord = from.word();
  model.dropSpaces = from.word();
  model.unknownScore = from.number();
  uint32_t counts[11];
  for (uint32_t &count : counts)
    count = from.word();
  const uint32_t *count = counts;

  from.list(model.tokens, *count++, 5, [&] {
    model.types.push_back(TokenType(from.byte()));
    return std::string(from.text());
  });
  from.list(model.literals, *count++, 1, [&] { return from.byte(); });
  from.list(model.scores, *count++, 8, [&] { return from.number(); });
  from.list(model.merges, *count++, 12, [&] {
    const int32_t left = id(), right = id();
    return Merge{left, right, id()};
  });
  from.list(model.normalizers, *count++, 16, [&] {
    NormalizeStep step;
    step.kind = NormalizeStep::Kind(from.word());
    step.flags = from.word();
    step.from = from.text();
    step.to = from.text();
    return step;
  });
  from.list(model.splits, *count++, 8, [&] {
    SplitStep step;
    step.behavior = SplitBehavior(from.byte());
    const uint8_t invert = from.byte(), spaces = from.byte();
    from.failed |= invert > 1 || spaces > 1;
    step.invert = invert;
    step.spaces = spaces;
    step.prefix = SpacePrefix(from.byte());
    step.pattern = from.text();
    return step;
  });
  for (std::vector<int32_t> *list : {&model.before, &model.after})
    from.list(*list, *count++, 4, id);
  for (std::vector<Spelling> *list : {&model.spellings, &model.firstSpellings})
    from.list(*list, *count++, 8, [&] {
      const int32_t token = id();
      return Spelling{token, std::string(from.text())};
    });
  from.list(model.endTokens, *count++, 4, id);
  model.continuingPrefix = from.text();
  model.wordSuffix = from.text();
  if (from.failed || from.left() != 0)
    return Error{"tokenizer section has " + std::to_string(bytes.size()) + " bytes, which its lists do not fill exactly"};
  if (Result<void> valid = model.validate("tokenizer section"); !valid)
    return valid.error();
  return model;
}

Result<void> TokenizerModel::validate(const std::string &origin) const {
  auto wrong = [&](const std::string &what) { return Error{origin + ": " + what}; };
  auto isToken = [&](int64_t id) { return id >= 0 && uint64_t(id) < tokens.size(); };
  const std::string count = std::to_string(tokens.size());
  if (kind < TokenizerKind::SentencePiece || kind > TokenizerKind::WordLevel)
    return wrong("kind " + std::to_string(uint32_t(kind)) + " is not one of 1 to 6");
  if (tokens.empty() || tokens.size() > mostTokens)
    return wrong(count + " tokens, but 1 to " + std::to_string(mostTokens) + " are expected");
  if (types.size() != tokens.size() || (!literals.empty() && literals.size() != tokens.size()))
    return wrong(std::to_string(types.size()) + " types and " + std::to_string(literals.size()) + " literal flags for " + count +
                 " tokens");
  const bool scored = kind == TokenizerKind::SentencePiece || kind == TokenizerKind::Unigram;
  const bool merged = kind == TokenizerKind::ByteLevelBPE || kind == TokenizerKind::CharacterBPE;
  if (scores.size() != (scored ? tokens.size() : 0))
    return wrong(std::to_string(scores.size()) + " scores for " + count + " tokens of kind " + std::to_string(uint32_t(kind)));
  if (!merged && !merges.empty())
    return wrong(std::to_string(merges.size()) + " merges, but kind " + std::to_string(uint32_t(kind)) + " has none");
  for (size_t id = 0; id < tokens.size(); ++id) {
    const TokenType type = types[id];
    if (type < TokenType::Normal || type > TokenType::Byte)
      return wrong("token " + std::to_string(id) + " has type " + std::to_string(uint32_t(type)) + ", but 1 to 6 are expected");
    if (tokens[id].empty() && type != TokenType::Unused)
      return wrong("token " + std::to_string(id) + " is empty, but its type " + std::to_string(uint32_t(type)) + " is not 5 (unused)");
    if ((type == TokenType::Control || type == TokenType::Unknown || type == TokenType::UserDefined) && !isUtf8(tokens[id]))
      return wrong("token " + std::to_string(id) + " is found literally in a text, but is not UTF-8");
    if (type == TokenType::Byte && tokens[id].size() != 1)
      return wrong("token " + std::to_string(id) + " is of type byte, but has " + std::to_string(tokens[id].size()) + " bytes");
    if (!literals.empty() && literals[id] > (StripLeft | StripRight | SingleWord | Normalized | NoWord))
      return wrong("token " + std::to_string(id) + " has unknown literal flags " + std::to_string(literals[id]));
    if (!scores.empty() && scores[id] != notAPiece && !std::isfinite(scores[id]))
      return wrong("the score of token " + std::to_string(id) + " is not finite");
  }
  if (!std::isfinite(unknownScore))
    return wrong("the score of unknown characters is not finite");
  for (size_t i = 0; i < merges.size(); ++i)
    for (int32_t id : {merges[i].left, merges[i].right, merges[i].result})
      if (!isToken(id))
        return wrong(outside("merge", i, id, tokens.size()));
  if (normalizers.size() > mostSteps || splits.size() > mostSteps)
    return wrong(std::to_string(normalizers.size()) + " normalizers and " + std::to_string(splits.size()) + " splits, but at most " +
                 std::to_string(mostSteps) + " of each are expected");
  for (size_t i = 0; i < normalizers.size(); ++i)
    if (Result<void> valid = validStep(normalizers[i]); !valid)
      return wrong("normalizer " + std::to_string(i) + " " + valid.error().message);
  for (size_t i = 0; i < splits.size(); ++i) {
    if (splits[i].behavior > SplitBehavior::MergedWithNext || splits[i].prefix > SpacePrefix::EveryText)
      return wrong("split " + std::to_string(i) + " has behavior " + std::to_string(uint32_t(splits[i].behavior)) + " and prefix " +
                   std::to_string(uint32_t(splits[i].prefix)) + ", but at most 4 and 2 are expected");
    if (splits[i].spaces && (splits[i].pattern.empty() || !isUtf8(splits[i].pattern)))
      return wrong("split " + std::to_string(i) + " writes spaces as what is no text");
  }
  for (const std::vector<int32_t> *list : {&before, &after}) {
    const char *name = list == &before ? "before" : "after";
    if (list->size() > mostAdded)
      return wrong(std::to_string(list->size()) + " tokens " + name + " a text, but at most " + std::to_string(mostAdded) +
                   " are expected");
    for (size_t i = 0; i < list->size(); ++i)
      if (!isToken((*list)[i]))
        return wrong(outside(name, i, (*list)[i], tokens.size()));
  }
  if (dropSpaces > mostDroppedSpaces)
    return wrong("drops " + std::to_string(dropSpaces) + " spaces, but at most " + std::to_string(mostDroppedSpaces) + " are expected");
  for (auto [name, list] : {std::pair("spelling", &spellings), std::pair("first spelling", &firstSpellings)})
    for (size_t i = 0; i < list->size(); ++i) {
      if (!isToken((*list)[i].id))
        return wrong(outside(name, i, (*list)[i].id, tokens.size()));
      if (i > 0 && (*list)[i - 1].id >= (*list)[i].id)
        return wrong(std::string(name) + "s are not ascending at " + std::to_string(i));
    }
  for (auto [name, id] : {std::pair("bos", bos), std::pair("eos", eos), std::pair("unknown", unknown)})
    if (id != -1 && !isToken(id))
      return wrong(std::string(name) + " is token " + std::to_string(id) + ", but there are " + count);
  for (size_t i = 0; i < endTokens.size(); ++i) {
    if (!isToken(endTokens[i]))
      return wrong(outside("end token", i, endTokens[i], tokens.size()));
    if (i > 0 && endTokens[i - 1] >= endTokens[i])
      return wrong("end tokens are not ascending at " + std::to_string(i));
  }
  return {};
}

} // namespace vspec
