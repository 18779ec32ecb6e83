#include "vspec/Tokenizer/FromGGUF.h"
#include "lib/Tokenizer/ByteAlphabet.h"
#include "lib/Tokenizer/CharacterClass.h"
#include "lib/Tokenizer/EndTokens.h"
#include "lib/Tokenizer/PatternDialect.h"
#include "lib/Tokenizer/PublishedPreTokenizers.h"
#include "lib/Tokenizer/UTF8.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <unordered_map>

namespace vspec {
namespace {

class Builder {
public:
  explicit Builder(const GGUFTokenizerMetadata &from) : from(from) {}

  Result<TokenizerModel> build() {
    std::vector<Result<void> (Builder::*)()> steps;
    if (from.model == "llama")
      steps = {&Builder::readTokens, &Builder::readScores, &Builder::setUpSentencePiece};
    else if (from.model == "t5")
      steps = {&Builder::readTokens, &Builder::readScores, &Builder::setUpUnigram};
    else if (from.model == "bert")
      steps = {&Builder::readTokens, &Builder::setUpWordPiece};
    else if (from.model == "gpt2" || from.model == "gemma4")
      steps = {&Builder::setUpPreTokenizer, &Builder::readTokens, &Builder::readMerges};
    else
      return wrong("tokenizer.ggml.model is " + quote(from.model) +
                   ", but known are 'llama' (SentencePiece with scores), 'gpt2' and 'gemma4' (BPE), 't5' (Unigram) and 'bert' (WordPiece)");
    steps.push_back(&Builder::readSpecialTokens);
    for (auto step : steps)
      if (Result<void> done = (this->*step)(); !done)
        return done.error();
    keepSpellings();
    if (Result<void> valid = model.validate(from.file); !valid)
      return valid.error();
    return std::move(model);
  }

private:
  const GGUFTokenizerMetadata &from;
  TokenizerModel model;
  bool addBos = false, addEos = false; // if the file does not say so

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
        std::optional<std::string> byte = fromByteName(text);
        if (!byte)
          return wrong("tokenizer.ggml.tokens[" + std::to_string(id) + "] is of type byte, but " + quote(text) + " is not like '<0x0A>'");
        bytes = std::move(*byte);
      } else if (from.model == "gpt2" && model.kind == TokenizerKind::ByteLevelBPE && type == TokenType::Normal) {
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
    model.scores.assign(from.scores.begin(), from.scores.end());
    return {};
  }

