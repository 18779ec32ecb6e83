// ModelProto of sentencepiece_model.proto: 1 pieces {1 text, 2 score, 3 type}, 2 trainer_spec, 3 normalizer_spec, 5 denormalizer_spec.
#include "vspec/Tokenizer/FromSentencePiece.h"
#include "lib/Tokenizer/ByteAlphabet.h"
#include "lib/Tokenizer/Protobuf.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <cmath>
#include <limits>

namespace vspec {
namespace {

enum ModelType : uint64_t { Unigram = 1, BPE = 2 };

class Builder {
public:
  explicit Builder(const std::string &file) : file(file) {}

  Result<TokenizerModel> build(std::string_view bytes) {
    ProtobufReader message(bytes);
    while (message.next()) {
      Result<void> done;
      if (message.field == 1)
        done = readPiece(message.bytes);
      else if (message.field == 2)
        done = readTrainer(message.bytes);
      else if (message.field == 3)
        done = readNormalizer(message.bytes);
      else if (message.field == 5)
        done = readDenormalizer(message.bytes);
      if (!done)
        return done.error();
    }
    if (message.failed)
      return broken("the file");
    if (model.tokens.empty())
      return wrong("has no pieces");
    model.normalizers.push_back({NormalizeStep::SentencePiece, normalizing, std::string(map)});
    if (Result<void> done = setUp(); !done)
      return done.error();
    if (Result<void> valid = model.validate(file); !valid)
      return valid.error();
    return std::move(model);
  }

private:
  const std::string &file;
  TokenizerModel model;
  std::string_view map;
  uint32_t normalizing = NormalizeStep::PrefixSpace | NormalizeStep::RemoveExtraSpaces | NormalizeStep::EscapeSpaces;
  uint64_t type = Unigram;
  bool byteFallback = false;
  int64_t bos = 1, eos = 2;

  Error wrong(const std::string &what) const { return Error{file + ": " + what}; }
  Error broken(const std::string &what) const { return wrong(what + " ends within a field or has one of an unknown wire type"); }

  Result<void> readPiece(std::string_view bytes) {
    std::string_view text;
    float score = 0;
    uint64_t kind = 1;
    ProtobufReader piece(bytes);
    while (piece.next())
      if (piece.field == 1)
        text = piece.bytes;
      else if (piece.field == 2)
        score = piece.asFloat();
      else if (piece.field == 3)
        kind = piece.number;
    const std::string name = "piece " + std::to_string(model.tokens.size());
    if (piece.failed)
      return broken(name);
    if (kind < 1 || kind > 6)
      return wrong(name + " has type " + std::to_string(kind) + ", but 1 to 6 are known");
    if (text.empty() || !isUtf8(text))
      return wrong(name + " is empty or not UTF-8");
    if (!std::isfinite(score))
      return wrong(name + " has a score that is not finite");
    std::string token(text);
    if (TokenType(kind) == TokenType::Byte) {
      std::optional<std::string> byte = fromByteName(text);
      if (!byte)
        return wrong(name + " is of type byte, but " + quote(text) + " is not like '<0x0A>'");
      token = std::move(*byte);
    }
    model.tokens.push_back(std::move(token));
    model.types.push_back(TokenType(kind));
    model.scores.push_back(score);
    return {};
  }

  Result<void> readTrainer(std::string_view bytes) {
    ProtobufReader spec(bytes);
    while (spec.next())
      switch (spec.field) {
      case 3:
        type = spec.number;
        break;
      case 24:
        if (spec.number != 0)
          return wrong("trainer_spec has treat_whitespace_as_suffix true, which is not supported");
        break;
      case 35:
        byteFallback = spec.number != 0;
        break;
      case 41:
        bos = int64_t(int32_t(spec.number));
        break;
      case 42:
        eos = int64_t(int32_t(spec.number));
        break;
      }
    if (spec.failed)
      return broken("trainer_spec");
    return {};
  }

  Result<void> readNormalizer(std::string_view bytes) {
    ProtobufReader spec(bytes);
    auto flag = [&](uint32_t bit) { normalizing = spec.number != 0 ? normalizing | bit : normalizing & ~bit; };
    while (spec.next())
      if (spec.field == 2)
        map = spec.bytes;
      else if (spec.field == 3)
        flag(NormalizeStep::PrefixSpace);
      else if (spec.field == 4)
        flag(NormalizeStep::RemoveExtraSpaces);
      else if (spec.field == 5)
        flag(NormalizeStep::EscapeSpaces);
    if (spec.failed)
      return broken("normalizer_spec");
    return {};
  }

  Result<void> readDenormalizer(std::string_view bytes) {
    ProtobufReader spec(bytes);
    while (spec.next())
      if (spec.field == 2 && !spec.bytes.empty())
        return wrong("denormalizer_spec has a precompiled_charsmap, which is not supported");
    if (spec.failed)
      return broken("denormalizer_spec");
    return {};
  }

  Result<void> setUp() {
    if (type != Unigram && type != BPE)
      return wrong("trainer_spec has model_type " + std::to_string(type) + ", but known are 1 (unigram) and 2 (BPE)");
    model.kind = type == BPE ? TokenizerKind::SentencePiece : TokenizerKind::Unigram;
    model.literalsInside = model.fuseUnknown = model.singlePrecision = model.unescapeSpaces = true;
    // Where extra spaces are removed, no text starts with one.
    model.dropSpaces = normalizing & NormalizeStep::RemoveExtraSpaces ? 65536 : normalizing & NormalizeStep::PrefixSpace ? 1 : 0;
    auto control = [&](int64_t id) {
      return id >= 0 && size_t(id) < model.tokens.size() && model.types[size_t(id)] == TokenType::Control ? int32_t(id) : -1;
    };
    model.bos = control(bos);
    model.eos = control(eos);

    // SentencePiece seeks the highest score from the smallest positive number on: if all are negative, that is its highest.
    float lowest = HUGE_VALF, highest = std::numeric_limits<float>::min();
    for (size_t id = 0; id < model.tokens.size(); ++id)
      if (model.types[id] == TokenType::Normal) {
        lowest = std::min(lowest, float(model.scores[id]));
        highest = std::max(highest, float(model.scores[id]));
      }
    if (lowest == HUGE_VALF)
      return wrong("has no normal pieces");
    model.unknownScore = lowest - 10.0f;
    for (size_t id = 0; id < model.tokens.size(); ++id)
      switch (model.types[id]) {
      case TokenType::UserDefined: // by its length the best, or nearly
        if (model.kind == TokenizerKind::Unigram)
          model.scores[id] = double(float(model.tokens[id].size()) * highest) - 0.1;
        break;
      case TokenType::Unknown:
        model.unknown = int32_t(id);
        model.scores[id] = notAPiece;
        break;
      case TokenType::Unused:
        if (type == BPE)
          return wrong("piece " + std::to_string(id) + " is unused, which BPE would have to cut again: not supported");
        model.scores[id] = notAPiece;
        break;
      case TokenType::Byte:
        if (!byteFallback)
          model.types[id] = TokenType::Unused;
        model.scores[id] = notAPiece;
        break;
      case TokenType::Control:
        model.scores[id] = notAPiece;
        break;
      case TokenType::Normal:
        break;
      }
    return {};
  }
};

} // namespace

Result<TokenizerModel> fromSentencePiece(std::string_view bytes, const std::string &file) { return Builder(file).build(bytes); }

} // namespace vspec
