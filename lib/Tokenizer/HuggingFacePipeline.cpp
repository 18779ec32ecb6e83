#include "lib/Tokenizer/HuggingFacePipeline.h"
#include "lib/Tokenizer/HuggingFaceSteps.h"
#include "lib/Tokenizer/PatternDialect.h"
#include "lib/Tokenizer/PublishedPreTokenizers.h"
#include "lib/Tokenizer/UTF8.h"
#include "vspec/Support/Quote.h"

namespace vspec {
namespace {

Result<bool> isString(const Json &parent, std::string_view key, std::string_view expected) {
  Result<std::string_view> found = parent.string(key);
  if (!found)
    return found.error();
  return *found == expected;
}

// {"type": "Replace", "pattern": {"String": from}, "content": to}
Result<bool> isReplace(const Json &step, std::string_view from, std::string_view to) {
  const std::optional<Json> pattern = step.find("pattern"), string = pattern ? pattern->find("String") : std::nullopt;
  if (!string)
    return false;
  Result<std::string_view> found = string->string();
  if (!found)
    return found.error();
  Result<bool> content = isString(step, "content", to);
  if (!content)
    return content.error();
  return *found == from && *content;
}

class Pipeline {
public:
  Pipeline(const Json &tokenizer, TokenizerModel &model) : tokenizer(tokenizer), model(model) {}

  Result<void> read() {
    auto normalizer = given(tokenizer, "normalizer"), preTokenizer = given(tokenizer, "pre_tokenizer"),
         decoder = given(tokenizer, "decoder");
    if (!decoder)
      return tokenizer.error("has no decoder, expected ByteLevel, Metaspace or a Sequence");
    model.kind = TokenizerKind::CharacterBPE;
    if (preTokenizer) {
      auto find = [&](const Json &, std::string_view type) -> Result<void> {
        if (type == "ByteLevel")
          model.kind = TokenizerKind::ByteLevelBPE;
        return {};
      };
      if (Result<void> done = forEachStep(*preTokenizer, "pretokenizers", find); !done)
        return done.error();
    }
    if (normalizer)
      if (Result<void> done = forEachStep(*normalizer, "normalizers", [&](auto &step, auto type) { return normalize(step, type); }); !done)
        return done.error();
    if (preTokenizer)
      if (Result<void> done = forEachStep(*preTokenizer, "pretokenizers", [&](auto &step, auto type) { return preTokenize(step, type); });
          !done)
        return done.error();
    if (Result<void> done = forEachStep(*decoder, "decoders", [&](auto &step, auto type) { return decode(step, type); }); !done)
      return done.error();
    if (model.escapeSpaces != unescapes)
      return decoder->error(unescapes ? "makes spaces of U+2581, but nothing makes U+2581 of spaces"
                                      : "does not make spaces of U+2581 again");
    if (byteLevel() != decodesByteLevel)
      return decoder->error("does not undo what pre_tokenizer does to bytes");
    const std::optional<Json> bpe = tokenizer.find("model");
    Result<bool> byteTokens = bpe ? bpe->booleanOr("byte_fallback", false) : false;
    if (!byteTokens)
      return byteTokens.error();
    if (*byteTokens && !byteLevel() && !decodesBytes)
      return decoder->error("has no ByteFallback, so the byte tokens of model.byte_fallback would never be text again");
    return {};
  }

private:
  const Json &tokenizer;
  TokenizerModel &model;
  bool afterByteLevel = false;                                            // bytes are written in GPT-2's alphabet from here on
  bool unescapes = false, decodesByteLevel = false, decodesBytes = false; // what the decoder does

  bool byteLevel() const { return model.kind == TokenizerKind::ByteLevelBPE; }

  Result<void> normalize(const Json &step, std::string_view type) {
    if (type == "NFC") {
      model.normalizeNFC = true;
      return {};
    }
    if (!byteLevel() && type == "Prepend") {
      Result<bool> space = isString(step, "prepend", escapedSpace);
      if (!space)
        return space.error();
      if (!*space)
        return step.error("prepends something else than U+2581");
      model.spacePrefix = SpacePrefix::EveryText;
      return {};
    }
    if (!byteLevel() && type == "Replace") {
      Result<bool> escape = isReplace(step, " ", escapedSpace);
      if (!escape)
        return escape.error();
      if (!*escape)
        return step.error("replaces something else than ' ' by U+2581");
      model.escapeSpaces = true;
      return {};
    }
    return unknownType(step, type, byteLevel() ? "'NFC' (beside ByteLevel)" : "'NFC', 'Prepend' and 'Replace'");
  }

  Result<void> preTokenize(const Json &step, std::string_view type) {
    if (afterByteLevel)
      return step.error("comes after ByteLevel, where text is no longer text; expected ByteLevel as the last step");
    if (type == "Split")
      return split(step);
    if (type == "ByteLevel")
      return byteLevelStep(step);
    if (type == "Digits") {
      Result<bool> each = step.booleanOr("individual_digits", false);
      if (!each)
        return each.error();
      model.splits.push_back({*each ? "\\p{N}" : "\\p{N}+", false});
      return {};
    }
    if (type == "Metaspace" && !byteLevel())
      return metaspace(step);
    return unknownType(step, type, byteLevel() ? "'Split', 'Digits' and 'ByteLevel'" : "'Split', 'Digits', 'ByteLevel' and 'Metaspace'");
  }

