// The `decoder` of a tokenizer.json. What its steps make of a token depends on the token and on whether it starts the text, so all of them
// are run here, once, and the model holds what comes out; only what is cut off the ends of a text is left to do.
#include "lib/Tokenizer/ByteAlphabet.h"
#include "lib/Tokenizer/HuggingFacePipeline.h"
#include "lib/Tokenizer/HuggingFaceSteps.h"
#include "lib/Tokenizer/UTF8.h"
#include <algorithm>
#include <functional>

namespace vspec {
namespace {

using Step = std::function<std::string(std::string text, bool first)>;

std::string cleanedUp(std::string text) {
  constexpr std::pair<std::string_view, std::string_view> changes[] = {
      {" .", "."},   {" ?", "?"},           {" !", "!"},   {" ,", ","},     {" ' ", "'"},   {" n't", "n't"},
      {" 'm", "'m"}, {" do not", " don't"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (auto [from, to] : changes)
    text = replaced(text, from, to);
  return text;
}

class Reader {
public:
  explicit Reader(TokenizerModel &model) : model(model) {}

  std::vector<Step> steps;
  bool joined = false; // the tokens are one text from here on
  bool decodesByteLevel = false, decodesBytes = false;
  bool spaceBetween = false; // each token but the first starts with a space

  Result<void> read(const Json &step, std::string_view type) {
    if (type == "Fuse" || type == "ByteLevel")
      return join(step, type == "ByteLevel");
    if (type == "Strip")
      return strip(step);
    if (joined)
      return step.error("comes after Fuse or ByteLevel, where only 'Strip' is known");
    if (type == "ByteFallback") {
      decodesBytes = true;
      steps.push_back([](std::string text, bool) { return fromByteName(text).value_or(text); });
      return {};
    }
    if (type == "Replace")
      return replace(step);
    if (type == "Metaspace")
      return metaspace(step);
    if (type == "WordPiece")
      return wordPiece(step);
    if (type == "BPEDecoder") {
      Result<std::string_view> suffix = step.stringOr("suffix", "</w>");
      if (!suffix)
        return suffix.error();
      if (suffix->empty() || *suffix != model.wordSuffix)
        return step.error("has suffix " + quote(*suffix) + ", expected the end_of_word_suffix of the model, " + quote(model.wordSuffix));
      model.dropLastSpace = true;
      steps.push_back([suffix = std::string(*suffix)](std::string text, bool) { return replaced(text, suffix, " "); });
      return {};
    }
    return unknownType(step, type, "'ByteLevel', 'Replace', 'ByteFallback', 'Fuse', 'Strip', 'Metaspace', 'WordPiece' and 'BPEDecoder'");
  }

  // Without a decoder tokens are joined by spaces.
  void joinBySpaces() {
    spaceBetween = true;
    steps.push_back([](std::string text, bool first) { return first ? text : " " + text; });
  }

  std::string decoded(std::string text, bool first) const {
    for (const Step &step : steps)
      text = step(std::move(text), first);
    return text;
  }

private:
  TokenizerModel &model;

  Result<void> join(const Json &step, bool bytes) {
    if (bytes && model.kind != TokenizerKind::ByteLevelBPE)
      return step.error("undoes ByteLevel, but pre_tokenizer does not do it");
    if (bytes && joined)
      return step.error("comes after Fuse");
    joined = true;
    if (bytes) {
      decodesByteLevel = true;
      steps.push_back([](std::string text, bool) { return fromByteAlphabet(text).value_or(text); });
    }
    return {};
  }

  Result<void> strip(const Json &step) {
    Result<std::string_view> content = step.string("content");
    Result<int64_t> start = step.integer("start"), stop = step.integer("stop");
    if (!content)
      return content.error();
    if (!start)
      return start.error();
    if (!stop)
      return stop.error();
    if (*start < 0 || *start > UINT16_MAX || *stop != 0 || (joined && *content != " "))
      return step.error("strips something else than up to 65535 ' ' at the start");
    if (joined) {
      model.dropSpaces = uint32_t(*start);
      return {};
    }
    steps.push_back([content = std::string(*content), start = *start](std::string text, bool) {
      for (int64_t i = 0; i < start && !content.empty() && text.compare(0, content.size(), content) == 0; ++i)
        text.erase(0, content.size());
      return text;
    });
    return {};
  }

  Result<void> replace(const Json &step) {
    Result<Replacement> replacement = replacementOf(step);
    if (!replacement)
      return replacement.error();
    if (!replacement->literal || replacement->from.empty())
      return step.error("replaces a pattern, but known is a text");
    model.unescapeSpaces |= replacement->from == escapedSpace && replacement->to == " ";
    steps.push_back([from = std::string(replacement->from), to = std::string(replacement->to)](std::string text, bool) {
      return replaced(text, from, to);
    });
    return {};
  }

  Result<void> metaspace(const Json &step) {
    Result<std::string_view> space = step.string("replacement");
    Result<bool> oldPrefix = step.booleanOr("add_prefix_space", true);
    Result<std::string_view> scheme = step.stringOr("prepend_scheme", oldPrefix && !*oldPrefix ? "never" : "always");
    for (const Result<std::string_view> *part : {&space, &scheme})
      if (!*part)
        return part->error();
    if (!oldPrefix)
      return oldPrefix.error();
    if (space->empty())
      return step.error("writes spaces as nothing, expected a replacement");
    const bool dropsFirst = *scheme != "never";
    model.unescapeSpaces |= *space == escapedSpace;
    model.firstDropsSpaces |= *space == escapedSpace && dropsFirst;
    steps.push_back([space = std::string(*space), dropsFirst](std::string text, bool first) {
      return replaced(text, space, first && dropsFirst ? "" : " ");
    });
    return {};
  }

  Result<void> wordPiece(const Json &step) {
    Result<std::string_view> prefix = step.stringOr("prefix", "##");
    Result<bool> cleanup = step.booleanOr("cleanup", true);
    if (!prefix)
      return prefix.error();
    if (!cleanup)
      return cleanup.error();
    spaceBetween = true;
    steps.push_back([prefix = std::string(*prefix), cleanup = *cleanup](std::string text, bool first) {
      if (!first && text.compare(0, prefix.size(), prefix) == 0)
        text.erase(0, prefix.size());
      else if (!first)
        text.insert(0, " ");
      return cleanup ? cleanedUp(text) : text;
    });
    return {};
  }
};

// What Tokenizer makes of a token that has no spelling.
std::string withoutSpelling(const TokenizerModel &model, size_t id, bool first) {
  if (!model.unescapeSpaces)
    return model.tokens[id];
  return replaced(model.tokens[id], escapedSpace, first && model.firstDropsSpaces ? "" : " ");
}

} // namespace

Result<void> readDecoder(const Json &tokenizer, const std::vector<std::string> &texts, TokenizerModel &model) {
  Reader reader(model);
  const std::optional<Json> decoder = given(tokenizer, "decoder");
  if (!decoder)
    reader.joinBySpaces();
  else if (Result<void> done = forEachStep(*decoder, "decoders", [&](auto &step, auto type) { return reader.read(step, type); }); !done)
    return done.error();
  if (model.kind == TokenizerKind::ByteLevelBPE && !reader.decodesByteLevel)
    return tokenizer.error("has no decoder ByteLevel, so what pre_tokenizer does to bytes would never be undone");
  if (!reader.decodesBytes && std::find(model.types.begin(), model.types.end(), TokenType::Byte) != model.types.end())
    return tokenizer.error("has no decoder ByteFallback, so the byte tokens of model.byte_fallback would never be text again");

  model.dropSpaces += reader.spaceBetween;
  for (size_t id = 0; id < texts.size(); ++id) {
    if (texts[id].empty())
      continue;
    const std::string text = reader.decoded(texts[id], false), first = reader.decoded(texts[id], true);
    const bool spelt = text != withoutSpelling(model, id, false);
    if (spelt)
      model.spellings.push_back({int32_t(id), text});
    std::string found = spelt ? text : withoutSpelling(model, id, true);
    if (reader.spaceBetween && !found.empty() && found[0] == ' ')
      found.erase(0, 1);
    if (found != first)
      model.firstSpellings.push_back({int32_t(id), reader.spaceBetween ? " " + first : first});
  }
  return {};
}

} // namespace vspec