  Result<void> readMerges() {
    if (from.merges.empty())
      return wrong("tokenizer.ggml.merges is missing or empty, but tokenizer.ggml.model " + quote(from.model) + " needs it");
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

  // Neither control tokens nor what users added has spaces written as U+2581.
  void keepSpellings() {
    if (!model.unescapeSpaces)
      return;
    for (size_t id = 0; id < model.tokens.size(); ++id)
      if ((model.types[id] == TokenType::Control || model.types[id] == TokenType::UserDefined) &&
          model.tokens[id].find(escapedSpace) != std::string::npos)
        model.spellings.push_back({int32_t(id), model.tokens[id]});
  }

  void escapeSpaces() {
    model.normalizers.push_back({NormalizeStep::Replace, 0, " ", std::string(escapedSpace)});
    model.unescapeSpaces = true;
  }

  Result<void> setUpSentencePiece() {
    model.kind = TokenizerKind::SentencePiece;
    escapeSpaces();
    if (from.addSpacePrefix.value_or(true)) {
      model.normalizers.push_back({NormalizeStep::Prepend, 0, "", std::string(escapedSpace)});
      model.dropSpaces = 1;
    }
    addBos = true;
    model.bos = 1;
    model.eos = 2;
    model.unknown = 0;
    return {};
  }

  Result<void> setUpUnigram() {
    model.kind = TokenizerKind::Unigram;
    model.fuseUnknown = true;
    const uint32_t flags = NormalizeStep::EscapeSpaces | (from.addSpacePrefix.value_or(false) ? NormalizeStep::PrefixSpace : 0) |
                           (from.removeExtraSpaces.value_or(false) ? NormalizeStep::RemoveExtraSpaces : 0);
    model.normalizers.push_back({NormalizeStep::SentencePiece, flags, from.charsmap, ""});
    model.unescapeSpaces = true;
    model.dropSpaces = from.addSpacePrefix.value_or(false);
    // What is no piece is found literally or not at all; the others are as likely as can be if users defined them.
    double lowest = 0;
    for (size_t id = 0; id < model.tokens.size(); ++id) {
      const TokenType type = model.types[id];
      if (type == TokenType::Normal)
        lowest = std::min(lowest, model.scores[id]);
      else
        model.scores[id] = type == TokenType::UserDefined ? 0 : notAPiece;
    }
    model.unknownScore = double(float(lowest) - 10.0f);
    addEos = true;
    model.eos = 1;
    model.unknown = 2;
    return {};
  }

  // The words of such a file start with U+2581 and go on without a prefix.
  Result<void> setUpWordPiece() {
    model.kind = TokenizerKind::WordPiece;
    model.longestWord = UINT32_MAX;
    const std::string punctuation = "[" + std::string(punctuationClass) + "]";
    model.normalizers = {{NormalizeStep::CleanText},
                         {NormalizeStep::SpaceChinese},
                         {NormalizeStep::NFD},
                         {NormalizeStep::DropMarks, NormalizeStep::OnlyNonSpacing},
                         {NormalizeStep::Lowercase}};
    model.splits = {{"[" + std::string(whiteSpaceClass) + "]", SplitBehavior::Removed},
                    {punctuation},
                    {std::string(escapedSpace), SplitBehavior::Isolated, false, true, SpacePrefix::EveryText}};
    model.unescapeSpaces = true;
    model.dropSpaces = 1;
    addBos = addEos = true;
    model.bos = 101;
    model.eos = 102;
    model.unknown = 100;
    return {};
  }

  Result<void> setUpPreTokenizer() {
    const std::optional<std::string> name = from.model == "gemma4" ? "gemma4" : from.pre;
    if (!name)
      return wrong(
          "tokenizer.ggml.pre is missing, and how the text of a 'gpt2' vocabulary is cut into words cannot be guessed; known are " +
          publishedPreTokenizerNames());
    const PublishedPreTokenizer *published = publishedPreTokenizer(*name);
    if (!published)
      return wrong("tokenizer.ggml.pre is " + quote(*name) + ", but known are " + publishedPreTokenizerNames());
    model.kind = published->characters ? TokenizerKind::CharacterBPE : TokenizerKind::ByteLevelBPE;
    if (published->characters)
      escapeSpaces();
    if (published->normalizeNFC)
      model.normalizers.push_back({NormalizeStep::NFC});
    for (std::string_view pattern : published->patterns) {
      Result<std::string> translated = patternFromOniguruma(pattern);
      if (!translated)
        return wrong("tokenizer.ggml.pre " + quote(*name) + ": " + translated.error().message);
      model.splits.push_back({*translated});
    }
    model.wholeWordFirst = published->wholeWordFirst;
    addBos = published->addBos;
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
    int32_t &unknown = model.kind != TokenizerKind::ByteLevelBPE ? model.unknown : byteLevelUnknown;
    for (const Result<void> &done :
         {readId("bos_token_id", from.bos, model.bos), readId("eos_token_id", from.eos, model.eos),
          readId("unknown_token_id", from.unknown, unknown), readId("eot_token_id", from.eot, eot), readId("eom_token_id", from.eom, eom)})
      if (!done)
        return done.error();
    if (from.addBos.value_or(addBos) && model.bos >= 0)
      model.before = {model.bos};
    if (from.addEos.value_or(addEos) && model.eos >= 0)
      model.after = {model.eos};
    if (from.addBos.value_or(addBos) && model.bos < 0)
      return wrong("a text starts with BOS (tokenizer.ggml.add_bos_token), but tokenizer.ggml.bos_token_id is missing");
    if (from.addEos.value_or(addEos) && model.eos < 0)
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
    model.literals.assign(model.tokens.size(), 0);
    for (size_t id = 0; id < model.tokens.size(); ++id) {
      const std::string &text = model.tokens[id];
      const bool literal =
          model.types[id] == TokenType::Control || model.types[id] == TokenType::UserDefined || model.types[id] == TokenType::Unknown;
      if (literal && text != "<unk>" && text != "<s>" && text != "<|endoftext|>")
        model.literals[id] = StripRight;
    }
  }
};

} // namespace

Result<TokenizerModel> fromGGUF(const GGUFTokenizerMetadata &metadata) { return Builder(metadata).build(); }

} // namespace vspec
