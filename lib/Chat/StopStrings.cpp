#include "vspec/Chat/StopStrings.h"
#include <algorithm>

using namespace vspec;

size_t vspec::startedTag(std::string_view text, std::string_view tag) {
  for (size_t count = std::min(text.size(), tag.size() - 1); count > 0; --count)
    if (text.substr(text.size() - count) == tag.substr(0, count))
      return count;
  return 0;
}

std::string StopStrings::push(std::string_view text) {
  if (stopped)
    return {};
  waiting += text;
  size_t end = std::string::npos, kept = 0;
  for (const std::string &one : strings) {
    end = std::min(end, waiting.find(one));
    kept = std::max(kept, startedTag(waiting, one));
  }
  stopped = end != std::string::npos;
  std::string certain = waiting.substr(0, stopped ? end : waiting.size() - kept);
  waiting.erase(0, stopped ? waiting.size() : certain.size());
  return certain;
}

std::string StopStrings::finish() { return std::move(waiting); }
