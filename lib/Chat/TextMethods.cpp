// The methods of Python's str.
#include "Operations.h"
#include "vspec/Support/Quote.h"
#include <algorithm>

namespace vspec::chat {
namespace {

Value same(Rendering &run, const Value &self, std::string_view bytes) { return run.text(std::string(bytes), self.text->markup); }

bool textArgument(Rendering &run, const char *what, const Value &value) {
  if (!value.isText())
    run.fail(std::string(what) + " is " + kindName(value) + ", expected a string");
  return !run.stopped();
}

Value toUpper(Rendering &run, const Value &self, const Arguments &) { return same(run, self, upper(self.bytes())); }
Value toLower(Rendering &run, const Value &self, const Arguments &) { return same(run, self, lower(self.bytes())); }

Value capitalize(Rendering &run, const Value &self, const Arguments &) {
  const std::string_view bytes = self.bytes();
  const size_t first = characterOffset(bytes, 1);
  return same(run, self, upper(bytes.substr(0, first)) + lower(bytes.substr(first)));
}

/// Letters that follow no letter become upper case.
Value title(Rendering &run, const Value &self, const Arguments &) {
  const std::string_view bytes = self.bytes();
  std::string made;
  bool within = false;
  for (size_t at = 0; at < bytes.size();) {
    const size_t start = at;
    const bool letter = isLetter(nextCharacter(bytes, at));
    const std::string_view one = bytes.substr(start, at - start);
    made += within ? lower(one) : upper(one);
    within = letter;
  }
  return same(run, self, made);
}

Value swapCase(Rendering &run, const Value &self, const Arguments &) {
  const std::string_view bytes = self.bytes();
  std::string made;
  for (size_t at = 0; at < bytes.size();) {
    const size_t start = at;
    const bool big = isUpper(nextCharacter(bytes, at));
    const std::string_view one = bytes.substr(start, at - start);
    made += big ? lower(one) : upper(one);
  }
  return same(run, self, made);
}

template <bool left, bool right> Value strip(Rendering &run, const Value &self, const Arguments &arguments) {
  Value characters;
  if (!run.bind("strip", arguments, {"chars"}, 0, &characters))
    return {};
  std::string_view bytes = self.bytes();
  if (!characters.given() || characters.is(Kind::None)) {
    bytes = left ? stripLeft(bytes) : bytes;
    return same(run, self, right ? stripRight(bytes) : bytes);
  }
  if (!textArgument(run, "the set of characters to strip", characters) || !run.work(bytes.size() * (1 + characters.bytes().size() / 8)))
    return {};
  bytes = left ? stripLeft(bytes, characters.bytes()) : bytes;
  return same(run, self, right ? stripRight(bytes, characters.bytes()) : bytes);
}

template <bool start> Value meets(Rendering &run, const Value &self, const Arguments &arguments) {
  Value wanted;
  if (!run.bind(start ? "startswith" : "endswith", arguments, {"prefix"}, 1, &wanted))
    return {};
  const bool many = wanted.is(Kind::Sequence) && wanted.sequence->form == Sequence::Form::Tuple;
  const std::vector<Value> one = {wanted};
  const std::string_view bytes = self.bytes();
  for (const Value &part : many ? wanted.sequence->items : one) {
    if (!textArgument(run, start ? "the start that is asked for" : "the end that is asked for", part))
      return {};
    const std::string_view text = part.bytes();
    if (bytes.size() >= text.size() && bytes.substr(start ? 0 : bytes.size() - text.size(), text.size()) == text)
      return Value::of(true);
  }
  return Value::of(false);
}

/// Words between white space; at most `most` cuts, from the left.
std::vector<std::string_view> words(std::string_view text, int64_t most, bool fromRight) {
  std::vector<std::string_view> made;
  for (text = fromRight ? stripRight(text) : stripLeft(text); !text.empty(); --most) {
    if (most == 0) {
      made.push_back(fromRight ? stripRight(text) : stripLeft(text));
      break;
    }
    size_t at = fromRight ? text.size() : 0;
    for (bool within = true; within;) {
      size_t next = fromRight ? (at > 0 ? previousStart(text, at) : at) : at, start = next;
      within = fromRight ? at > 0 : at < text.size();
      if (within && isSpace(nextCharacter(text, next)))
        within = false;
      if (within)
        at = fromRight ? start : next;
    }
    made.push_back(fromRight ? text.substr(at) : text.substr(0, at));
    text = fromRight ? stripRight(text.substr(0, at)) : stripLeft(text.substr(at));
  }
  return made;
}

template <bool fromRight> Value split(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind("split", arguments, {"sep", "maxsplit"}, 0, given))
    return {};
  int64_t most = -1;
  if (given[1].given()) {
    const auto found = wholeArgument(run, "maxsplit", given[1]);
    if (!found)
      return {};
    most = *found;
  }
  std::string_view text = self.bytes();
  std::vector<std::string_view> parts;
  if (!run.work(text.size()) || !run.room(text.size() / 8))
    return {};
  if (!given[0].given() || given[0].is(Kind::None)) {
    parts = words(text, most, fromRight);
  } else {
    if (!textArgument(run, "the separator", given[0]))
      return {};
    const std::string_view separator = given[0].bytes();
    if (separator.empty())
      return run.fail("found an empty separator, expected a string of at least one character");
    // Searching from the right is not linear.
    if (fromRight && !run.work(text.size() * (1 + separator.size() / 4)))
      return {};
    for (; most != 0; --most) {
      const size_t found = fromRight ? text.rfind(separator) : find(text, separator);
      if (found == std::string_view::npos || !run.work(64))
        break;
      parts.push_back(fromRight ? text.substr(found + separator.size()) : text.substr(0, found));
      text = fromRight ? text.substr(0, found) : text.substr(found + separator.size());
    }
    parts.push_back(text);
  }
  if (fromRight)
    std::reverse(parts.begin(), parts.end());
  std::vector<Value> items;
  for (std::string_view part : parts) {
    if (run.stopped())
      return {};
    items.push_back(same(run, self, part));
  }
  return run.list(std::move(items));
}

Value splitLines(Rendering &run, const Value &self, const Arguments &arguments) {
  Value keep;
  if (!run.bind("splitlines", arguments, {"keepends"}, 0, &keep))
    return {};
  const std::string_view text = self.bytes();
  std::vector<Value> items;
  size_t start = 0;
  for (size_t at = 0; at < text.size() && !run.stopped();) {
    const size_t end = at;
    const char32_t c = nextCharacter(text, at);
    if (!((c >= 10 && c <= 13) || (c >= 28 && c <= 30) || c == 0x85 || c == 0x2028 || c == 0x2029))
      continue;
    if (c == '\r' && at < text.size() && text[at] == '\n')
      ++at;
    items.push_back(same(run, self, text.substr(start, (truth(keep) ? at : end) - start)));
    start = at;
  }
  if (start < text.size())
    items.push_back(same(run, self, text.substr(start)));
  return run.list(std::move(items));
}

Value replace(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[3];
  if (!run.bind("replace", arguments, {"old", "new", "count"}, 2, given) || !textArgument(run, "the text to replace", given[0]) ||
      !textArgument(run, "the replacement", given[1]))
    return {};
  int64_t most = -1;
  if (given[2].given() && !given[2].is(Kind::None)) {
    const auto found = wholeArgument(run, "count", given[2]);
    if (!found)
      return {};
    most = *found;
  }
  auto part = [&](const Value &one) {
    return self.text->markup && !one.text->markup ? escapedMarkup(one.bytes()) : std::string(one.bytes());
  };
  const std::string_view text = self.bytes();
  const std::string before = part(given[0]), after = part(given[1]);
  std::string made;
  size_t at = 0;
  for (; most != 0; --most) {
    const size_t found = find(text, before, at);
    if (found == std::string_view::npos || !run.room(found - at + after.size()) || !run.work(64))
      break;
    made += text.substr(at, found - at);
    made += after;
    at = found + before.size();
    if (before.empty()) { // before each character, and at the end
      if (at == text.size())
        break;
      const size_t start = at;
      nextCharacter(text, at);
      made += text.substr(start, at - start);
    }
  }
  if (run.stopped())
    return {};
  made += text.substr(at);
  return same(run, self, made);
}

Value join(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given;
  if (!run.bind("join", arguments, {"iterable"}, 1, &given))
    return {};
  std::string made;
  bool first = true;
  for (const Value &one : itemsOf(run, given)) {
    if (!textArgument(run, "an item to join", one) || !run.room(one.bytes().size() + self.bytes().size()))
      return {};
    if (!std::exchange(first, false))
      made += self.bytes();
    made += one.bytes();
  }
  return same(run, self, made);
}

/// The place in characters, -1 for none.
int64_t placeOf(Rendering &run, const Value &self, const Arguments &arguments, bool last) {
  Value given[3];
  if (!run.bind("find", arguments, {"sub", "start", "end"}, 1, given) || !textArgument(run, "the text to find", given[0]))
    return -1;
  Value bounds[3] = {given[1].given() ? given[1] : Value::none(), given[2].given() ? given[2] : Value::none(), Value::none()};
  const Value part = slice(run, self, bounds);
  if (run.stopped() || !run.work(self.bytes().size() * (last ? 1 + given[0].bytes().size() / 4 : 1)))
    return -1;
  const size_t found = last ? part.bytes().rfind(given[0].bytes()) : find(part.bytes(), given[0].bytes());
  if (found == std::string_view::npos)
    return -1;
  int64_t before = bounds[0].is(Kind::None) ? 0 : bounds[0].whole();
  const auto length = int64_t(self.text->length);
  before = before < 0 ? std::max<int64_t>(before + length, 0) : std::min(before, length);
  return before + int64_t(characterCount(part.bytes().substr(0, found)));
}

template <bool last> Value findPlace(Rendering &run, const Value &self, const Arguments &arguments) {
  return Value::of(placeOf(run, self, arguments, last));
}

template <bool last> Value indexOf(Rendering &run, const Value &self, const Arguments &arguments) {
  const int64_t found = placeOf(run, self, arguments, last);
  return found < 0 ? run.fail("the text that index looks for is not in the string") : Value::of(found);
}

Value count(Rendering &run, const Value &self, const Arguments &arguments) {
  Value wanted;
  if (!run.bind("count", arguments, {"sub"}, 1, &wanted) || !textArgument(run, "the text to count", wanted) ||
      !run.work(self.bytes().size()))
    return {};
  if (wanted.bytes().empty())
    return Value::of(int64_t(self.text->length) + 1);
  int64_t found = 0;
  for (size_t at = 0; (at = find(self.bytes(), wanted.bytes(), at)) != std::string_view::npos; at += wanted.bytes().size())
    ++found;
  return Value::of(found);
}

template <bool (*property)(char32_t)> Value all(Rendering &, const Value &self, const Arguments &) {
  const std::string_view text = self.bytes();
  bool every = !text.empty();
  for (size_t at = 0; at < text.size();)
    every &= property(nextCharacter(text, at));
  return Value::of(every);
}

bool isLetterOrDigit(char32_t c) { return isLetter(c) || isDigit(c); }
bool isAscii(char32_t c) { return c < 0x80; }

/// At least one letter of that case and none of the other.
template <bool (*wanted)(char32_t), bool (*other)(char32_t)> Value oneCase(Rendering &, const Value &self, const Arguments &) {
  const std::string_view text = self.bytes();
  bool some = false, none = true;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = nextCharacter(text, at);
    some |= wanted(c);
    none &= !other(c);
  }
  return Value::of(some && none);
}

