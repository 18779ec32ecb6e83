// Chat templates: the Jinja programs in checkpoints that turn a conversation into the text which a model was trained on.
//
//   Result<ChatTemplate> chat = ChatTemplate::parse(text, "qwen.vspec");
//   Result<Json> conversation = Json::parse(R"({"messages": [{"role": "user", "content": "Hi"}], "add_generation_prompt": true})", "chat");
//   Result<std::string> prompt = chat->render(*conversation, DateTime::now());
//
// The language is Jinja 3.1 as Hugging Face transformers sets it up: trim_blocks and lstrip_blocks, break and continue,
// {% generation %}, and the functions raise_exception and strftime_now; the results are the same bytes. docs/Chat.md lists what
// is left out. A template is hostile: it can compute for long or grow without end, so both have limits.
#ifndef VSPEC_CHAT_CHATTEMPLATE_H
#define VSPEC_CHAT_CHATTEMPLATE_H
#include "vspec/Chat/DateTime.h"
#include "vspec/Support/Json.h"
#include <memory>
#include <optional>
#include <vector>

namespace vspec {

/// What a rendering may use. More is an error that names the limit.
struct ChatLimits {
  uint64_t steps = 20'000'000;           // expressions and statements; long scans count too
  uint64_t output = uint64_t(64) << 20;  // bytes of the result
  uint64_t memory = uint64_t(512) << 20; // bytes of all values ever made
  unsigned depth = 400;                  // expressions and statements within each other; a level needs about 1 KiB of stack
};

/// A variable that stands in where the conversation does not have it: bos_token, or tools, which is none.
struct ChatDefault {
  std::string name;
  std::optional<std::string> text; // none, if there is none
};

/// Copies are cheap and share the program. Rendering changes nothing in it: any number of threads may render at once.
class ChatTemplate {
public:
  static constexpr size_t maxBytes = size_t(1) << 20;

  /// `name` starts each error: "<name>:<line>: <what>".
  static Result<ChatTemplate> parse(std::string_view text, const std::string &name);

  /// `variables` is an object: messages, add_generation_prompt, tools, bos_token, ...
  Result<std::string> render(const Json &variables, const DateTime &now, const ChatLimits &limits = {},
                             const std::vector<ChatDefault> &defaults = {}) const;

private:
  struct Program;
  explicit ChatTemplate(std::shared_ptr<const Program> program) : program(std::move(program)) {}

  std::shared_ptr<const Program> program;
};

} // namespace vspec
#endif
