// Filters from sequences to one value, filters of numbers, and `default`.
#include "Filters.h"
#include "Parser.h"
#include "vspec/Support/Quote.h"
#include <charconv>
#include <cmath>
#include <cstdio>

namespace vspec::chat {
namespace {

Value defaultValue(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind("default", arguments, {"default_value", "boolean"}, 0, given))
    return {};
  const bool replaced = self.is(Kind::Undefined) || (truth(given[1]) && !truth(self));
  return !replaced ? self : given[0].given() ? given[0] : run.text("");
}

Value length(Rendering &run, const Value &self, const Arguments &) { return lengthOf(run, self); }

Value first(Rendering &run, const Value &self, const Arguments &) {
  const bool generator = self.is(Kind::Sequence) && self.sequence->form == Sequence::Form::Generator;
  if (generator && self.sequence->taken < self.sequence->items.size())
    return self.sequence->items[self.sequence->taken++];
  const std::vector<Value> items = itemsOf(run, self);
  return items.empty() ? run.undefined("an empty sequence has no first item") : items.front();
}

Value last(Rendering &run, const Value &self, const Arguments &) {
  if (self.is(Kind::Sequence) && self.sequence->form == Sequence::Form::Generator)
    return run.fail("found a generator, expected a sequence that has a last item: make it a list");
  const std::vector<Value> items = itemsOf(run, self);
  return items.empty() ? run.undefined("an empty sequence has no last item") : items.back();
}

Value join(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind("join", arguments, {"d", "attribute"}, 0, given))
    return {};
  const std::string separator = given[0].given() ? spelling(run, given[0]) : "";
  std::string made;
  bool started = false;
  for (const Value &one : itemsOf(run, self)) {
    const std::string part = spelling(run, attributePath(run, one, given[1]));
    if (run.stopped() || !run.room(part.size() + separator.size()))
      return {};
    made += std::exchange(started, true) ? separator + part : part;
  }
  return run.text(std::move(made));
}

Value sum(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind("sum", arguments, {"attribute", "start"}, 0, given))
    return {};
  Value total = given[1].given() ? given[1] : Value::of(int64_t(0));
  for (const Value &one : itemsOf(run, self)) {
    total = arithmetic(run, Operator::Add, total, attributePath(run, one, given[0]));
    if (run.stopped())
      return {};
  }
  return total;
}

template <bool largest> Value extreme(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind(largest ? "max" : "min", arguments, {"case_sensitive", "attribute"}, 0, given))
    return {};
  const std::vector<Value> items = itemsOf(run, self);
  Value found, foundKey;
  for (const Value &one : items) {
    const Value key = sortKey(run, attributePath(run, one, given[1]), given[0]);
    if (run.stopped())
      return {};
    if (!found.given() || (largest ? less(run, foundKey, key) : less(run, key, foundKey))) {
      found = one;
      foundKey = key;
    }
  }
  return found.given() ? found : run.undefined(std::string("an empty sequence has no ") + (largest ? "largest item" : "smallest item"));
}

Value absolute(Rendering &run, const Value &self, const Arguments &) {
  if (!self.isNumber())
    return run.fail("found " + kindName(self) + ", expected a number for its absolute value");
  if (self.is(Kind::Float))
    return Value::of(std::fabs(self.number));
  return self.whole() < 0 ? negative(run, self) : Value::of(self.whole());
}

Value round(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind("round", arguments, {"precision", "method"}, 0, given))
    return {};
  const auto precision = wholeArgument(run, "the precision", given[0].given() ? given[0] : Value::of(int64_t(0)));
  const std::string method = given[1].given() ? spelling(run, given[1]) : "common";
  if (!self.isNumber())
    return run.fail("found " + kindName(self) + " to round, expected a number");
  if (!precision || *precision < -300 || *precision > 300)
    return run.stopped() ? Value() : run.fail("the precision is " + std::to_string(*precision) + ", expected -300 to 300");
  if (method == "ceil" || method == "floor") {
    const double factor = std::pow(10.0, double(*precision)), scaled = self.real() * factor;
    return Value::of((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / factor);
  }
  if (method != "common")
    return run.fail("found the method '" + method + "' to round, expected common, ceil or floor");
  if (self.isWhole() && *precision >= 0)
    return Value::of(self.whole());
  if (*precision < 0) {
    const double factor = std::pow(10.0, double(-*precision)), rounded = std::nearbyint(self.real() / factor) * factor;
    return self.isWhole() && std::fabs(rounded) < 9e18 ? Value::of(int64_t(rounded)) : Value::of(rounded);
  }
  if (!std::isfinite(self.number))
    return self;
  // Decimal digits of the exact value, halves to even: what Python does.
  char digits[700];
  const int count = std::snprintf(digits, sizeof(digits), "%.*f", int(*precision), self.number);
  for (int i = 0; i < count; ++i)
    digits[i] = digits[i] == ',' ? '.' : digits[i];
  double value = 0;
  std::from_chars(digits, digits + count, value);
  return Value::of(value);
}

