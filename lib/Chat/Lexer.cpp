// Jinja's own lexer is a list of regular expressions; this one walks. White space is controlled as with trim_blocks (the line
// feed behind a block or comment goes) and lstrip_blocks (blanks between the start of a line and a block or comment go).
#include "Lexer.h"
#include "Unicode.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <cctype>
#include <charconv>

namespace vspec::chat {
namespace {

bool isDecimal(char c) { return c >= '0' && c <= '9'; }
bool startsName(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80; }

class Lexer {
public:
  Lexer(std::string_view given, const std::string &name) : name(name) {
    // \r\n and \r are line feeds, and the last one of the text does not count.
    for (size_t i = 0; i < given.size(); ++i) {
      if (given[i] == '\r' && i + 1 < given.size() && given[i + 1] == '\n')
        continue;
      text += given[i] == '\r' ? '\n' : given[i];
    }
    if (!text.empty() && text.back() == '\n')
      text.pop_back();
  }

  Result<std::vector<Token>> run() {
    while (at < text.size())
      if (auto done = literal(); !done)
        return done.error();
    add(Token::Kind::End, "");
    return std::move(tokens);
  }

private:
  Error error(const std::string &problem) const { return Error{name + ":" + std::to_string(line) + ": " + problem}; }
  bool startsWith(std::string_view part) const { return std::string_view(text).substr(at, part.size()) == part; }
  void add(Token::Kind kind, std::string_view spelling) { tokens.push_back({kind, line, std::string(spelling)}); }

  void advanceTo(size_t end) {
    for (; at < end; ++at)
      line += text[at] == '\n';
    lineStarts = end > 0 && text[end - 1] == '\n';
  }
  size_t behindSpace(size_t from) const { return text.size() - stripLeft(std::string_view(text).substr(from)).size(); }

  /// Literal text up to `end`, where a tag begins whose sign is '-', '+' or none; a variable keeps its blanks.
  void data(size_t end, char sign, bool variable) {
    std::string_view kept = std::string_view(text).substr(at, end - at);
    if (sign == '-') {
      kept = stripRight(kept);
    } else if (sign != '+' && !variable) {
      const size_t feed = kept.rfind('\n');
      const size_t start = feed == std::string_view::npos ? 0 : feed + 1;
      if ((start > 0 || lineStarts) && stripLeft(kept.substr(start)).empty())
        kept = kept.substr(0, start);
    }
    if (!kept.empty())
      add(Token::Kind::Data, kept);
    advanceTo(end);
  }

  /// The sign behind the two bytes of an opening tag.
  char signBehind(size_t open) const {
    const char c = open + 2 < text.size() ? text[open + 2] : 0;
    return c == '-' || c == '+' ? c : 0;
  }

  /// Where a closing tag that starts with a sign or not ends, with the white space that it swallows; 0: none stands at `from`.
  size_t closing(size_t from, std::string_view tag, bool trims) const {
    const char sign = from < text.size() ? text[from] : 0;
    const bool minus = sign == '-', plus = sign == '+' && trims;
    const size_t start = from + (minus || plus);
    if (std::string_view(text).substr(start, 2) != tag)
      return 0;
    if (minus)
      return behindSpace(start + 2);
    const bool feed = trims && !plus && start + 2 < text.size() && text[start + 2] == '\n';
    return start + 2 + feed;
  }

  Result<void> literal() {
    size_t open = at;
    for (;; ++open) {
      open = text.find('{', open);
      if (open == std::string::npos || open + 1 >= text.size()) {
        data(text.size(), '+', true);
        return {};
      }
      if (text[open + 1] == '{' || text[open + 1] == '%' || text[open + 1] == '#')
        break;
    }
    const char kind = text[open + 1], sign = signBehind(open);
    data(open, sign, kind == '{');
    const size_t inside = open + 2 + (sign != 0);
    if (kind == '#')
      return comment(inside);
    if (kind == '%')
      if (size_t behind = rawBehind(inside))
        return raw(behind);
    add(kind == '{' ? Token::Kind::VariableBegin : Token::Kind::BlockBegin, "");
    advanceTo(inside);
    return expression(kind == '{');
  }

  Result<void> comment(size_t inside) {
    for (size_t end = text.find("#}", inside); end != std::string::npos; end = text.find("#}", end + 1)) {
      const bool sign = end > inside && (text[end - 1] == '-' || text[end - 1] == '+');
      advanceTo(closing(sign ? end - 1 : end, "#}", true));
      return {};
    }
    return error("a comment without its end, expected '#}'");
  }

