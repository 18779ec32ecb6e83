// The steps of which normalizer, pre_tokenizer, decoder and post_processor of a tokenizer.json consist.
#ifndef VSPEC_LIB_TOKENIZER_HUGGINGFACESTEPS_H
#define VSPEC_LIB_TOKENIZER_HUGGINGFACESTEPS_H
#include "vspec/Support/Json.h"
#include "vspec/Support/Quote.h"

namespace vspec {

/// The member, if it is there and not null.
inline std::optional<Json> given(const Json &parent, std::string_view key) {
  std::optional<Json> member = parent.find(key);
  return member && !member->isNull() ? member : std::nullopt;
}

inline Error unknownType(const Json &step, std::string_view type, const std::string &known) {
  return step.error("is of type " + quote(type) + ", but known are " + known);
}

/// Calls `read(step, type)` for a step, or for each step of a Sequence whose steps are under `key`.
template <typename Read> Result<void> forEachStep(const Json &step, std::string_view key, Read read) {
  Result<std::string_view> type = step.string("type");
  if (!type)
    return type.error();
  if (*type != "Sequence")
    return read(step, *type);
  Result<Json> steps = step.array(key);
  if (!steps)
    return steps.error();
  for (Json element : *steps)
    if (Result<void> done = forEachStep(element, key, read); !done)
      return done.error();
  return {};
}

/// What a step of type Replace says. The texts point into the document.
struct Replacement {
  bool literal; // `from` is a text, not a pattern
  std::string_view from, to;
};

inline Result<Replacement> replacementOf(const Json &step) {
  Result<Json> pattern = step.object("pattern");
  Result<std::string_view> content = step.string("content");
  if (!pattern)
    return pattern.error();
  if (!content)
    return content.error();
  const bool literal = pattern->find("String").has_value();
  Result<std::string_view> from = pattern->string(literal ? "String" : "Regex");
  if (!from)
    return from.error();
  return Replacement{literal, *from, *content};
}

} // namespace vspec
#endif
