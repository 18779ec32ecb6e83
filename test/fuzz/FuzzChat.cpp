// A chat template, rendered over a conversation with everything in it, with small limits: an error or a text, never a fault, and the
// same one twice.
#include "vspec/Chat/ChatTemplate.h"
#include <cstdint>
#include <cstdlib>

using namespace vspec;

static const char conversation[] = R"({"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "ü <b>"},
  {"role": "assistant", "content": null, "tool_calls": [{"id": "abcdef123", "type": "function", "function": {"name": "f", "arguments": {"a": [1, 2.5, null]}}}]},
  {"role": "tool", "name": "f", "tool_call_id": "abcdef123", "content": "5"}, {"role": "assistant", "content": "<think>t</think>x"}],
  "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"a": {"type": "array"}}}}}],
  "add_generation_prompt": true, "bos_token": "<s>", "eos_token": "</s>", "n": 7, "x": 2.5, "t": "text", "l": [3, 1, 2], "d": {"k": "v"}})";

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Json variables = *Json::parse(conversation, "conversation");
  Result<ChatTemplate> parsed = ChatTemplate::parse({reinterpret_cast<const char *>(data), size}, "fuzz");
  if (!parsed)
    return 0;
  ChatLimits limits;
  limits.steps = 100'000;
  limits.output = 1 << 20;
  limits.memory = 1 << 24;
  const Result<std::string> first = parsed->render(variables, DateTime(), limits), second = parsed->render(variables, DateTime(), limits);
  if (bool(first) != bool(second) || (first ? *first != *second : first.error().message != second.error().message))
    std::abort();
  if (first && first->size() > limits.output)
    std::abort();
  return 0;
}