  /// Where the text behind "raw %}" starts; 0 if this is another block.
  size_t rawBehind(size_t inside) const {
    const size_t word = behindSpace(inside);
    if (std::string_view(text).substr(word, 3) != "raw")
      return 0;
    // Unlike elsewhere the line feed stays.
    return closing(behindSpace(word + 3), "%}", false);
  }

  Result<void> raw(size_t behind) {
    advanceTo(behind);
    for (size_t open = text.find("{%", at); open != std::string::npos; open = text.find("{%", open + 1)) {
      const char sign = signBehind(open);
      const size_t word = behindSpace(open + 2 + (sign != 0));
      if (std::string_view(text).substr(word, 6) != "endraw")
        continue;
      if (size_t end = closing(behindSpace(word + 6), "%}", true)) {
        data(open, sign, false);
        advanceTo(end);
        return {};
      }
    }
    return error("raw text without its end, expected '{% endraw %}'");
  }

  /// Tokens up to the closing tag. Within brackets no tag closes: {{ {'a': {}} }}.
  Result<void> expression(bool variable) {
    std::string brackets;
    for (;;) {
      advanceTo(behindSpace(at));
      if (at == text.size())
        return error(std::string("the template ends within ") + (variable ? "{{" : "{%") + ", expected '" + (variable ? "}}" : "%}") + "'");
      if (brackets.empty())
        if (size_t end = closing(at, variable ? "}}" : "%}", !variable)) {
          add(variable ? Token::Kind::VariableEnd : Token::Kind::BlockEnd, "");
          advanceTo(end);
          return {};
        }
      if (auto done = token(brackets); !done)
        return done;
    }
  }

  Result<void> token(std::string &brackets) {
    const char c = text[at];
    if (isDecimal(c))
      return number();
    if (c == '\'' || c == '"')
      return string(c);
    if (startsName(c)) {
      size_t end = at + 1;
      while (end < text.size() && (startsName(text[end]) || isDecimal(text[end])))
        ++end;
      add(Token::Kind::Name, std::string_view(text).substr(at, end - at));
      advanceTo(end);
      return {};
    }
    constexpr std::string_view pairs[] = {"//", "**", "==", "!=", ">=", "<="};
    size_t length = 1;
    for (std::string_view pair : pairs)
      if (startsWith(pair))
        length = 2;
    if (length == 1 && std::string_view("+-/*%~[](){}><=.:|,;").find(c) == std::string_view::npos) {
      size_t end = at;
      nextCharacter(text, end);
      return error("found " + quote(std::string_view(text).substr(at, end - at)) + ", expected an expression or the end of the tag");
    }
    if (length == 1) {
      if (c == '(' || c == '[' || c == '{')
        brackets += c == '(' ? ')' : c == '[' ? ']' : '}';
      if (c == ')' || c == ']' || c == '}') {
        if (brackets.empty() || brackets.back() != c)
          return error("found '" + std::string(1, c) + "'" +
                       (brackets.empty() ? " without its opening" : ", expected '" + std::string(1, brackets.back()) + "'"));
        brackets.pop_back();
      }
    }
    add(Token::Kind::Operator, std::string_view(text).substr(at, length));
    advanceTo(at + length);
    return {};
  }

  /// Digits with single underscores between them, from `end`, which moves behind them.
  std::string digits(size_t &end) const {
    std::string found;
    while (end < text.size() && (isDecimal(text[end]) || (text[end] == '_' && end + 1 < text.size() && isDecimal(text[end + 1]))))
      if (char c = text[end++]; c != '_')
        found += c;
    return found;
  }

