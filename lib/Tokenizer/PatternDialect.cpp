#include "lib/Tokenizer/PatternDialect.h"
#include <cstdint>
#include <cstdio>

namespace vspec {
namespace {

constexpr std::string_view spaces = "\\t-\\r\\x{85}\\p{Z}"; // Unicode White_Space
// Alphabetic, M, Nd and Pc; and of Latin-1 also the other numbers.
constexpr std::string_view letters = "\\p{L}\\p{M}\\p{Nd}\\p{Nl}\\p{Pc}\\x{b2}\\x{b3}\\x{b9}\\x{bc}-\\x{be}\\x{24b6}-\\x{24e9}"
                                     "\\x{1f130}-\\x{1f149}\\x{1f150}-\\x{1f169}\\x{1f170}-\\x{1f189}";

class Translation {
public:
  explicit Translation(std::string_view pattern) : pattern(pattern) {}

  Result<std::string> run() {
    while (at < pattern.size() && problem.empty()) {
      if (pattern[at] == '\\')
        escape();
      else if (inClass)
        insideClass();
      else
        outsideClass();
    }
    if (!problem.empty())
      return Error{"the pattern has " + problem + " at byte " + std::to_string(at) + ", which means something else in PCRE2"};
    return result;
  }

private:
  std::string_view pattern;
  size_t at = 0;
  bool inClass = false;
  std::string result, problem;

  bool follows(std::string_view text) const { return pattern.substr(at, text.size()) == text; }
  void copy(size_t bytes) {
    result += pattern.substr(at, bytes);
    at += bytes;
  }
  void write(std::string_view open, std::string_view members, std::string_view close) {
    if (!inClass)
      result += open;
    result += members;
    if (!inClass)
      result += close;
    at += 2;
  }

  void escape() {
    const char kind = at + 1 < pattern.size() ? pattern[at + 1] : '\0';
    if (kind == 's')
      return write("[", spaces, "]");
    if (kind == 'w')
      return write("[", letters, "]");
    if (!inClass && kind == 'S')
      return write("[^", spaces, "]");
    if (!inClass && kind == 'W')
      return write("[^", letters, "]");
    if (!inClass && (kind == 'b' || kind == 'B')) {
      const std::string in = "[" + std::string(letters) + "]";
      result += kind == 'b' ? "(?:(?<=" + in + ")(?!" + in + ")|(?<!" + in + ")(?=" + in + "))"
                            : "(?:(?<=" + in + ")(?=" + in + ")|(?<!" + in + ")(?!" + in + "))";
      at += 2;
      return;
    }
    if (kind == 'u' && at + 6 <= pattern.size()) {
      result += "\\x{" + std::string(pattern.substr(at + 2, 4)) + "}";
      at += 6;
      return;
    }
    if (kind == 'h' || kind == 'H' || (inClass && (kind == 'S' || kind == 'W'))) {
      problem = std::string("\\") + kind + (inClass ? " in a character class" : "");
      return;
    }
    // \p{L} and \x{41} go together with their braces.
    const size_t brace = at + 2 < pattern.size() && pattern[at + 2] == '{' ? pattern.find('}', at) : pattern.npos;
    if ((kind == 'p' || kind == 'P' || kind == 'x') && brace != pattern.npos)
      return copy(brace + 1 - at);
    copy(2 <= pattern.size() - at ? 2 : 1);
  }

  void insideClass() {
    if (follows("[:"))
      return copy(2);
    if (follows("["))
      problem = "a class within a class";
    else if (follows("&&"))
      problem = "an intersection of classes";
    else {
      inClass = !follows("]");
      copy(1);
    }
  }

  void outsideClass() {
    if (follows("[")) {
      inClass = true;
      copy(follows("[^") ? 2 : 1);
      if (follows("]"))
        copy(1);
      return;
    }
    if (follows("(*"))
      problem = "(*";
    else if (follows("}+"))
      problem = "}+";
    else if (follows("(?m") || follows("(?x") || follows("(?-") || follows("(?im") || follows("(?ix") || follows("(?i-"))
      problem = "an option other than (?i)";
    else
      copy(1);
  }
};

} // namespace

Result<std::string> patternFromOniguruma(std::string_view pattern) { return Translation(pattern).run(); }

std::string patternOfText(std::string_view text) {
  std::string pattern;
  for (char byte : text) {
    const bool plain = uint8_t(byte) >= 0x80 || byte == ' ' || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                       (byte >= 'A' && byte <= 'Z');
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\x{%02x}", uint8_t(byte));
    pattern += plain ? std::string(1, byte) : std::string(hex);
  }
  return pattern;
}

} // namespace vspec
