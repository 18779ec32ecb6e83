// Lines that the user types: edited, with a history, on a terminal; else as they come.
#ifndef VSPEC_TOOLS_VSPECRUN_LINEINPUT_H
#define VSPEC_TOOLS_VSPECRUN_LINEINPUT_H
#include "vspec/Support/Result.h"
#include <memory>
#include <optional>
#include <string>

namespace vspec {

class LineInput {
public:
  LineInput();
  ~LineInput();

  bool terminal() const { return isTerminal; }
  /// The next line without its line feed; none at the end of the input.
  Result<std::optional<std::string>> next();

private:
  struct Editor;
  std::unique_ptr<Editor> editor; // null: plain lines
  bool isTerminal;
};

} // namespace vspec
#endif
