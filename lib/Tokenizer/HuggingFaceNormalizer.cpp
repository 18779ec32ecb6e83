// The `normalizer` of a tokenizer.json.
#include "lib/Tokenizer/Base64.h"
#include "lib/Tokenizer/HuggingFacePipeline.h"
#include "lib/Tokenizer/HuggingFaceSteps.h"
#include "lib/Tokenizer/PatternDialect.h"
#include <algorithm>

namespace vspec {
namespace {

using Kind = NormalizeStep::Kind;

// Those without options.
constexpr std::pair<std::string_view, Kind> plainSteps[] = {{"NFC", Kind::NFC},
                                                            {"NFD", Kind::NFD},
                                                            {"NFKC", Kind::NFKC},
                                                            {"NFKD", Kind::NFKD},
                                                            {"Lowercase", Kind::Lowercase},
                                                            {"Nmt", Kind::Nmt},
                                                            {"StripAccents", Kind::DropMarks}};

Result<void> readReplace(const Json &step, std::vector<NormalizeStep> &steps) {
  Result<Replacement> replacement = replacementOf(step);
  if (!replacement)
    return replacement.error();
  auto [literal, from, to] = *replacement;
  if (literal && from.empty())
    return step.error("replaces an empty text, expected one that can be found");
  Result<std::string> translated = literal ? std::string(from) : patternFromOniguruma(from);
  if (!translated)
    return step.error("cannot be run: " + translated.error().message);
  steps.push_back({literal ? Kind::Replace : Kind::ReplacePattern, 0, *translated, std::string(to)});
  return {};
}

Result<void> readBert(const Json &step, std::vector<NormalizeStep> &steps) {
  Result<bool> clean = step.booleanOr("clean_text", true), chinese = step.booleanOr("handle_chinese_chars", true),
               lower = step.booleanOr("lowercase", true);
  Result<bool> accents = step.booleanOr("strip_accents", lower && *lower);
  for (const Result<bool> *part : {&clean, &chinese, &lower, &accents})
    if (!*part)
      return part->error();
  if (*clean)
    steps.push_back({Kind::CleanText});
  if (*chinese)
    steps.push_back({Kind::SpaceChinese});
  if (*accents) {
    steps.push_back({Kind::NFD});
    steps.push_back({Kind::DropMarks, NormalizeStep::OnlyNonSpacing});
  }
  if (*lower)
    steps.push_back({Kind::Lowercase});
  return {};
}

Result<void> readStep(const Json &step, std::string_view type, std::vector<NormalizeStep> &steps) {
  for (auto [name, kind] : plainSteps)
    if (type == name) {
      steps.push_back({kind});
      return {};
    }
  if (type == "Replace")
    return readReplace(step, steps);
  if (type == "BertNormalizer")
    return readBert(step, steps);
  if (type == "Prepend") {
    Result<std::string_view> text = step.string("prepend");
    if (!text)
      return text.error();
    steps.push_back({Kind::Prepend, 0, "", std::string(*text)});
    return {};
  }
  if (type == "Strip") {
    Result<bool> left = step.booleanOr("strip_left", true), right = step.booleanOr("strip_right", true);
    for (const Result<bool> *part : {&left, &right})
      if (!*part)
        return part->error();
    steps.push_back({Kind::Strip, (*left ? AtStart : 0u) | (*right ? AtEnd : 0u)});
    return {};
  }
  if (type == "Precompiled") {
    Result<std::string_view> text = step.string("precompiled_charsmap");
    if (!text)
      return text.error();
    std::optional<std::string> map = fromBase64(*text);
    if (!map)
      return step.error("has a precompiled_charsmap that is not in base 64");
    steps.push_back({Kind::CharacterMap, 0, std::move(*map)});
    return {};
  }
  return unknownType(step, type,
                     "'NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'Strip', 'StripAccents', 'Replace', 'Prepend', 'Precompiled', "
                     "'BertNormalizer' and 'Nmt'");
}

} // namespace

Result<void> readNormalizer(const Json &tokenizer, TokenizerModel &model) {
  const std::optional<Json> normalizer = given(tokenizer, "normalizer");
  if (!normalizer)
    return {};
  return forEachStep(*normalizer, "normalizers", [&](auto &step, auto type) { return readStep(step, type, model.normalizers); });
}

} // namespace vspec
