// "%s and %05.2f" % values, and "{} and {name:>5}".format(...): the parts of Python's formatting that templates use.
#include "Operations.h"
#include "vspec/Support/Quote.h"
#include <charconv>
#include <cmath>
#include <cstdio>

namespace vspec::chat {
namespace {

/// [[fill]align][sign][#][0][width][,][.precision][type], the union of both notations.
struct Format {
  std::string fill = " ";
  char align = 0, sign = '-', type = 0;
  bool alternate = false, grouped = false;
  int64_t width = 0, precision = -1;
};

constexpr int64_t widest = 100'000;

std::optional<int64_t> smallNumber(std::string_view text, size_t &at) {
  int64_t value = 0;
  const auto parsed = std::from_chars(text.data() + at, text.data() + text.size(), value);
  if (parsed.ec != std::errc() || value < 0 || value > widest)
    return std::nullopt;
  at = size_t(parsed.ptr - text.data());
  return value;
}

bool isDecimal(std::string_view text, size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; }

std::string padded(const Format &format, const std::string &text, char otherwise) {
  const size_t length = characterCount(text);
  if (int64_t(length) >= format.width)
    return text;
  const size_t missing = size_t(format.width) - length;
  const char align = format.align ? format.align : otherwise;
  auto fill = [&](size_t count) {
    std::string made;
    for (size_t i = 0; i < count; ++i)
      made += format.fill;
    return made;
  };
  if (align == '=') { // between sign and digits
    const size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+' || text[0] == ' ');
    return text.substr(0, sign) + fill(missing) + text.substr(sign);
  }
  const size_t left = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
  return fill(left) + text + fill(missing - left);
}

std::string signedText(const Format &format, bool negative, const std::string &digits) {
  return (negative ? "-" : format.sign == '-' ? "" : std::string(1, format.sign)) + digits;
}

std::string grouped(std::string digits) {
  const size_t end = std::min(digits.find('.'), digits.size());
  for (size_t at = end; at > 3; at -= 3)
    digits.insert(at - 3, ",");
  return digits;
}

std::string wholeText(const Format &format, int64_t value) {
  const bool negative = value < 0;
  const uint64_t magnitude = negative ? 0 - uint64_t(value) : uint64_t(value);
  char digits[72];
  const int base = format.type == 'x' || format.type == 'X' ? 16 : format.type == 'o' ? 8 : format.type == 'b' ? 2 : 10;
  std::string text(digits, size_t(std::to_chars(digits, digits + sizeof(digits), magnitude, base).ptr - digits));
  if (format.type == 'X')
    for (char &c : text)
      c = c >= 'a' && c <= 'f' ? char(c - 32) : c;
  if (format.precision > int64_t(text.size()))
    text.insert(0, size_t(format.precision) - text.size(), '0');
  if (format.grouped)
    text = grouped(text);
  if (format.alternate && base != 10)
    text = std::string("0") + format.type + text;
  return signedText(format, negative, text);
}

std::string realText(const Format &format, double value) {
  const double magnitude = std::fabs(value);
  std::string text = std::isnan(value) ? "nan" : std::isinf(value) ? "inf" : "";
  if (text.empty() && format.type == 0 && format.precision < 0) {
    text = floatSpelling(magnitude);
  } else if (text.empty()) {
    const char type = format.type == 0 ? 'g' : format.type == '%' ? 'f' : format.type;
    const char spec[] = {'%', '.', '*', type, 0};
    const int precision = format.precision < 0 ? 6 : int(std::min<int64_t>(format.precision, 400));
    char digits[1024];
    const int count = std::snprintf(digits, sizeof(digits), spec, precision, format.type == '%' ? magnitude * 100 : magnitude);
    text.assign(digits, size_t(std::min<int>(count, sizeof(digits) - 1)));
    // The process' locale may have another point.
    for (char &c : text)
      c = c == ',' ? '.' : c;
    if (format.grouped)
      text = grouped(text);
    if (format.type == '%')
      text += '%';
  }
  return signedText(format, std::signbit(value) && !std::isnan(value), text);
}

bool isRealType(char type) { return type == 'f' || type == 'F' || type == 'e' || type == 'E' || type == 'g' || type == 'G' || type == '%'; }

/// One value by Python's format(); Missing for the notation of % means its rules: %d takes floats, %s everything.
std::string formatted(Rendering &run, const Format &format, const Value &value) {
  if (!run.room(uint64_t(std::max<int64_t>(format.width, 0)) * 4 + 16))
    return {};
  if (value.isNumber() && isRealType(format.type))
    return padded(format, realText(format, value.real()), '>');
  const bool wholeType =
      format.type == 0 || format.type == 'd' || format.type == 'x' || format.type == 'X' || format.type == 'o' || format.type == 'b';
  if (value.is(Kind::Float) && format.type == 0)
    return padded(format, realText(format, value.number), '>');
  if (value.isWhole() && wholeType && !(value.is(Kind::Boolean) && format.type == 0))
    return padded(format, wholeText(format, value.whole()), '>');
  if (format.type != 0 && format.type != 's') {
    run.fail("found " + kindName(value) + " for the format '" + std::string(1, format.type) + "'");
    return {};
  }
  std::string text = spelling(run, value);
  if (format.precision >= 0)
    text.resize(characterOffset(text, size_t(format.precision)));
  return padded(format, text, '<');
}

/// Of "%-05.2f" what stands behind the %; `at` moves to the type.
bool readPercent(Rendering &run, std::string_view text, size_t &at, Format &format) {
  for (; at < text.size() && std::string_view("-0+ #").find(text[at]) != std::string_view::npos; ++at) {
    if (text[at] == '-')
      format.align = '<';
    else if (text[at] == '0' && format.align == 0) {
      format.align = '=';
      format.fill = "0";
    } else if (text[at] == '#')
      format.alternate = true;
    else if (text[at] != '0')
      format.sign = text[at];
  }
  if (format.align == '<')
    format.fill = " ";
  auto number = [&](int64_t &out) {
    auto found = smallNumber(text, at);
    if (!found)
      run.fail("found a width in " + quote(text) + ", expected at most " + std::to_string(widest));
    out = found.value_or(0);
  };
  if (isDecimal(text, at))
    number(format.width);
  if (at < text.size() && text[at] == '.') {
    ++at;
    format.precision = 0;
    if (isDecimal(text, at))
      number(format.precision);
  }
  if (at == text.size())
    run.fail("the format " + quote(text) + " ends within a conversion");
  return !run.stopped();
}

std::string percentConversion(Rendering &run, Format format, char type, const Value &value) {
  if (type == 's' || type == 'r' || type == 'a') {
    if (format.fill == "0") {
      format.fill = " ";
      format.align = 0;
    }
    std::string text;
    if (type == 's')
      text = spelling(run, value);
    else
      appendRepr(run, text, value);
    if (format.precision >= 0)
      text.resize(characterOffset(text, size_t(format.precision)));
    return run.room(uint64_t(format.width)) ? padded(format, text, '>') : "";
  }
  format.type = type == 'i' || type == 'u' ? 'd' : type;
  const bool whole = format.type == 'd' || type == 'x' || type == 'X' || type == 'o';
  if (!whole && (!isRealType(type) || type == '%')) {
    run.fail("found the conversion '%" + std::string(1, type) + "', expected one of d, i, u, x, X, o, f, e, g, s, r");
    return {};
  }
  if (whole && value.is(Kind::Float) && type == 'd' && std::fabs(value.number) < 9e18)
    return formatted(run, format, Value::of(int64_t(value.number)));
  if (!value.isNumber()) {
    run.fail("found " + kindName(value) + " for '%" + std::string(1, type) + "', expected a number");
    return {};
  }
  return formatted(run, format, whole ? Value::of(value.whole()) : value);
}

/// Of "{:*>8.2f}" what stands behind the colon.
bool readSpec(Rendering &run, std::string_view spec, Format &format) {
  size_t at = 0;
  auto isAlign = [&](size_t place) { return place < spec.size() && std::string_view("<>=^").find(spec[place]) != std::string_view::npos; };
  size_t second = 0;
  if (!spec.empty())
    nextCharacter(spec, second);
  if (second > 0 && isAlign(second)) {
    format.fill = spec.substr(0, second);
    format.align = spec[second];
    at = second + 1;
  } else if (isAlign(0)) {
    format.align = spec[at++];
  }
  if (at < spec.size() && (spec[at] == '+' || spec[at] == '-' || spec[at] == ' '))
    format.sign = spec[at++];
  if (at < spec.size() && spec[at] == '#')
    format.alternate = ++at;
  if (at < spec.size() && spec[at] == '0') {
    ++at;
    if (!format.align) {
      format.align = '=';
      format.fill = "0";
    }
  }
  bool fine = true;
  auto number = [&](int64_t &out) {
    auto found = smallNumber(spec, at);
    fine &= found.has_value();
    out = found.value_or(0);
  };
  if (isDecimal(spec, at))
    number(format.width);
  if (at < spec.size() && spec[at] == ',')
    format.grouped = ++at;
  if (at < spec.size() && spec[at] == '.') {
    ++at;
    number(format.precision);
  }
  if (at < spec.size())
    format.type = spec[at++];
  if (!fine || at != spec.size())
    run.fail("found the format " + quote(spec) + ", expected [[fill]align][sign][#][0][width][,][.precision][type]");
  return !run.stopped();
}

/// The value of "0.name[key]" in braces.
Value field(Rendering &run, std::string_view path, const Arguments &arguments, size_t &automatic) {
  const size_t end = std::min(path.find_first_of(".["), path.size());
  const std::string_view first = path.substr(0, end);
  Value value;
  size_t index = 0;
  const auto parsed = std::from_chars(first.data(), first.data() + first.size(), index);
  if (first.empty() || (parsed.ec == std::errc() && parsed.ptr == first.data() + first.size())) {
    index = first.empty() ? automatic++ : index;
    if (index < arguments.positional.size())
      value = arguments.positional[index];
  } else {
    for (const auto &[given, one] : arguments.named)
      if (given == first)
        value = one;
  }
  if (!value.given())
    return run.fail("found the field {" + std::string(path) + "}, expected an argument of that name or number");
  for (size_t at = end; at < path.size() && !run.stopped();) {
    const bool bracket = path[at] == '[';
    const size_t stop = bracket ? path.find(']', at) : std::min(path.find_first_of(".[", at + 1), path.size());
    if (stop == std::string_view::npos)
      return run.fail("found the field {" + std::string(path) + "}, expected ']'");
    const std::string_view part = path.substr(at + 1, stop - at - 1);
    const auto number = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool whole = bracket && number.ec == std::errc() && number.ptr == part.data() + part.size();
    value = whole ? item(run, value, Value::of(int64_t(index))) : item(run, value, run.text(std::string(part)));
    at = stop + bracket;
  }
  return value;
}

} // namespace

Value formatPercent(Rendering &run, const Value &format, const Value &values) {
  const std::string_view text = format.bytes();
  const bool many = values.is(Kind::Sequence) && values.sequence->form == Sequence::Form::Tuple;
  const size_t count = many ? values.sequence->items.size() : 1;
  size_t used = 0;
  bool byName = false;
  std::string made;
  for (size_t at = 0; at < text.size() && !run.stopped(); ++at) {
    if (text[at] != '%') {
      made += text[at];
      continue;
    }
    if (++at < text.size() && text[at] == '%') {
      made += '%';
      continue;
    }
    Value named;
    if (at < text.size() && text[at] == '(') {
      const size_t end = text.find(')', at);
      if (end == std::string_view::npos || !values.is(Kind::Dict))
        return run.fail("found " + quote(text) + " % " + kindName(values) + ", expected a dict for names in parentheses");
      const Value *found = values.dict->find(text.substr(at + 1, end - at - 1));
      if (!found)
        return run.fail("the dict has no " + quote(text.substr(at + 1, end - at - 1)) + ", which the format names");
      named = *found;
      byName = true;
      at = end + 1;
    }
    Format conversion;
    if (!readPercent(run, text, at, conversion))
      return {};
    if (!named.given() && used == count)
      return run.fail("the format " + quote(text) + " has more conversions than the " + std::to_string(count) + " values");
    const Value &value = named.given() ? named : many ? values.sequence->items[used++] : (++used, values);
    made += percentConversion(run, conversion, text[at], value);
    if (!run.room(made.size() / 16))
      return {};
  }
  if (used < count && !byName && !values.is(Kind::Dict) && !values.is(Kind::Sequence))
    return run.fail("the format " + quote(text) + " has no conversion for the value");
  if (many && used < count)
    return run.fail("the format " + quote(text) + " has " + std::to_string(used) + " conversions, expected " + std::to_string(count));
  return run.text(std::move(made), format.text->markup);
}

Value formatBraces(Rendering &run, const Value &self, const Arguments &arguments) {
  const std::string_view text = self.bytes();
  size_t automatic = 0;
  std::string made;
  for (size_t at = 0; at < text.size() && !run.stopped(); ++at) {
    const char c = text[at];
    if ((c == '{' || c == '}') && at + 1 < text.size() && text[at + 1] == c) {
      made += text[at++];
      continue;
    }
    if (c == '}')
      return run.fail("the format " + quote(text) + " has a '}' without '{'");
    if (c != '{') {
      made += c;
      continue;
    }
    const size_t end = text.find('}', at);
    if (end == std::string_view::npos)
      return run.fail("the format " + quote(text) + " has a '{' without '}'");
    std::string_view inside = text.substr(at + 1, end - at - 1), spec;
    if (inside.find('{') != std::string_view::npos)
      return run.fail("the format " + quote(text) + " has fields within fields, which are not known");
    if (const size_t colon = inside.find(':'); colon != std::string_view::npos) {
      spec = inside.substr(colon + 1);
      inside = inside.substr(0, colon);
    }
    const bool repr = inside.size() >= 2 && inside.substr(inside.size() - 2) == "!r",
               plain = inside.size() >= 2 && inside.substr(inside.size() - 2) == "!s";
    if (repr || plain)
      inside.remove_suffix(2);
    Value value = field(run, inside, arguments, automatic);
    if (run.stopped())
      return {};
    if (repr || plain) {
      std::string shown;
      if (repr)
        appendRepr(run, shown, value);
      else
        shown = spelling(run, value);
      value = run.text(std::move(shown));
    }
    Format format;
    if (!readSpec(run, spec, format))
      return {};
    made += formatted(run, format, value);
    at = end;
  }
  return run.text(std::move(made), self.text->markup);
}

} // namespace vspec::chat
