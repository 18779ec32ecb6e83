#include "vspec/Tokenizer/FromGGUF.h"
#include "lib/Tokenizer/ByteAlphabet.h"
#include "lib/Tokenizer/EndTokens.h"
#include "lib/Tokenizer/PatternDialect.h"
#include "lib/Tokenizer/PublishedPreTokenizers.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <cstdlib>
#include <unordered_map>

namespace vspec {
namespace {

class Builder {
public:
  explicit Builder(const GGUFTokenizerMetadata &from) : from(from) {}

  Result<TokenizerModel> build() {
    if (from.model != "llama" && from.model != "gpt2")
      return wrong("tokenizer.ggml.model is " + quote(from.model) +
                   ", but known are 'llama' (SentencePiece with scores) and 'gpt2' (byte-level BPE)");
    model.kind = from.model == "llama" ? TokenizerKind::SentencePiece : TokenizerKind::ByteLevelBPE;
    const bool sentencePiece = model.kind == TokenizerKind::SentencePiece;
    for (auto step : {&Builder::readTokens, sentencePiece ? &Builder::readScores : &Builder::readMerges,
                      sentencePiece ? &Builder::setUpSentencePiece : &Builder::setUpPreTokenizer, &Builder::readSpecialTokens})
      if (Result<void> done = (this->*step)(); !done)
        return done.error();
    if (Result<void> valid = model.validate(from.file); !valid)
      return valid.error();
    return std::move(model);
  }

private:
  const GGUFTokenizerMetadata &from;
  TokenizerModel model;

  Error wrong(const std::string &what) const { return Error{from.file + ": " + what}; }

  Result<void> readTokens() {
    const size_t count = from.tokens.size();
    if (count == 0)
      return wrong("tokenizer.ggml.tokens is missing or empty");
    if (from.types.size() != count)
      return wrong("tokenizer.ggml.token_type has " + std::to_string(from.types.size()) + " elements, but tokenizer.ggml.tokens has " +
                   std::to_string(count));
    std::unordered_map<std::string_view, size_t> seen;
    for (size_t id = 0; id < count; ++id) {
      const std::string &text = from.tokens[id];
      if (from.types[id] < 1 || from.types[id] > 6)
        return wrong("tokenizer.ggml.token_type[" + std::to_string(id) + "] is " + std::to_string(from.types[id]) +
                     ", but 1 to 6 are known");
      TokenType type = TokenType(from.types[id]);
      if (text.empty())
        type = TokenType::Unused;
      else if (auto [other, fresh] = seen.emplace(text, id); !fresh)
        return wrong("tokenizer.ggml.tokens has " + quote(text) + " twice, at " + std::to_string(other->second) + " and " +
                     std::to_string(id));
      // Files that were converted before their model's special tokens were known call them normal.
      if (type == TokenType::Normal && isEndTokenName(text))
        type = TokenType::Control;
      std::string bytes = text;
      if (type == TokenType::Byte) {
        char *end = nullptr;
        const unsigned long value = text.size() == 6 && text.compare(0, 3, "<0x") == 0 ? std::strtoul(text.c_str() + 3, &end, 16) : 0;
        if (!end || end != text.c_str() + 5 || *end != '>')
          return wrong("tokenizer.ggml.tokens[" + std::to_string(id) + "] is of type byte, but " + quote(text) + " is not like '<0x0A>'");
        bytes = std::string(1, char(value));
      } else if (model.kind == TokenizerKind::ByteLevelBPE && type == TokenType::Normal) {
        bytes = fromByteAlphabet(text).value_or(text);
      }
      model.tokens.push_back(std::move(bytes));
      model.types.push_back(type);
    }
    return {};
  }

  Result<void> readScores() {
    if (from.scores.size() != from.tokens.size())
      return wrong("tokenizer.ggml.scores has " + std::to_string(from.scores.size()) + " elements, but tokenizer.ggml.tokens has " +
                   std::to_string(from.tokens.size()));
    model.scores = from.scores;
    return {};
  }

  Result<void> readMerges() {
    if (from.merges.empty())
      return wrong("tokenizer.ggml.merges is missing or empty, but tokenizer.ggml.model 'gpt2' needs it");
    std::unordered_map<std::string_view, int32_t> ids;
    for (size_t id = 0; id < from.tokens.size(); ++id)
      ids.emplace(from.tokens[id], int32_t(id));
    auto idOf = [&](std::string_view text) {
      auto found = ids.find(text);
      return found == ids.end() ? -1 : found->second;
    };
    for (size_t rank = 0; rank < from.merges.size(); ++rank) {
      const std::string_view text = from.merges[rank];
      const size_t space = text.find(' ', 1);
      const std::string_view left = text.substr(0, space), right = space == text.npos ? "" : text.substr(space + 1);
      const std::string both = std::string(left) + std::string(right);
      const Merge merge{idOf(left), idOf(right), idOf(both)};
      if (merge.left < 0 || merge.right < 0 || merge.result < 0)
        return wrong("tokenizer.ggml.merges[" + std::to_string(rank) + "] is " + quote(text) +
                     ", but its two sides and what they make are not all tokens");
      model.merges.push_back(merge);
    }
    return {};
  }