template <bool start> Value removeEnd(Rendering &run, const Value &self, const Arguments &arguments) {
  Value wanted;
  if (!run.bind(start ? "removeprefix" : "removesuffix", arguments, {"part"}, 1, &wanted) ||
      !textArgument(run, "the part to remove", wanted))
    return {};
  const std::string_view text = self.bytes(), part = wanted.bytes();
  if (text.size() < part.size() || text.substr(start ? 0 : text.size() - part.size(), part.size()) != part)
    return self;
  return same(run, self, start ? text.substr(part.size()) : text.substr(0, text.size() - part.size()));
}

template <bool last> Value partition(Rendering &run, const Value &self, const Arguments &arguments) {
  Value separator;
  if (!run.bind("partition", arguments, {"sep"}, 1, &separator) || !textArgument(run, "the separator", separator) ||
      !run.work(self.bytes().size() * (1 + separator.bytes().size() / 4)))
    return {};
  const std::string_view text = self.bytes(), part = separator.bytes();
  if (part.empty())
    return run.fail("found an empty separator, expected a string of at least one character");
  const size_t found = last ? text.rfind(part) : find(text, part);
  if (found == std::string_view::npos)
    return last ? run.tuple({same(run, self, ""), same(run, self, ""), self}) : run.tuple({self, same(run, self, ""), same(run, self, "")});
  return run.tuple({same(run, self, text.substr(0, found)), separator, same(run, self, text.substr(found + part.size()))});
}