  Result<void> number() {
    constexpr std::string_view prefixes = "box";
    size_t end = at + 2;
    const char letter = at + 1 < text.size() ? char(text[at + 1] | 0x20) : 0;
    if (text[at] == '0' && letter != ' ' && prefixes.find(letter) != std::string_view::npos) {
      const int base = letter == 'b' ? 2 : letter == 'o' ? 8 : 16;
      while (end < text.size() && (std::isxdigit(static_cast<unsigned char>(text[end])) || text[end] == '_'))
        ++end;
      std::string found;
      for (char c : std::string_view(text).substr(at + 2, end - at - 2))
        if (c != '_')
          found += c;
      return integer(found, base, end);
    }
    end = at;
    std::string found = digits(end);
    bool real = false;
    // A number behind a dot is an index: x.0.1
    const bool fraction = at == 0 || text[at - 1] != '.';
    if (fraction && end + 1 < text.size() && text[end] == '.' && isDecimal(text[end + 1])) {
      found += text[end++];
      found += digits(end);
      real = true;
    }
    size_t exponent = end + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-'))
      ++exponent;
    if (fraction && end < text.size() && (text[end] | 0x20) == 'e' && exponent < text.size() && isDecimal(text[exponent])) {
      found += "e" + std::string(text[end + 1] == '-' ? "-" : "");
      found += digits(exponent);
      end = exponent;
      real = true;
    }
    if (!real)
      return integer(found, 10, end);
    double value = 0;
    if (std::from_chars(found.data(), found.data() + found.size(), value).ec != std::errc())
      return error("found " + quote(found) + ", expected a number within the range of double");
    add(Token::Kind::Float, found);
    tokens.back().number = value;
    advanceTo(end);
    return {};
  }

  Result<void> integer(const std::string &found, int base, size_t end) {
    int64_t value = 0;
    const auto parsed = std::from_chars(found.data(), found.data() + found.size(), value, base);
    if (parsed.ec != std::errc() || parsed.ptr != found.data() + found.size())
      return error("found " + quote(found) + ", expected an integer of at most 64 bits");
    add(Token::Kind::Integer, found);
    tokens.back().integer = value;
    advanceTo(end);
    return {};
  }

  Result<void> string(char closingQuote) {
    const uint32_t start = line;
    std::string value;
    size_t i = at + 1;
    while (i < text.size() && text[i] != closingQuote) {
      if (text[i] == '\\' && i + 1 < text.size()) {
        if (auto done = escape(i, value); !done)
          return done;
      } else {
        value += text[i++];
      }
    }
    if (i == text.size())
      return error("a string without its end, expected " + std::string(1, closingQuote));
    advanceTo(i + 1);
    add(Token::Kind::String, value);
    tokens.back().line = start;
    return {};
  }

  /// Python's escapes. `i` is at the backslash and moves behind them.
  Result<void> escape(size_t &i, std::string &value) {
    constexpr std::string_view letters = "abfnrtv\\'\"", meanings = "\a\b\f\n\r\t\v\\'\"";
    const char c = text[i + 1];
    if (size_t found = letters.find(c); found != std::string_view::npos) {
      value += meanings[found];
      i += 2;
    } else if (c == '\n') {
      i += 2;
    } else if (c == 'x' || c == 'u' || c == 'U') {
      const size_t count = c == 'x' ? 2 : c == 'u' ? 4 : 8;
      uint32_t character = 0;
      const char *first = text.data() + i + 2, *last = first + std::min(count, text.size() - i - 2);
      const auto parsed = std::from_chars(first, last, character, 16);
      const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
      if (parsed.ec != std::errc() || parsed.ptr != first + count || surrogate || character > 0x10FFFF)
        return error("found the escape " + quote(std::string_view(text).substr(i, count + 2)) + ", expected " + std::to_string(count) +
                     " hexadecimal digits of a character");
      appendCharacter(value, character);
      i += 2 + count;
    } else if (c >= '0' && c <= '7') {
      uint32_t character = 0;
      size_t end = i + 1;
      for (; end < i + 4 && end < text.size() && text[end] >= '0' && text[end] <= '7'; ++end)
        character = character * 8 + uint32_t(text[end] - '0');
      appendCharacter(value, character);
      i = end;
    } else {
      value += '\\';
      ++i;
    }
    return {};
  }

  const std::string &name;
  std::string text;
  size_t at = 0;
  uint32_t line = 1;
  bool lineStarts = true;
  std::vector<Token> tokens;
};

} // namespace

Result<std::vector<Token>> tokenize(std::string_view text, const std::string &name) { return Lexer(text, name).run(); }

std::string describe(const Token &token) {
  switch (token.kind) {
  case Token::Kind::VariableEnd:
    return "'}}'";
  case Token::Kind::BlockEnd:
    return "'%}'";
  case Token::Kind::String:
    return "the string " + quote(token.text);
  default:
    return quote(token.text);
  }
}

} // namespace vspec::chat
