// Filters whose result is text. What they are applied to is spelled first: 5 | upper is "5".
#include "Filters.h"
#include <algorithm>

namespace vspec::chat {
namespace {

/// The value as text.
Value asText(Rendering &run, const Value &value) { return value.isText() ? value : run.text(spelling(run, value)); }

template <const char *const *name> Value byMethod(Rendering &run, const Value &self, const Arguments &arguments) {
  const Value text = asText(run, self);
  return run.stopped() ? Value() : textMethod(*name)(run, text, arguments);
}

constexpr const char *upperName = "upper", *lowerName = "lower", *capitalizeName = "capitalize", *stripName = "strip",
                     *replaceName = "replace";

/// Words begin behind white space and -({[<.
Value title(Rendering &run, const Value &self, const Arguments &) {
  const Value given = asText(run, self);
  if (run.stopped())
    return {};
  const std::string_view text = given.bytes();
  std::string made;
  bool begins = true;
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    const char32_t c = nextCharacter(text, at);
    const std::string_view one = text.substr(start, at - start);
    made += begins ? upper(one) : lower(one);
    begins = isSpace(c) || (c < 0x80 && std::string_view("-({[<").find(char(c)) != std::string_view::npos);
  }
  return run.text(std::move(made));
}

Value replace(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[3];
  if (!run.bind("replace", arguments, {"old", "new", "count"}, 2, given))
    return {};
  Arguments spelled;
  spelled.positional = {asText(run, given[0]), asText(run, given[1])};
  if (given[2].given())
    spelled.positional.push_back(given[2]);
  return byMethod<&replaceName>(run, self, spelled);
}

Value string(Rendering &run, const Value &self, const Arguments &) { return asText(run, self); }

Value safe(Rendering &run, const Value &self, const Arguments &) { return run.text(spelling(run, self), /*markup=*/true); }

Value escape(Rendering &run, const Value &self, const Arguments &) {
  if (self.isText() && self.text->markup)
    return self;
  return run.text(escapedMarkup(spelling(run, self)), /*markup=*/true);
}

Value forceEscape(Rendering &run, const Value &self, const Arguments &) {
  return run.text(escapedMarkup(spelling(run, self)), /*markup=*/true);
}

Value format(Rendering &run, const Value &self, const Arguments &arguments) {
  if (arguments.named.empty())
    return formatPercent(run, asText(run, self), run.tuple(arguments.positional));
  Dict *values = run.newDict();
  for (const auto &[name, value] : arguments.named)
    run.insert(*values, run.text(std::string(name)), value);
  return run.stopped() ? Value() : formatPercent(run, asText(run, self), Value(values));
}

/// An indentation as a number of blanks or as text.
std::optional<std::string> indentation(Rendering &run, const Value &width) {
  if (width.isText())
    return std::string(width.bytes());
  const auto count = wholeArgument(run, "the width of an indentation", width);
  if (!count || !run.room(uint64_t(std::clamp<int64_t>(*count, 0, INT64_MAX))))
    return std::nullopt;
  return std::string(size_t(std::max<int64_t>(*count, 0)), ' ');
}

Value indent(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[3];
  if (!run.bind("indent", arguments, {"width", "first", "blank"}, 0, given))
    return {};
  if (!self.isText())
    return run.fail("found " + kindName(self) + " to indent, expected a string");
  const auto prefix = indentation(run, given[0].given() ? given[0] : Value::of(int64_t(4)));
  if (!prefix)
    return {};
  const Value ended = run.text(std::string(self.bytes()) + "\n");
  const Value lines = run.stopped() ? Value() : textMethod("splitlines")(run, ended, {});
  if (run.stopped())
    return {};
  std::string made = truth(given[1]) ? *prefix : "";
  bool first = true;
  for (const Value &line : lines.sequence->items) {
    if (!run.room(prefix->size() + line.bytes().size() + 1))
      return {};
    if (!first)
      made += line.bytes().empty() && !truth(given[2]) ? "\n" : "\n" + *prefix;
    made += line.bytes();
    first = false;
  }
  return run.text(std::move(made), self.text->markup);
}

Value truncate(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[4];
  if (!run.bind("truncate", arguments, {"length", "killwords", "end", "leeway"}, 0, given))
    return {};
  const auto length = wholeArgument(run, "the length", given[0].given() ? given[0] : Value::of(int64_t(255)));
  const auto leeway = wholeArgument(run, "the leeway", given[3].given() && !given[3].is(Kind::None) ? given[3] : Value::of(int64_t(5)));
  const Value text = asText(run, self);
  if (run.stopped())
    return {};
  const std::string end = given[2].given() ? spelling(run, given[2]) : "...";
  const auto endLength = int64_t(characterCount(end)), kept = *length - endLength;
  if (kept < 0)
    return run.fail("truncate got the length " + std::to_string(*length) + ", expected at least " + std::to_string(endLength) +
                    ", the length of its end");
  if (*leeway < 0)
    return run.fail("truncate got the leeway " + std::to_string(*leeway) + ", expected at least 0");
  const auto characters = int64_t(text.text->length);
  if (characters <= *length || characters - *length <= *leeway)
    return text;
  std::string_view start = text.bytes().substr(0, characterOffset(text.bytes(), size_t(kept)));
  if (!truth(given[1]))
    start = start.substr(0, start.rfind(' '));
  return run.text(std::string(start) + end);
}

Value center(Rendering &run, const Value &self, const Arguments &arguments) {
  Value width;
  if (!run.bind("center", arguments, {"width"}, 0, &width))
    return {};
  const Value text = asText(run, self);
  return run.stopped() ? Value() : textMethod("center")(run, text, {{width.given() ? width : Value::of(int64_t(80))}, {}});
}

Value toJsonFilter(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[4];
  if (!run.bind("tojson", arguments, {"ensure_ascii", "indent", "separators", "sort_keys"}, 0, given))
    return {};
  JsonStyle style;
  style.ascii = truth(given[0]);
  style.sortKeys = truth(given[3]);
  if (given[1].given() && !given[1].is(Kind::None)) {
    const auto prefix = indentation(run, given[1]);
    if (!prefix)
      return {};
    style.indent = *prefix;
    style.itemSeparator = ",";
  }
  if (given[2].given() && !given[2].is(Kind::None)) {
    const std::vector<Value> separators = itemsOf(run, given[2]);
    if (separators.size() != 2 || !separators[0].isText() || !separators[1].isText())
      return run.fail("the separators of tojson are " + kindName(given[2]) + ", expected two strings");
    style.itemSeparator = separators[0].bytes();
    style.keySeparator = separators[1].bytes();
  }
  return run.text(toJson(run, self, style));
}

Value wordCount(Rendering &run, const Value &self, const Arguments &) {
  const std::string text = spelling(run, self);
  int64_t words = 0;
  bool within = false;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = nextCharacter(text, at);
    const bool word = isLetter(c) || isDigit(c) || c == '_';
    words += word && !within;
    within = word;
  }
  return Value::of(words);
}

Value urlEncode(Rendering &run, const Value &self, const Arguments &) {
  constexpr char digits[] = "0123456789ABCDEF";
  std::string made;
  for (char c : spelling(run, self)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || std::string_view("_.-~/").find(c) != std::string_view::npos)
      made += c;
    else
      made += {'%', digits[static_cast<unsigned char>(c) >> 4], digits[c & 15]};
  }
  return run.text(std::move(made));
}

} // namespace

Builtin textFilter(std::string_view name) {
  static constexpr NamedBuiltin table[] = {
      {"upper", byMethod<&upperName>},
      {"lower", byMethod<&lowerName>},
      {"capitalize", byMethod<&capitalizeName>},
      {"trim", byMethod<&stripName>},
      {"title", title},
      {"replace", replace},
      {"string", string},
      {"safe", safe},
      {"escape", escape},
      {"e", escape},
      {"forceescape", forceEscape},
      {"format", format},
      {"indent", indent},
      {"truncate", truncate},
      {"center", center},
      {"tojson", toJsonFilter},
      {"wordcount", wordCount},
      {"urlencode", urlEncode},
  };
  return findIn(table, name);
}

} // namespace vspec::chat
