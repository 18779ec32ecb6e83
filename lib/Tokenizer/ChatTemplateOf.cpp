#include "vspec/Tokenizer/ChatTemplateOf.h"

using namespace vspec;

using Found = Result<std::optional<std::string>>;

static Found textOf(const Json &value) {
  Result<std::string_view> text = value.string();
  if (!text)
    return text.error();
  return std::optional<std::string>(*text);
}

/// A text, or a list of {"name": ..., "template": ...}.
static Found memberOf(const Json &file) {
  const std::optional<Json> value = file.find("chat_template");
  if (!value || value->isNull())
    return std::optional<std::string>();
  if (!value->isArray())
    return textOf(*value);
  for (Json one : *value) {
    Result<std::string_view> name = one.string("name");
    if (!name)
      return name.error();
    if (*name != "default")
      continue;
    Result<Json> member = one.member("template");
    return member ? textOf(*member) : Found(member.error());
  }
  return std::optional<std::string>();
}

Found vspec::chatTemplateOf(const Checkpoint &checkpoint) {
  if (checkpoint.kind() == Checkpoint::Kind::Gguf) {
    if (!checkpoint.metadata().find("tokenizer.chat_template"))
      return std::optional<std::string>();
    Result<std::string_view> text = checkpoint.metadata().string("tokenizer.chat_template");
    return text ? Found(std::optional<std::string>(*text)) : Found(text.error());
  }
  if (std::optional<std::string_view> text = checkpoint.text("chat_template.jinja"))
    return std::optional<std::string>(*text);
  for (const char *name : {"chat_template.json", "tokenizer_config.json"}) {
    Result<std::optional<Json>> file = checkpoint.json(name);
    if (!file)
      return file.error();
    if (!*file)
      continue;
    Found found = memberOf(**file);
    if (!found || *found)
      return found;
  }
  return std::optional<std::string>();
}
