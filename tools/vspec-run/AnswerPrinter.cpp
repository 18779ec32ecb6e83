#include "AnswerPrinter.h"
#include "CommandLine/Console.h"
#include <unistd.h>

namespace vspec {

AnswerPrinter::AnswerPrinter(const AnswerOptions &options)
    : stops(options.stops), parts(options.startsThinking), hides(options.hideThinking), terminal(isatty(STDOUT_FILENO)) {}

Result<void> AnswerPrinter::print(const std::vector<ThinkingText::Part> &made) {
  std::string shown;
  for (const ThinkingText::Part &part : made) {
    (part.thinking ? thought : said) += part.text;
    if (part.thinking && hides) {
      skipsLines = true;
    } else if (part.thinking) {
      shown += terminal ? "\x1b[2m" + part.text + "\x1b[22m" : part.text;
    } else {
      const size_t first = skipsLines ? part.text.find_first_not_of('\n') : 0;
      skipsLines &= first == std::string::npos;
      shown += part.text.substr(std::min(first, part.text.size()));
    }
  }
  return shown.empty() ? Result<void>() : writeOutput(shown);
}

Result<void> AnswerPrinter::push(std::string_view text) { return print(parts.push(stops.push(text))); }

Result<void> AnswerPrinter::finish() {
  if (auto printed = print(parts.push(stops.finish())); !printed)
    return printed;
  return print(parts.finish());
}

static std::string withoutLines(std::string text) {
  text.erase(0, std::min(text.find_first_not_of('\n'), text.size()));
  return text;
}

std::string AnswerPrinter::answer() const { return thought.empty() ? said : withoutLines(said); }

std::string AnswerPrinter::thinking() const {
  std::string text = thought;
  for (const std::string tag : {"<think>", "</think>"})
    for (size_t at = text.find(tag); at != std::string::npos; at = text.find(tag, at))
      text.erase(at, tag.size());
  text = withoutLines(std::move(text));
  text.erase(text.find_last_not_of('\n') + 1);
  return text;
}

} // namespace vspec