  Result<void> byteLevelStep(const Json &step) {
    Result<bool> prefix = step.booleanOr("add_prefix_space", true), regex = step.booleanOr("use_regex", true);
    if (!prefix)
      return prefix.error();
    if (!regex)
      return regex.error();
    if (*prefix)
      return step.error("has add_prefix_space true, which is not supported");
    if (*regex)
      if (Result<void> done = addPattern(step, gpt2Pattern, false); !done)
        return done.error();
    afterByteLevel = true;
    return {};
  }

  Result<void> addPattern(const Json &step, std::string_view pattern, bool dropGaps) {
    Result<std::string> translated = patternFromOniguruma(pattern);
    if (!translated)
      return step.error("cannot be run: " + translated.error().message);
    model.splits.push_back({*translated, dropGaps});
    return {};
  }

  Result<void> split(const Json &step) {
    Result<Json> pattern = step.object("pattern");
    Result<std::string_view> behavior = step.string("behavior");
    Result<bool> invert = step.booleanOr("invert", false);
    if (!pattern)
      return pattern.error();
    if (!behavior)
      return behavior.error();
    if (!invert)
      return invert.error();
    const std::optional<Json> literal = pattern->find("String");
    Result<std::string_view> text = literal ? literal->string() : pattern->string("Regex");
    if (!text)
      return text.error();
    if (literal && *text == " " && model.escapeSpaces)
      return {}; // no space is left
    // What keeps matches and gaps is the same inverted; what drops the gaps is an inverted Removed.
    const bool dropGaps = *behavior == "Removed" && *invert;
    if (*behavior != "Isolated" && !dropGaps)
      return step.error("has behavior " + quote(*behavior) + ", but known are 'Isolated' and an inverted 'Removed'");
    if (!literal)
      return addPattern(step, *text, dropGaps);
    model.splits.push_back({patternOfText(*text), dropGaps});
    return {};
  }

  Result<void> metaspace(const Json &step) {
    Result<bool> replacement = isString(step, "replacement", escapedSpace);
    Result<bool> oldPrefix = step.booleanOr("add_prefix_space", true), splits = step.booleanOr("split", true);
    Result<std::string_view> scheme = step.stringOr("prepend_scheme", oldPrefix && !*oldPrefix ? "never" : "always");
    for (const Result<bool> *part : {&replacement, &oldPrefix, &splits})
      if (!*part)
        return part->error();
    if (!scheme)
      return scheme.error();
    if (!*replacement)
      return step.error("replaces spaces by something else than U+2581");
    if (*scheme != "always" && *scheme != "first" && *scheme != "never")
      return step.error("has prepend_scheme " + quote(*scheme) + ", but known are 'always', 'first' and 'never'");
    if (model.spacePrefix != SpacePrefix::None || model.escapeSpaces)
      return step.error("escapes spaces that the normalizer has escaped");
    model.escapeSpaces = true;
    model.prefixUnlessSpace = true;
    model.spacePrefix = *scheme == "always" ? SpacePrefix::EveryText : *scheme == "first" ? SpacePrefix::FirstText : SpacePrefix::None;
    if (*splits)
      model.splits.push_back({std::string(escapedSpace) + "[^" + std::string(escapedSpace) + "]*", false});
    return {};
  }

  Result<void> decode(const Json &step, std::string_view type) {
    if (byteLevel() && type == "ByteLevel") {
      decodesByteLevel = true;
      return {};
    }
    if (byteLevel())
      return unknownType(step, type, "'ByteLevel' (beside pre_tokenizer ByteLevel)");
    if (type == "Fuse")
      return {};
    if (type == "ByteFallback") {
      decodesBytes = true;
      return {};
    }
    if (type == "Metaspace") {
      unescapes = true;
      model.stripLeadingSpace = model.spacePrefix != SpacePrefix::None;
      return {};
    }
    if (type == "Replace") {
      Result<bool> unescape = isReplace(step, escapedSpace, " ");
      if (!unescape)
        return unescape.error();
      if (!*unescape)
        return step.error("replaces something else than U+2581 by ' '");
      unescapes = true;
      return {};
    }
    if (type == "Strip") {
      Result<bool> content = isString(step, "content", " ");
      Result<int64_t> start = step.integer("start"), stop = step.integer("stop");
      if (!content)
        return content.error();
      if (!start)
        return start.error();
      if (!stop)
        return stop.error();
      if (!*content || *start != 1 || *stop != 0)
        return step.error("strips something else than one ' ' at the start");
      model.stripLeadingSpace = true;
      return {};
    }
    return unknownType(step, type, "'Replace', 'ByteFallback', 'Fuse', 'Strip' and 'Metaspace'");
  }
};

} // namespace

Result<void> readHuggingFacePipeline(const Json &tokenizer, TokenizerModel &model) { return Pipeline(tokenizer, model).read(); }

} // namespace vspec
