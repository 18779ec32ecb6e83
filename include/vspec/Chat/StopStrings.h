// Text that comes in pieces, up to the first stop string. What could become a stop string waits, so that no part of one is shown.
#ifndef VSPEC_CHAT_STOPSTRINGS_H
#define VSPEC_CHAT_STOPSTRINGS_H
#include <string>
#include <string_view>
#include <vector>

namespace vspec {

class StopStrings {
public:
  /// None of them empty.
  explicit StopStrings(std::vector<std::string> strings) : strings(std::move(strings)) {}

  /// The text that is certain now. Nothing more after a stop string was found.
  std::string push(std::string_view text);
  /// What still waited: the text ended before it became a stop string.
  std::string finish();
  bool found() const { return stopped; }

private:
  std::vector<std::string> strings;
  std::string waiting;
  bool stopped = false;
};

/// How many of the last bytes of `text` are the start of `tag`, but not all of it.
size_t startedTag(std::string_view text, std::string_view tag);

} // namespace vspec
#endif
