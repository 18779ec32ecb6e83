// A regular expression of a tokenizer, run by PCRE2 with bounds on its steps and its memory.
#ifndef VSPEC_LIB_TOKENIZER_PATTERN_H
#define VSPEC_LIB_TOKENIZER_PATTERN_H
#include "vspec/Support/Result.h"
#include <memory>
#include <string_view>
#include <vector>

namespace vspec {

class Pattern {
public:
  struct Match {
    size_t begin, end;
  };
  /// What a call needs beside the pattern; each has its own, so that threads may share a Pattern.
  class Matcher {
  public:
    /// For texts of at most `textBytes` together: a pattern may go back over them a few times, but not once for each of their bytes.
    explicit Matcher(size_t textBytes);
    Matcher(Matcher &&) noexcept;
    ~Matcher();

  private:
    friend class Pattern;
    struct State;
    std::unique_ptr<State> state;
  };

  /// Compiles it, to machine code where the system allows that. `name` is what errors call it: "pattern 3 of the pre-tokenizer".
  static Result<Pattern> compile(std::string_view pattern, std::string name);

  Pattern(Pattern &&) noexcept;
  Pattern &operator=(Pattern &&) noexcept;
  ~Pattern();

  /// The matches in `text`, which must be UTF-8, from left to right; some may be empty. Fails if that takes too many steps.
  Result<void> findAll(std::string_view text, const Matcher &matcher, std::vector<Match> &matches) const;

private:
  struct Code;
  Pattern();
  std::string name;
  std::unique_ptr<Code> code;
};

} // namespace vspec
#endif
