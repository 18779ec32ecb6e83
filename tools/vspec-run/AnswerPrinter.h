// The text of an answer on its way to standard output: up to a stop string, with the reasoning dim on a terminal or left out.
#ifndef VSPEC_TOOLS_VSPECRUN_ANSWERPRINTER_H
#define VSPEC_TOOLS_VSPECRUN_ANSWERPRINTER_H
#include "vspec/Chat/StopStrings.h"
#include "vspec/Chat/ThinkingText.h"
#include "vspec/Support/Result.h"

namespace vspec {

struct AnswerOptions {
  std::vector<std::string> stops;
  bool hideThinking = false;
  bool startsThinking = false; // the prompt has opened <think>
};

class AnswerPrinter {
public:
  explicit AnswerPrinter(const AnswerOptions &options);

  Result<void> push(std::string_view text);
  Result<void> finish();
  /// A stop string has come: nothing more is shown.
  bool stopped() const { return stops.found(); }
  /// What was said, without the reasoning and the empty lines behind it.
  std::string answer() const;
  /// Without its tags.
  std::string thinking() const;

private:
  Result<void> print(const std::vector<ThinkingText::Part> &parts);

  StopStrings stops;
  ThinkingText parts;
  bool hides, terminal;
  bool skipsLines = false; // right behind hidden reasoning
  std::string said, thought;
};

} // namespace vspec
#endif
