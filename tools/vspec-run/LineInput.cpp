// Editing is libedit's, where the build has it.
#include "LineInput.h"
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <unistd.h>
#ifdef VSPEC_LIBEDIT
#include <histedit.h>
#endif

namespace vspec {

static constexpr const char *promptText = "> ";

#ifdef VSPEC_LIBEDIT
struct LineInput::Editor {
  EditLine *line = el_init("vspec-run", stdin, stdout, stderr);
  History *history = history_init();

  Editor() {
    HistEvent event;
    ::history(history, &event, H_SETSIZE, 1000);
    el_set(line, EL_PROMPT, +[](EditLine *) { return const_cast<char *>(promptText); });
    el_set(line, EL_EDITOR, "emacs");
    el_set(line, EL_SIGNAL, 1); // Ctrl-C leaves the terminal as it was
    el_set(line, EL_HIST, ::history, history);
    el_source(line, nullptr); // the user's ~/.editrc
  }
  ~Editor() {
    el_end(line);
    history_end(history);
  }
  /// Null at the end of the input.
  const char *next() {
    int count = 0;
    const char *text = el_gets(line, &count);
    HistEvent event;
    if (text && count > 1)
      ::history(history, &event, H_ENTER, text);
    return count > 0 ? text : nullptr;
  }
};
#else
struct LineInput::Editor {
  const char *next() { return nullptr; }
};
#endif

LineInput::LineInput() : isTerminal(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
#ifdef VSPEC_LIBEDIT
  if (isTerminal) {
    std::setlocale(LC_CTYPE, ""); // which bytes are one character
    editor = std::make_unique<Editor>();
  }
#endif
}

LineInput::~LineInput() = default;

Result<std::optional<std::string>> LineInput::next() {
  std::string text;
  if (editor) {
    const char *line = editor->next();
    if (!line)
      return std::optional<std::string>();
    text = line;
  } else {
    if (isTerminal) {
      std::fputs(promptText, stdout);
      std::fflush(stdout);
    }
    int c = 0;
    while ((c = std::fgetc(stdin)) != EOF && c != '\n')
      text += char(c);
    if (std::ferror(stdin))
      return Error{std::string("cannot read standard input: ") + std::strerror(errno)};
    if (c == EOF && text.empty())
      return std::optional<std::string>();
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
    text.pop_back();
  return std::optional<std::string>(std::move(text));
}

} // namespace vspec
