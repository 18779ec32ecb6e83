// The `pre_tokenizer` of a tokenizer.json.
#include "lib/Tokenizer/CharacterClass.h"
#include "lib/Tokenizer/HuggingFacePipeline.h"
#include "lib/Tokenizer/HuggingFaceSteps.h"
#include "lib/Tokenizer/PatternDialect.h"
#include "lib/Tokenizer/PublishedPreTokenizers.h"

namespace vspec {
namespace {

Result<SplitBehavior> behaviorOf(const Json &step, std::string_view otherwise) {
  Result<std::string_view> name = step.stringOr("behavior", otherwise);
  if (!name)
    return name.error();
  constexpr std::string_view names[] = {"Isolated", "Removed", "Contiguous", "MergedWithPrevious", "MergedWithNext"};
  for (size_t i = 0; i < std::size(names); ++i)
    if (*name == names[i])
      return SplitBehavior(i);
  return step.error("has behavior " + quote(*name) +
                    ", but known are 'Isolated', 'Removed', 'Contiguous', 'MergedWithPrevious' and 'MergedWithNext'");
}

class Reader {
public:
  explicit Reader(std::vector<SplitStep> &splits) : splits(splits) {}

  bool byteLevel = false; // text is in GPT-2's alphabet from here on

  Result<void> read(const Json &step, std::string_view type) {
    if (byteLevel)
      return step.error("comes after ByteLevel, where text is no longer text; expected ByteLevel as the last step");
    if (type == "Split")
      return split(step);
    if (type == "ByteLevel")
      return readByteLevel(step);
    if (type == "Metaspace")
      return metaspace(step);
    if (type == "Digits") {
      Result<bool> each = step.booleanOr("individual_digits", false);
      if (!each)
        return each.error();
      splits.push_back({*each ? "\\p{N}" : "\\p{N}+"});
      return {};
    }
    if (type == "Punctuation") {
      Result<SplitBehavior> behavior = behaviorOf(step, "Isolated");
      if (!behavior)
        return behavior.error();
      splits.push_back({oneOf(punctuationClass), *behavior});
      return {};
    }
    if (type == "CharDelimiterSplit") {
      Result<std::string_view> delimiter = step.string("delimiter");
      if (!delimiter)
        return delimiter.error();
      splits.push_back({patternOfText(*delimiter), SplitBehavior::Removed});
      return {};
    }
    if (type == "Whitespace") {
      splits.push_back(
          {oneOf(wordClass) + "+|[^" + std::string(wordClass) + std::string(whiteSpaceClass) + "]+", SplitBehavior::Removed, true});
      return {};
    }
    if (type == "WhitespaceSplit" || type == "BertPreTokenizer") {
      splits.push_back({oneOf(whiteSpaceClass), SplitBehavior::Removed});
      if (type == "BertPreTokenizer")
        splits.push_back({oneOf(punctuationClass)});
      return {};
    }
    return unknownType(step, type,
                       "'Split', 'Digits', 'Punctuation', 'Whitespace', 'WhitespaceSplit', 'BertPreTokenizer', 'CharDelimiterSplit', "
                       "'ByteLevel' and 'Metaspace'");
  }

private:
  std::vector<SplitStep> &splits;

  static std::string oneOf(std::string_view characters) { return "[" + std::string(characters) + "]"; }

  void writeSpaces(std::string_view space, SpacePrefix prefix) {
    splits.push_back({std::string(space), SplitBehavior::Isolated, false, true, prefix});
  }

  Result<void> addPattern(const Json &step, std::string_view pattern, SplitBehavior behavior, bool invert) {
    Result<std::string> translated = patternFromOniguruma(pattern);
    if (!translated)
      return step.error("cannot be run: " + translated.error().message);
    splits.push_back({*translated, behavior, invert});
    return {};
  }

  Result<void> readByteLevel(const Json &step) {
    Result<bool> prefix = step.booleanOr("add_prefix_space", true), regex = step.booleanOr("use_regex", true);
    if (!prefix)
      return prefix.error();
    if (!regex)
      return regex.error();
    byteLevel = true;
    if (*prefix)
      writeSpaces(" ", SpacePrefix::EveryText);
    return *regex ? addPattern(step, gpt2Pattern, SplitBehavior::Isolated, false) : Result<void>();
  }

  Result<void> split(const Json &step) {
    Result<Json> pattern = step.object("pattern");
    Result<SplitBehavior> behavior = behaviorOf(step, "");
    Result<bool> invert = step.booleanOr("invert", false);
    if (!pattern)
      return pattern.error();
    if (!behavior)
      return behavior.error();
    if (!invert)
      return invert.error();
    const bool literal = pattern->find("String").has_value();
    Result<std::string_view> text = pattern->string(literal ? "String" : "Regex");
    if (!text)
      return text.error();
    if (!literal)
      return addPattern(step, *text, *behavior, *invert);
    splits.push_back({patternOfText(*text), *behavior, *invert});
    return {};
  }

  Result<void> metaspace(const Json &step) {
    Result<bool> oldPrefix = step.booleanOr("add_prefix_space", true), cuts = step.booleanOr("split", true);
    Result<std::string_view> space = step.string("replacement"),
                             scheme = step.stringOr("prepend_scheme", oldPrefix && !*oldPrefix ? "never" : "always");
    for (const Result<bool> *part : {&oldPrefix, &cuts})
      if (!*part)
        return part->error();
    for (const Result<std::string_view> *part : {&space, &scheme})
      if (!*part)
        return part->error();
    if (space->empty())
      return step.error("writes spaces as nothing, expected a replacement");
    if (*scheme != "always" && *scheme != "first" && *scheme != "never")
      return step.error("has prepend_scheme " + quote(*scheme) + ", but known are 'always', 'first' and 'never'");
    writeSpaces(*space, *scheme == "always" ? SpacePrefix::EveryText : *scheme == "first" ? SpacePrefix::FirstText : SpacePrefix::None);
    if (*cuts)
      splits.push_back({patternOfText(*space), SplitBehavior::MergedWithNext});
    return {};
  }
};

} // namespace

Result<bool> readPreTokenizer(const Json &tokenizer, TokenizerModel &model) {
  Reader reader(model.splits);
  if (const std::optional<Json> preTokenizer = given(tokenizer, "pre_tokenizer"))
    if (Result<void> done = forEachStep(*preTokenizer, "pretokenizers", [&](auto &step, auto type) { return reader.read(step, type); });
        !done)
      return done.error();
  return reader.byteLevel;
}

} // namespace vspec
