#include "lib/Tokenizer/HuggingFaceModel.h"
#include "lib/Tokenizer/ByteAlphabet.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <unordered_set>

namespace vspec {

constexpr size_t mostUnusedIds = 65536;
constexpr double unknownPenalty = 10; // of Unigram, below the lowest score

int32_t HuggingFaceTokens::idOf(std::string_view text) const {
  auto found = ids.find(std::string(text));
  return found == ids.end() ? -1 : found->second;
}

Result<void> HuggingFaceTokens::add(int64_t id, std::string_view text, size_t tokens, const Json &place) {
  if (id < 0 || id >= int64_t(tokens + mostUnusedIds))
    return place.error("has id " + std::to_string(id) + ", but 0 to " + std::to_string(tokens + mostUnusedIds - 1) + " are expected of " +
                       std::to_string(tokens) + " tokens");
  if (size_t(id) >= texts.size()) {
    texts.resize(size_t(id) + 1);
    model.tokens.resize(size_t(id) + 1);
    model.types.resize(size_t(id) + 1, TokenType::Unused);
  }
  ids.emplace(text, int32_t(id));
  texts[size_t(id)] = text;
  model.tokens[size_t(id)] = text;
  return {};
}

namespace {

class Reader {
public:
  Reader(const Json &json, bool byteLevel, HuggingFaceTokens &tokens, TokenizerModel &model)
      : json(json), byteLevel(byteLevel), tokens(tokens), model(model) {}

  Result<void> read() {
    Result<std::string_view> type = json.stringOr("type", "BPE");
    if (!type)
      return type.error();
    if (byteLevel && *type != "BPE")
      return json.error("is of type " + quote(*type) + ", but pre_tokenizer ByteLevel is known beside 'BPE'");
    if (*type == "BPE")
      return inTurn({&Reader::readBPE, &Reader::readVocabulary, &Reader::readUnknown, &Reader::readMerges});
    if (*type == "Unigram")
      return inTurn({&Reader::readUnigram});
    if (*type == "WordPiece")
      return inTurn({&Reader::readWordPiece, &Reader::readVocabulary, &Reader::readUnknown});
    if (*type == "WordLevel") {
      model.kind = TokenizerKind::WordLevel;
      return inTurn({&Reader::readVocabulary, &Reader::readUnknown});
    }
    return json.error("is of type " + quote(*type) + ", but known are 'BPE', 'Unigram', 'WordPiece' and 'WordLevel'");
  }

private:
  const Json &json;
  const bool byteLevel;
  HuggingFaceTokens &tokens;
  TokenizerModel &model;
  bool byteFallback = false;

  Result<void> inTurn(std::initializer_list<Result<void> (Reader::*)()> steps) {
    for (auto step : steps)
      if (Result<void> done = (this->*step)(); !done)
        return done.error();
    return {};
  }

  Result<void> readBPE() {
    model.kind = byteLevel ? TokenizerKind::ByteLevelBPE : TokenizerKind::CharacterBPE;
    Result<double> dropout = json.numberOr("dropout", 0);
    Result<std::string_view> prefix = json.stringOr("continuing_subword_prefix", ""), suffix = json.stringOr("end_of_word_suffix", "");
    Result<bool> fuse = json.booleanOr("fuse_unk", false), fallback = json.booleanOr("byte_fallback", false);
    Result<bool> whole = json.booleanOr("ignore_merges", false);
    for (const Result<std::string_view> *part : {&prefix, &suffix})
      if (!*part)
        return part->error();
    for (const Result<bool> *part : {&fuse, &fallback, &whole})
      if (!*part)
        return part->error();
    if (!dropout)
      return dropout.error();
    if (*dropout != 0)
      return json.error("has a dropout, which makes ids random");
    if (byteLevel && !(prefix->empty() && suffix->empty()))
      return json.error("has continuing_subword_prefix or end_of_word_suffix beside pre_tokenizer ByteLevel, which is not supported");
    byteFallback = *fallback;
    if (byteFallback && byteLevel)
      return json.error("has byte_fallback true beside pre_tokenizer ByteLevel, which leaves nothing to fall back from");
    model.continuingPrefix = *prefix;
    model.wordSuffix = *suffix;
    model.fuseUnknown = *fuse;
    model.wholeWordFirst = *whole;
    return {};
  }

  Result<void> readWordPiece() {
    model.kind = TokenizerKind::WordPiece;
    Result<std::string_view> prefix = json.stringOr("continuing_subword_prefix", "##");
    Result<int64_t> most = json.integerOr("max_input_chars_per_word", 100);
    if (!prefix)
      return prefix.error();
    if (!most)
      return most.error();
    if (*most < 0 || *most > UINT32_MAX)
      return json.error("has max_input_chars_per_word " + std::to_string(*most) + ", expected 0 to 4294967295");
    model.continuingPrefix = *prefix;
    model.longestWord = uint32_t(*most);
    return {};
  }