/// ljust, rjust, center, zfill.
template <char align> Value justify(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind("padding", arguments, {"width", "fillchar"}, 1, given))
    return {};
  const auto width = wholeArgument(run, "the width", given[0]);
  const std::string fill = given[1].isText() ? std::string(given[1].bytes()) : align == '0' ? "0" : " ";
  if (characterCount(fill) != 1)
    return run.fail("found " + quote(fill) + " to fill with, expected one character");
  if (!width || *width <= int64_t(self.text->length))
    return run.stopped() ? Value() : self;
  const uint64_t missing = uint64_t(*width) - self.text->length;
  if (!run.room(missing > INT64_MAX / fill.size() ? missing : missing * fill.size()))
    return {};
  auto filled = [&](uint64_t count) {
    std::string made;
    for (uint64_t i = 0; i < count; ++i)
      made += fill;
    return made;
  };
  const std::string_view text = self.bytes();
  const bool sign = align == '0' && !text.empty() && (text[0] == '-' || text[0] == '+');
  // Python puts the odd one to the left if the width is odd.
  const uint64_t left = align == '<' ? 0 : align == '^' ? missing / 2 + (missing & uint64_t(*width) & 1) : missing;
  return same(run, self, std::string(text.substr(0, sign)) + filled(left) + std::string(text.substr(sign)) + filled(missing - left));
}

} // namespace

