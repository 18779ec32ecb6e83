#include "lib/Tokenizer/HuggingFacePostProcessor.h"
#include "lib/Tokenizer/HuggingFaceSteps.h"

namespace vspec {
namespace {

Result<int32_t> templateToken(const Json &processor, const Json &special) {
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
  if (ids->size() != 1)
    return ids->error("has " + std::to_string(ids->size()) + " elements, expected 1");
  Result<int64_t> id = (*ids->begin()).integer();
  if (!id)
    return id.error();
  if (*id < 0 || *id > INT32_MAX)
    return ids->error("names token " + std::to_string(*id) + ", expected 0 or more");
  return int32_t(*id);
}

Result<void> readTemplate(const Json &processor, AddedTokens &added) {
  Result<Json> single = processor.array("single");
  if (!single)
    return single.error();
  bool text = false;
  for (Json part : *single) {
    if (part.find("Sequence")) {
      if (text)
        return single->error("has the text twice");
      text = true;
      continue;
    }
    Result<Json> special = part.object("SpecialToken");
    if (!special)
      return special.error();
    Result<int32_t> id = templateToken(processor, *special);
    if (!id)
      return id.error();
    int32_t &place = text ? added.after : added.before;
    if (place >= 0)
      return single->error("adds more than one token on one side of the text, which is not supported");
    place = *id;
  }
  if (!text)
    return single->error("has no text");
  return {};
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
    if (type == "TemplateProcessing")
      return readTemplate(step, added);
    return unknownType(step, type, "'ByteLevel' and 'TemplateProcessing'");
  };
  if (Result<void> done = forEachStep(*processor, "processors", read); !done)
    return done.error();
  return added;
}

} // namespace vspec
