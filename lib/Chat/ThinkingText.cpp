#include "vspec/Chat/ThinkingText.h"
#include "vspec/Chat/StopStrings.h"

using namespace vspec;

static constexpr std::string_view opening = "<think>", closing = "</think>";

std::vector<ThinkingText::Part> ThinkingText::push(std::string_view text) {
  std::vector<Part> parts;
  auto add = [&](bool thinking, size_t count) {
    if (count > 0)
      parts.push_back({thinking, waiting.substr(0, count)});
    waiting.erase(0, count);
  };
  waiting += text;
  for (;;) {
    const std::string_view tag = within ? closing : opening;
    const size_t found = waiting.find(tag);
    if (found == std::string::npos) {
      add(within, waiting.size() - startedTag(waiting, tag));
      return parts;
    }
    add(within, found);
    add(true, tag.size());
    within = !within;
  }
}

std::vector<ThinkingText::Part> ThinkingText::finish() {
  std::vector<Part> parts;
  if (!waiting.empty())
    parts.push_back({within, std::move(waiting)});
  return parts;
}

bool vspec::opensThinking(std::string_view prompt) {
  const size_t opened = prompt.rfind(opening);
  // Only white space may follow: elsewhere it is part of the conversation.
  return opened != std::string_view::npos && prompt.find_first_not_of(" \n", opened + opening.size()) == std::string_view::npos;
}
