#include "vspec/Chat/ChatTemplate.h"
#include "Parser.h"
#include "Rendering.h"
#include "vspec/Support/Quote.h"

using namespace vspec;

struct ChatTemplate::Program {
  std::string name;
  chat::Body body;
};

Result<ChatTemplate> ChatTemplate::parse(std::string_view text, const std::string &name) {
  if (text.size() > maxBytes)
    return Error{name + ": has " + std::to_string(text.size()) + " bytes, expected a template of at most " + std::to_string(maxBytes)};
  if (const size_t valid = validUtf8(text); valid != text.size())
    return Error{name + ": byte " + std::to_string(valid) + " is not UTF-8"};
  auto program = std::make_shared<Program>();
  program->name = name;
  auto tokens = chat::tokenize(text, program->name);
  if (!tokens)
    return tokens.error();
  auto body = chat::Parser(std::move(*tokens), program->name).run();
  if (!body)
    return body.error();
  program->body = std::move(*body);
  return ChatTemplate(std::move(program));
}

Result<std::string> ChatTemplate::render(const Json &variables, const DateTime &now, const ChatLimits &limits,
                                         const std::vector<ChatDefault> &defaults) const {
  return chat::Rendering(program->name, now, limits).run(program->body, variables, defaults);
}
