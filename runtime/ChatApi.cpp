// The call of Runtime.h about chat templates.
#include "runtime/Boundary.h"
#include "vspec/Chat/ChatTemplate.h"

using namespace vspec;

namespace {

/// What transformers passes whether the conversation has it or not.
std::vector<ChatDefault> defaultsOf(const Tokenizer *tokenizer) {
  std::vector<ChatDefault> defaults = {{"tools", std::nullopt}, {"documents", std::nullopt}};
  if (!tokenizer)
    return defaults;
  const TokenizerModel &model = tokenizer->model();
  const std::pair<const char *, int32_t> tokens[] = {{"bos_token", model.bos}, {"eos_token", model.eos}, {"unk_token", model.unknown}};
  for (const auto &[name, id] : tokens)
    if (id >= 0)
      defaults.push_back({name, tokenizer->decode({id}, /*showSpecial=*/true)});
  return defaults;
}

} // namespace

vspec_status vspec_chat_render(const vspec_model *model, const char *chat_template, size_t template_bytes, const char *conversation,
                               size_t conversation_bytes, char *text, size_t capacity, size_t *bytes, vspec_error *error) {
  return guarded(error, [&]() -> Status {
    *bytes = 0;
    const std::string *own = model->model->chatTemplate();
    if (!chat_template && !own)
      return {VSPEC_UNSUPPORTED, "the model file has no chat template"};
    auto parsed =
        ChatTemplate::parse(chat_template ? std::string_view(chat_template, template_bytes) : std::string_view(*own), "chat template");
    if (!parsed)
      return {VSPEC_MALFORMED, parsed.error()};
    auto variables = Json::parse({conversation, conversation_bytes}, "conversation");
    if (!variables)
      return {VSPEC_INVALID_ARGUMENT, variables.error()};
    auto rendered = parsed->render(*variables, DateTime::now(), {}, defaultsOf(model->model->tokenizer()));
    if (!rendered)
      return {VSPEC_INVALID_ARGUMENT, rendered.error()};
    *bytes = rendered->size();
    if (*bytes > capacity)
      return {VSPEC_TOO_SMALL, "the result has " + std::to_string(*bytes) + " bytes, but there is room for " + std::to_string(capacity)};
    std::copy(rendered->begin(), rendered->end(), text);
    if (*bytes < capacity)
      text[*bytes] = 0;
    return {};
  });
}