/// A number as Python reads one: white space around it, underscores between digits.
std::string numberText(std::string_view given) {
  std::string_view stripped = stripRight(stripLeft(given));
  if (!stripped.empty() && stripped[0] == '+' && stripped.substr(0, 2) != "+-")
    stripped.remove_prefix(1);
  std::string text;
  for (size_t i = 0; i < stripped.size(); ++i)
    if (stripped[i] != '_' || i == 0 || i + 1 == stripped.size())
      text += stripped[i];
  return text;
}

std::optional<double> readFloat(const Value &value) {
  if (value.isNumber())
    return value.real();
  if (!value.isText())
    return std::nullopt;
  const std::string text = numberText(value.bytes());
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || parsed.ptr != text.data() + text.size() || parsed.ec == std::errc::invalid_argument)
    return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range)
    return text.find("e-") != std::string::npos ? 0.0 : text[0] == '-' ? -HUGE_VAL : HUGE_VAL;
  return number;
}

Value toInteger(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind("int", arguments, {"default", "base"}, 0, given))
    return {};
  if (self.is(Kind::Undefined))
    return run.fail(self.text->bytes + ", so it is no number");
  const auto base = wholeArgument(run, "the base", given[1].given() ? given[1] : Value::of(int64_t(10)));
  if (!base || *base < 2 || *base > 36)
    return run.stopped() ? Value() : run.fail("the base is " + std::to_string(*base) + ", expected 2 to 36");
  if (self.isWhole())
    return Value::of(self.whole());
  if (self.isText()) {
    std::string text = numberText(self.bytes());
    const bool minus = !text.empty() && text[0] == '-';
    const char prefix = *base == 16 ? 'x' : *base == 8 ? 'o' : *base == 2 ? 'b' : 0;
    if (prefix && text.size() > size_t(minus) + 2 && text[minus] == '0' && (text[minus + 1] | 0x20) == prefix)
      text.erase(minus, 2);
    int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, int(*base));
    if (!text.empty() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size())
      return Value::of(number);
    if (parsed.ec == std::errc::result_out_of_range && parsed.ptr == text.data() + text.size())
      return run.fail("an integer of more than 64 bits");
  }
  const std::optional<double> number = readFloat(self);
  if (!number || !std::isfinite(*number))
    return given[0].given() ? given[0] : Value::of(int64_t(0));
  return std::fabs(*number) < 9.2e18 ? Value::of(int64_t(*number)) : run.fail("an integer of more than 64 bits");
}

Value toFloat(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given;
  if (!run.bind("float", arguments, {"default"}, 0, &given))
    return {};
  if (self.is(Kind::Undefined))
    return run.fail(self.text->bytes + ", so it is no number");
  const std::optional<double> number = readFloat(self);
  return number ? Value::of(*number) : given.given() ? given : Value::of(0.0);
}

Value attributeOf(Rendering &run, const Value &self, const Arguments &arguments) {
  Value name;
  if (!run.bind("attr", arguments, {"name"}, 1, &name))
    return {};
  if (!name.isText())
    return run.fail("attr got " + kindName(name) + ", expected the name of an attribute");
  // Unlike a dot it does not look for items.
  if (self.is(Kind::Dict) && !dictMethod(name.bytes()))
    return run.undefined("a dict has no attribute " + quote(name.bytes()));
  return attribute(run, self, name.bytes());
}

} // namespace

Builtin summaryFilter(std::string_view name) {
  static constexpr NamedBuiltin table[] = {
      {"default", defaultValue}, {"d", defaultValue},    {"length", length},    {"count", length},
      {"first", first},          {"last", last},         {"join", join},        {"sum", sum},
      {"min", extreme<false>},   {"max", extreme<true>}, {"abs", absolute},     {"round", round},
      {"int", toInteger},        {"float", toFloat},     {"attr", attributeOf},
  };
  return findIn(table, name);
}

Builtin findFilter(std::string_view name) {
  if (Builtin found = textFilter(name))
    return found;
  if (Builtin found = sequenceFilter(name))
    return found;
  return summaryFilter(name);
}

} // namespace vspec::chat
