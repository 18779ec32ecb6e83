// str() and repr(): what Python prints.
#include "Operations.h"
#include <charconv>
#include <cmath>

namespace vspec::chat {

std::string floatSpelling(double value) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";
  // The fewest digits that read back as the same number: [-]d.ddde[+-]xx
  char shortest[40];
  const auto end = std::to_chars(shortest, shortest + sizeof(shortest), value, std::chars_format::scientific).ptr;
  const std::string_view written(shortest, size_t(end - shortest));
  const size_t mark = written.find('e');
  const bool negative = written[0] == '-';
  std::string digits;
  for (char c : written.substr(negative, mark - negative))
    if (c != '.')
      digits += c;
  int exponent = 0;
  const char *first = written.data() + mark + 1;
  std::from_chars(first + (*first == '+'), end, exponent);
  std::string text = negative ? "-" : "";
  const auto count = int(digits.size());
  if (exponent < -4 || exponent >= 16) {
    text += digits.substr(0, 1) + (count > 1 ? "." + digits.substr(1) : "") + (exponent < 0 ? "e-" : "e+");
    const std::string power = std::to_string(std::abs(exponent));
    return text + (power.size() < 2 ? "0" : "") + power;
  }
  if (exponent < 0)
    return text + "0." + std::string(size_t(-exponent - 1), '0') + digits;
  if (count <= exponent + 1)
    return text + digits + std::string(size_t(exponent + 1 - count), '0') + ".0";
  return text + digits.substr(0, size_t(exponent + 1)) + "." + digits.substr(size_t(exponent + 1));
}

static void appendEscape(std::string &text, char32_t character) {
  constexpr char digits[] = "0123456789abcdef";
  const int width = character < 0x100 ? 2 : character < 0x10000 ? 4 : 8;
  text += '\\';
  text += width == 2 ? 'x' : width == 4 ? 'u' : 'U';
  for (int shift = 4 * (width - 1); shift >= 0; shift -= 4)
    text += digits[character >> shift & 15];
}

std::string textRepr(std::string_view text) {
  const bool doubled = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos;
  const char mark = doubled ? '"' : '\'';
  std::string made(1, mark);
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    const char32_t character = nextCharacter(text, at);
    if (character == char32_t(mark) || character == '\\')
      made += {'\\', char(character)};
    else if (character == '\n' || character == '\r' || character == '\t')
      made += {'\\', character == '\n' ? 'n' : character == '\r' ? 'r' : 't'};
    else if (isPrintable(character))
      made += text.substr(start, at - start);
    else
      appendEscape(made, character);
  }
  return made + mark;
}

std::string escapedMarkup(std::string_view text) {
  std::string made;
  for (char c : text)
    switch (c) {
    case '&':
      made += "&amp;";
      break;
    case '<':
      made += "&lt;";
      break;
    case '>':
      made += "&gt;";
      break;
    case '\'':
      made += "&#39;";
      break;
    case '"':
      made += "&#34;";
      break;
    default:
      made += c;
    }
  return made;
}

static void appendItems(Rendering &run, std::string &text, const std::vector<Value> &items) {
  for (size_t i = 0; i < items.size() && !run.stopped(); ++i) {
    text += i == 0 ? "" : ", ";
    appendRepr(run, text, items[i]);
  }
}

static void appendEntries(Rendering &run, std::string &text, const Dict &dict) {
  text += '{';
  for (const auto &[key, value] : dict.entries) {
    if (run.stopped())
      return;
    text += text.back() == '{' && &key == &dict.entries[0].first ? "" : ", ";
    appendRepr(run, text, key);
    text += ": ";
    appendRepr(run, text, value);
  }
  text += '}';
}

static void appendSequence(Rendering &run, std::string &text, const Sequence &sequence) {
  switch (sequence.form) {
  case Sequence::Form::List:
    text += '[';
    appendItems(run, text, sequence.items);
    text += ']';
    return;
  case Sequence::Form::Tuple:
    text += '(';
    appendItems(run, text, sequence.items);
    text += sequence.items.size() == 1 ? ",)" : ")";
    return;
  case Sequence::Form::Range:
    text += "range(" + std::to_string(sequence.range[0]) + ", " + std::to_string(sequence.range[1]);
    text += sequence.range[2] == 1 ? ")" : ", " + std::to_string(sequence.range[2]) + ")";
    return;
  case Sequence::Form::View:
    text += std::string(sequence.view) + "([";
    appendItems(run, text, sequence.items);
    text += "])";
    return;
  case Sequence::Form::Generator:
    text += "<generator>";
  }
}

void appendRepr(Rendering &run, std::string &text, const Value &value) {
  Rendering::Deeper deeper(run);
  if (!run.work(64) || !run.room(value.isText() ? value.bytes().size() : 16))
    return;
  switch (value.kind) {
  case Kind::Missing:
    break;
  case Kind::Undefined:
    text += "Undefined";
    break;
  case Kind::None:
    text += "None";
    break;
  case Kind::Boolean:
    text += value.boolean ? "True" : "False";
    break;
  case Kind::Integer:
    text += std::to_string(value.integer);
    break;
  case Kind::Float:
    text += floatSpelling(value.number);
    break;
  case Kind::Text:
    text += value.text->markup ? "Markup(" + textRepr(value.bytes()) + ")" : textRepr(value.bytes());
    break;
  case Kind::Sequence:
    appendSequence(run, text, *value.sequence);
    break;
  case Kind::Dict:
    appendEntries(run, text, *value.dict);
    break;
  case Kind::Namespace: {
    text += "<Namespace {";
    for (size_t i = 0; i < value.space->attributes.size() && !run.stopped(); ++i) {
      const auto &[key, held] = value.space->attributes[i];
      text += (i == 0 ? "" : ", ") + textRepr(key) + ": ";
      appendRepr(run, text, held);
    }
    text += "}>";
    break;
  }
  case Kind::Callable:
    text += std::string(value.callable->macro ? "<Macro " : "<function ") + textRepr(value.callable->name) + ">";
    break;
  case Kind::Loop:
    text += "<LoopContext " + std::to_string(value.loop->index + 1) + "/" + std::to_string(value.loop->items.size()) + ">";
  }
}

std::string spelling(Rendering &run, const Value &value) {
  if (value.isText())
    return std::string(value.bytes());
  std::string text;
  if (!value.is(Kind::Undefined))
    appendRepr(run, text, value);
  return text;
}

} // namespace vspec::chat
