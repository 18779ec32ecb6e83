// The messages of a chat, and the tokens that a model is given for them.
#ifndef VSPEC_TOOLS_VSPECRUN_CONVERSATION_H
#define VSPEC_TOOLS_VSPECRUN_CONVERSATION_H
#include "CommandLine/LoadedModel.h"
#include <optional>

namespace vspec {

struct Prompt {
  std::string text;
  std::vector<int32_t> tokens;
};

class Conversation {
public:
  /// `chatTemplate`: none takes the model's. Refuses a model without one.
  static Result<Conversation> open(const LoadedModel &model, std::optional<std::string> chatTemplate, const std::string &system);

  void user(const std::string &text) { messages.push_back({"user", text, ""}); }
  void assistant(const std::string &text, const std::string &thinking) { messages.push_back({"assistant", text, thinking}); }
  /// Takes back the last message.
  void forgetLast() { messages.pop_back(); }
  /// Only the system's message stays.
  void reset() { messages.clear(); }

  /// The rendering up to where the model answers.
  Result<Prompt> prompt() const;

private:
  struct Message {
    std::string role, content, thinking;
  };
  explicit Conversation(const LoadedModel &model) : model(model) {}
  std::string json() const;

  const LoadedModel &model;
  std::optional<std::string> chatTemplate;
  std::string system;
  std::vector<Message> messages;
};

} // namespace vspec
#endif
