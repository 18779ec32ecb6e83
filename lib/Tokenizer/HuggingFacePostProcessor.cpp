#include "lib/Tokenizer/HuggingFacePostProcessor.h"
#include "lib/Tokenizer/HuggingFaceSteps.h"

namespace vspec {
namespace {

Result<int32_t> tokenId(const Json &place) {
  Result<int64_t> id = place.integer();
  if (!id)
    return id.error();
  if (*id < 0 || *id > INT32_MAX)
    return place.error("names token " + std::to_string(*id) + ", expected 0 or more");
  return int32_t(*id);
}

// The ids of a special token of a template.
Result<void> appendTemplateToken(const Json &processor, const Json &special, std::vector<int32_t> &to) {
  Result<std::string_view> name = special.string("id");
  if (!name)
    return name.error();
  Result<Json> tokens = processor.object("special_tokens");
  if (!tokens)
    return tokens.error();
  Result<Json> token = tokens->object(*name);
  if (!token)
    return token.error();
  Result<Json> ids = token->array("ids");
  if (!ids)
    return ids.error();
  for (Json element : *ids) {
    Result<int32_t> id = tokenId(element);
    if (!id)
      return id.error();
    to.push_back(*id);
  }
  return {};
}

Result<AddedTokens> readTemplate(const Json &processor) {
  Result<Json> single = processor.array("single");
  if (!single)
    return single.error();
  AddedTokens added;
  bool text = false;
  for (Json part : *single) {
    if (part.find("Sequence")) {
      if (text)
        return single->error("has the text twice, expected one Sequence");
      text = true;
      continue;
    }
    Result<Json> special = part.object("SpecialToken");
    if (!special)
      return special.error();
    if (Result<void> done = appendTemplateToken(processor, *special, text ? added.after : added.before); !done)
      return done.error();
  }
  if (!text)
    return single->error("has no text, expected one Sequence");
  return added;
}

// "cls" and "sep" are ["<s>", 0].
Result<int32_t> pairToken(const Json &processor, std::string_view key) {
  Result<Json> pair = processor.array(key);
  if (!pair)
    return pair.error();
  if (pair->size() != 2)
    return pair->error("has " + std::to_string(pair->size()) + " elements, expected a text and an id");
  return tokenId(*++pair->begin());
}

Result<AddedTokens> readPair(const Json &processor) {
  Result<int32_t> before = pairToken(processor, "cls"), after = pairToken(processor, "sep");
  if (!before)
    return before.error();
  if (!after)
    return after.error();
  return AddedTokens{{*before}, {*after}};
}

} // namespace

Result<AddedTokens> readPostProcessor(const Json &tokenizer) {
  AddedTokens added;
  const std::optional<Json> processor = given(tokenizer, "post_processor");
  if (!processor)
    return added;
  auto read = [&](const Json &step, std::string_view type) -> Result<void> {
    if (type == "ByteLevel")
      return {}; // it only moves offsets
    if (type != "TemplateProcessing" && type != "BertProcessing" && type != "RobertaProcessing")
      return unknownType(step, type, "'ByteLevel', 'TemplateProcessing', 'BertProcessing' and 'RobertaProcessing'");
    Result<AddedTokens> around = type == "TemplateProcessing" ? readTemplate(step) : readPair(step);
    if (!around)
      return around.error();
    added.before.insert(added.before.begin(), around->before.begin(), around->before.end());
    added.after.insert(added.after.end(), around->after.begin(), around->after.end());
    return {};
  };
  if (Result<void> done = forEachStep(*processor, "processors", read); !done)
    return done.error();
  return added;
}

} // namespace vspec