Builtin textMethod(std::string_view name) {
  static constexpr NamedBuiltin table[] = {
      {"strip", strip<true, true>},
      {"lstrip", strip<true, false>},
      {"rstrip", strip<false, true>},
      {"split", split<false>},
      {"rsplit", split<true>},
      {"splitlines", splitLines},
      {"startswith", meets<true>},
      {"endswith", meets<false>},
      {"replace", replace},
      {"format", formatBraces},
      {"join", join},
      {"upper", toUpper},
      {"lower", toLower},
      {"casefold", toLower},
      {"title", title},
      {"capitalize", capitalize},
      {"swapcase", swapCase},
      {"find", findPlace<false>},
      {"rfind", findPlace<true>},
      {"index", indexOf<false>},
      {"rindex", indexOf<true>},
      {"count", count},
      {"isdigit", all<isDigit>},
      {"isdecimal", all<isDigit>},
      {"isnumeric", all<isDigit>},
      {"isalpha", all<isLetter>},
      {"isalnum", all<isLetterOrDigit>},
      {"isspace", all<isSpace>},
      {"isascii", all<isAscii>},
      {"isupper", oneCase<isUpper, isLower>},
      {"islower", oneCase<isLower, isUpper>},
      {"removeprefix", removeEnd<true>},
      {"removesuffix", removeEnd<false>},
      {"partition", partition<false>},
      {"rpartition", partition<true>},
      {"ljust", justify<'<'>},
      {"rjust", justify<'>'>},
      {"center", justify<'^'>},
      {"zfill", justify<'0'>},
  };
  return findIn(table, name);
}

} // namespace vspec::chat
