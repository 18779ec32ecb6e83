#include "Conversation.h"
#include "ChatTemplates.h"
#include "CommandLine/InputFiles.h"
#include <nlohmann/json.hpp>

namespace vspec {

Result<Conversation> Conversation::open(const LoadedModel &model, std::optional<std::string> chatTemplate, const std::string &system) {
  if (!chatTemplate && !vspec_model_chat_template(model.handle.get(), nullptr))
    return Error{quotedPath(model.path) + " has no chat template: give one with --chat-template, a file or one of " + chatTemplateNames()};
  Conversation made(model);
  made.chatTemplate = std::move(chatTemplate);
  made.system = system;
  return made;
}

std::string Conversation::json() const {
  using nlohmann::ordered_json;
  ordered_json list = ordered_json::array();
  if (!system.empty())
    list.push_back({{"role", "system"}, {"content", system}});
  for (const Message &message : messages) {
    ordered_json one = {{"role", message.role}, {"content", message.content}};
    if (!message.thinking.empty())
      one["reasoning_content"] = message.thinking;
    list.push_back(std::move(one));
  }
  const ordered_json conversation = {{"messages", std::move(list)}, {"add_generation_prompt", true}};
  // What is not UTF-8 becomes U+FFFD, as in the tokenizer.
  return conversation.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

Result<Prompt> Conversation::prompt() const {
  const std::string conversation = json();
  Prompt made;
  vspec_error error;
  size_t bytes = conversation.size() * 2 + 4096;
  const auto render = [&] {
    made.text.resize(bytes);
    return vspec_chat_render(model.handle.get(), chatTemplate ? chatTemplate->data() : nullptr, chatTemplate ? chatTemplate->size() : 0,
                             conversation.data(), conversation.size(), made.text.data(), made.text.size(), &bytes, &error);
  };
  vspec_status status = render();
  if (status == VSPEC_TOO_SMALL)
    status = render();
  if (status != VSPEC_OK)
    return runtimeError(error);
  made.text.resize(bytes);
  auto tokens = encodeText(model, made.text, /*addSpecial=*/false, /*parseSpecial=*/true);
  if (!tokens)
    return tokens.error();
  made.tokens = std::move(*tokens);
  if (made.tokens.empty())
    return Error{"the chat template makes no text of the conversation"};
  return made;
}

} // namespace vspec
