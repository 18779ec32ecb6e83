// Functions that every template has.
#include "Operations.h"
#include "Parser.h"

namespace vspec::chat {
namespace {

constexpr int64_t longestRange = 100'000; // Jinja's, in its sandbox

Value range(Rendering &run, const Value &, const Arguments &arguments) {
  const size_t count = arguments.positional.size();
  if (count < 1 || count > 3 || !arguments.named.empty())
    return run.fail("range got " + std::to_string(count) + " arguments, expected 1 to 3");
  int64_t bounds[3] = {0, 0, 1};
  for (size_t i = 0; i < count; ++i) {
    const auto given = wholeArgument(run, "an argument of range", arguments.positional[i]);
    if (!given)
      return {};
    bounds[count == 1 ? 1 : i] = *given;
  }
  const auto [start, stop, step] = bounds;
  if (step == 0)
    return run.fail("range got the step 0, expected any other integer");
  std::vector<Value> items;
  for (int64_t i = start; step > 0 ? i < stop : i > stop;) {
    if (int64_t(items.size()) == longestRange)
      return run.fail("a range of more than " + std::to_string(longestRange) + " numbers");
    items.push_back(Value::of(i));
    if (__builtin_add_overflow(i, step, &i))
      break;
  }
  const Value made = run.sequence(Sequence::Form::Range, std::move(items));
  if (made.given())
    std::copy(bounds, bounds + 3, made.sequence->range);
  return made;
}

Value dict(Rendering &run, const Value &, const Arguments &arguments) {
  if (arguments.positional.size() > 1)
    return run.fail("dict got " + std::to_string(arguments.positional.size()) + " values, expected at most 1");
  Dict *made = run.newDict();
  for (const Value &from : arguments.positional) {
    if (from.is(Kind::Dict)) {
      const std::vector<std::pair<Value, Value>> entries = from.dict->entries;
      for (const auto &[key, value] : entries)
        run.insert(*made, key, value);
      continue;
    }
    for (const Value &pair : itemsOf(run, from)) {
      const std::vector<Value> parts = itemsOf(run, pair);
      if (parts.size() != 2)
        return run.fail("dict got an item of " + std::to_string(parts.size()) + " values, expected a key and a value");
      run.insert(*made, parts[0], parts[1]);
    }
  }
  for (const auto &[name, value] : arguments.named)
    run.insert(*made, run.text(std::string(name)), value);
  return Value(made);
}

Value makeNamespace(Rendering &run, const Value &self, const Arguments &arguments) {
  const Value from = dict(run, self, arguments);
  std::vector<std::pair<std::string_view, Value>> attributes;
  if (run.stopped())
    return {};
  for (const auto &[key, value] : from.dict->entries)
    if (key.isText())
      attributes.emplace_back(key.bytes(), value);
  return run.newNamespace(std::move(attributes));
}

Value raiseException(Rendering &run, const Value &, const Arguments &arguments) {
  Value message;
  return run.bind("raise_exception", arguments, {"message"}, 1, &message) ? run.fail(spelling(run, message)) : Value();
}

Value timeNow(Rendering &run, const Value &, const Arguments &arguments) {
  Value format;
  if (!run.bind("strftime_now", arguments, {"format"}, 1, &format))
    return {};
  return format.isText() ? run.text(run.now.format(format.bytes()))
                         : run.fail("strftime_now got " + kindName(format) + ", expected a format");
}

Value &held(const Value &space, size_t i) { return space.space->attributes[i].second; }

/// The first time nothing, then the separator.
Value joinerCall(Rendering &run, const Value &self, const Arguments &) {
  const bool used = held(self, 1).boolean;
  held(self, 1) = Value::of(true);
  return used ? held(self, 0) : run.text("");
}

Value joiner(Rendering &run, const Value &, const Arguments &arguments) {
  Value separator;
  if (!run.bind("joiner", arguments, {"sep"}, 0, &separator))
    return {};
  Callable made;
  made.name = "joiner";
  made.builtin = joinerCall;
  made.self = run.newNamespace({{"sep", separator.given() ? separator : run.text(", ")}, {"used", Value::of(false)}});
  return run.stopped() ? Value() : run.callable(made);
}

void turnTo(const Value &cycler, int64_t place) {
  const std::vector<Value> &items = held(cycler, 1).sequence->items;
  held(cycler, 2) = Value::of(place % int64_t(items.size()));
  held(cycler, 0) = items[size_t(held(cycler, 2).integer)];
}

Value cyclerNext(Rendering &, const Value &self, const Arguments &) {
  const Value now = held(self, 0);
  turnTo(self, held(self, 2).integer + 1);
  return now;
}

Value cyclerReset(Rendering &, const Value &self, const Arguments &) {
  turnTo(self, 0);
  return Value::none();
}

Value cycler(Rendering &run, const Value &, const Arguments &arguments) {
  if (arguments.positional.empty())
    return run.fail("cycler got no items, expected at least one");
  const Value items = run.tuple(arguments.positional);
  const Value made = run.newNamespace({{"current", arguments.positional[0]}, {" items", items}, {" place", Value::of(int64_t(0))}});
  if (run.stopped())
    return {};
  for (const NamedBuiltin &method : {NamedBuiltin{"next", cyclerNext}, NamedBuiltin{"reset", cyclerReset}}) {
    Callable bound;
    bound.name = method.name;
    bound.builtin = method.call;
    bound.self = made;
    made.space->attributes.emplace_back(method.name, run.callable(bound));
  }
  return made;
}

} // namespace

Builtin findFunction(std::string_view name) {
  static constexpr NamedBuiltin table[] = {{"namespace", makeNamespace},
                                           {"raise_exception", raiseException},
                                           {"range", range},
                                           {"dict", dict},
                                           {"strftime_now", timeNow},
                                           {"joiner", joiner},
                                           {"cycler", cycler}};
  return findIn(table, name);
}

} // namespace vspec::chat