  Result<void> setUpSentencePiece() {
    model.escapeSpaces = true;
    model.spacePrefix = from.addSpacePrefix.value_or(true) ? SpacePrefix::EveryText : SpacePrefix::None;
    model.stripLeadingSpace = model.spacePrefix != SpacePrefix::None;
    model.addBos = true;
    model.bos = 1;
    model.eos = 2;
    model.unknown = 0;
    return {};
  }

  Result<void> setUpPreTokenizer() {
    if (!from.pre)
      return wrong(
          "tokenizer.ggml.pre is missing, and how the text of a 'gpt2' vocabulary is cut into words cannot be guessed; known are " +
          publishedPreTokenizerNames());
    const PublishedPreTokenizer *published = publishedPreTokenizer(*from.pre);
    if (!published)
      return wrong("tokenizer.ggml.pre is " + quote(*from.pre) + ", but known are " + publishedPreTokenizerNames());
    for (std::string_view pattern : published->patterns) {
      Result<std::string> translated = patternFromOniguruma(pattern);
      if (!translated)
        return wrong("tokenizer.ggml.pre " + quote(*from.pre) + ": " + translated.error().message);
      model.splits.push_back({*translated, false});
    }
    model.wholeWordFirst = published->wholeWordFirst;
    model.addBos = published->addBos;
    model.normalizeNFC = published->normalizeNFC;
    return {};
  }

  Result<void> readId(const char *key, const std::optional<uint32_t> &given, int32_t &id) const {
    if (given && *given != UINT32_MAX && *given >= from.tokens.size())
      return wrong(std::string("tokenizer.ggml.") + key + " is " + std::to_string(*given) + ", but there are " +
                   std::to_string(from.tokens.size()) + " tokens");
    if (given)
      id = int32_t(*given);
    else if (id >= 0 && size_t(id) >= from.tokens.size())
      id = -1; // what stands where the file says nothing is not in this vocabulary
    return {};
  }

  Result<void> readSpecialTokens() {
    int32_t eot = -1, eom = -1, byteLevelUnknown = -1;
    // A byte-level vocabulary has a token for every byte; what such files call unknown is their end-of-text token.
    int32_t &unknown = model.kind == TokenizerKind::SentencePiece ? model.unknown : byteLevelUnknown;
    for (const Result<void> &done :
         {readId("bos_token_id", from.bos, model.bos), readId("eos_token_id", from.eos, model.eos),
          readId("unknown_token_id", from.unknown, unknown), readId("eot_token_id", from.eot, eot), readId("eom_token_id", from.eom, eom)})
      if (!done)
        return done.error();
    model.addBos = from.addBos.value_or(model.addBos);
    model.addEos = from.addEos.value_or(false);
    if (model.addBos && model.bos < 0)
      return wrong("a text starts with BOS (tokenizer.ggml.add_bos_token), but tokenizer.ggml.bos_token_id is missing");
    if (model.addEos && model.eos < 0)
      return wrong("a text ends with EOS (tokenizer.ggml.add_eos_token), but tokenizer.ggml.eos_token_id is missing");
    findEndTokens(model, {model.eos, eot, eom});
    stripAfterPhi3Tokens();
    return {};
  }

  void stripAfterPhi3Tokens() {
    std::string name = from.modelName;
    std::transform(name.begin(), name.end(), name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    if (name.find("phi-3") == name.npos && name.find("phi3") == name.npos)
      return;
    model.strips.assign(model.tokens.size(), 0);
    for (size_t id = 0; id < model.tokens.size(); ++id) {
      const std::string &text = model.tokens[id];
      const bool literal =
          model.types[id] == TokenType::Control || model.types[id] == TokenType::UserDefined || model.types[id] == TokenType::Unknown;
      if (literal && text != "<unk>" && text != "<s>" && text != "<|endoftext|>")
        model.strips[id] = StripRight;
    }
  }
};

} // namespace

Result<TokenizerModel> fromGGUF(const GGUFTokenizerMetadata &metadata) { return Builder(metadata).build(); }

} // namespace vspec