  Result<void> addToken(int64_t id, std::string_view text, size_t count, const Json &place) {
    if (size_t(id) < model.types.size() && model.types[size_t(id)] != TokenType::Unused)
      return place.error("has id " + std::to_string(id) + ", which another token has");
    if (Result<void> done = tokens.add(id, text, count, place); !done)
      return done.error();
    if (text.empty())
      return {};
    model.types[size_t(id)] = TokenType::Normal;
    if (byteLevel)
      model.tokens[size_t(id)] = fromByteAlphabet(text).value_or(std::string(text));
    if (std::optional<std::string> byte = byteFallback ? fromByteName(text) : std::nullopt) {
      model.types[size_t(id)] = TokenType::Byte;
      model.tokens[size_t(id)] = *byte;
    }
    return {};
  }

  Result<void> readVocabulary() {
    Result<Json> vocabulary = json.object("vocab");
    if (!vocabulary)
      return vocabulary.error();
    for (Json member : *vocabulary) {
      Result<int64_t> id = member.integer();
      if (!id)
        return id.error();
      if (Result<void> done = addToken(*id, member.key(), vocabulary->size(), member); !done)
        return done.error();
    }
    return {};
  }

  Result<void> readUnknown() {
    Result<std::string_view> unknown = json.stringOr("unk_token", "");
    if (!unknown)
      return unknown.error();
    if (!unknown->empty() && (model.unknown = tokens.idOf(*unknown)) < 0)
      return json.error("has unk_token " + quote(*unknown) + ", which is not in vocab");
    return {};
  }

  // [["<unk>", 0.0], ...], in the order of the ids.
  Result<void> readUnigram() {
    model.kind = TokenizerKind::Unigram;
    model.fuseUnknown = true;
    Result<bool> fallback = json.booleanOr("byte_fallback", false);
    Result<Json> vocabulary = json.array("vocab");
    Result<int64_t> unknown = json.integerOr("unk_id", -1);
    if (!fallback)
      return fallback.error();
    if (!vocabulary)
      return vocabulary.error();
    if (!unknown)
      return unknown.error();
    byteFallback = *fallback;
    double lowest = 0;
    int64_t id = 0;
    for (Json pair : *vocabulary) {
      if (pair.size() != 2)
        return pair.error("has " + std::to_string(pair.size()) + " elements, expected a text and a score");
      Json::Iterator part = pair.begin();
      Result<std::string_view> text = (*part).string();
      if (!text)
        return text.error();
      Result<double> score = (*++part).number();
      if (!score)
        return score.error();
      if (Result<void> done = addToken(id, *text, vocabulary->size(), pair); !done)
        return done.error();
      lowest = id == 0 ? *score : std::min(lowest, *score);
      model.scores.push_back(*score);
      ++id;
    }
    if (*unknown < -1 || *unknown >= id)
      return json.error("has unk_id " + std::to_string(*unknown) + ", but there are " + std::to_string(id) + " tokens");
    model.unknown = int32_t(*unknown);
    model.unknownScore = lowest - unknownPenalty;
    return {};
  }

  // "a b", or ["a", "b"] where a side has a space in it.
  static Result<std::pair<std::string_view, std::string_view>> sidesOf(const Json &merge) {
    if (merge.isString()) {
      const std::string_view text = *merge.string();
      const size_t space = text.find(' ');
      if (space == text.npos || text.find(' ', space + 1) != text.npos)
        return merge.error("is " + quote(text) + ", expected two tokens with a space between them");
      return std::pair(text.substr(0, space), text.substr(space + 1));
    }
    if (merge.size() != 2)
      return merge.error("has " + std::to_string(merge.size()) + " elements, expected 2");
    Json::Iterator side = merge.begin();
    Result<std::string_view> left = (*side).string();
    if (!left)
      return left.error();
    Result<std::string_view> right = (*++side).string();
    if (!right)
      return right.error();
    return std::pair(*left, *right);
  }

  Result<void> readMerges() {
    Result<Json> merges = json.array("merges");
    if (!merges)
      return merges.error();
    model.merges.reserve(merges->size());
    for (Json element : *merges) {
      auto sides = sidesOf(element);
      if (!sides)
        return sides.error();
      const auto [left, right] = *sides;
      const std::string both = std::string(left) + std::string(right.substr(std::min(right.size(), model.continuingPrefix.size())));
      const Merge merge{tokens.idOf(left), tokens.idOf(right), tokens.idOf(both)};
      if (merge.left < 0 || merge.right < 0 || merge.result < 0)
        return element.error("merges " + quote(left) + " and " + quote(right) + ", but these two and what they make are not all in vocab");
      model.merges.push_back(merge);
    }
    keepLastOfEqualMerges();
    return {};
  }

  // Of two merges of the same neighbours Hugging Face tokenizers run the later.
  void keepLastOfEqualMerges() {
    std::unordered_set<uint64_t> seen;
    auto isEarlier = [&](const Merge &merge) { return !seen.insert(uint64_t(uint32_t(merge.left)) << 32 | uint32_t(merge.right)).second; };
    const auto kept = std::remove_if(model.merges.rbegin(), model.merges.rend(), isEarlier);
    model.merges.erase(model.merges.begin(), kept.base());
  }
};

} // namespace

Result<void> readHuggingFaceModel(const Json &tokenizer, bool byteLevel, HuggingFaceTokens &tokens, TokenizerModel &model) {
  Result<Json> json = tokenizer.object("model");
  if (!json)
    return json.error();
  return Reader(*json, byteLevel, tokens, model).read();
}

} // namespace vspec
