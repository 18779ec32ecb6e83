// What may stand behind `is`.
#include "Operations.h"
#include "Parser.h"

namespace vspec::chat {
namespace {

template <bool (*holds)(const Value &)> Value property(Rendering &, const Value &self, const Arguments &) { return Value::of(holds(self)); }

bool isDefined(const Value &value) { return !value.is(Kind::Undefined); }
bool isUndefined(const Value &value) { return value.is(Kind::Undefined); }
bool isNone(const Value &value) { return value.is(Kind::None); }
bool isBoolean(const Value &value) { return value.is(Kind::Boolean); }
bool isTrue(const Value &value) { return value.is(Kind::Boolean) && value.boolean; }
bool isFalse(const Value &value) { return value.is(Kind::Boolean) && !value.boolean; }
bool isInteger(const Value &value) { return value.is(Kind::Integer); }
bool isFloat(const Value &value) { return value.is(Kind::Float); }
bool isNumber(const Value &value) { return value.isNumber(); }
bool isText(const Value &value) { return value.isText(); }
bool isMapping(const Value &value) { return value.is(Kind::Dict); }
bool isEscaped(const Value &value) { return value.isText() && value.text->markup; }

/// What has a length and items: dicts and text too.
bool isSequence(const Value &value) {
  return value.isText() || value.is(Kind::Dict) || value.is(Kind::Undefined) || (value.is(Kind::Sequence) && value.sequence->indexed());
}

bool isIterable(const Value &value) {
  return value.isText() || value.is(Kind::Dict) || value.is(Kind::Undefined) || value.is(Kind::Sequence) || value.is(Kind::Loop);
}

bool isCallable(const Value &value) { return value.is(Kind::Callable) || value.is(Kind::Undefined) || value.is(Kind::Loop); }

template <Operator operation> Value comparison(Rendering &run, const Value &self, const Arguments &arguments) {
  Value other;
  if (!run.bind("a comparison", arguments, {"other"}, 1, &other))
    return {};
  return Value::of(compare(run, operation, self, other));
}

Value isIn(Rendering &run, const Value &self, const Arguments &arguments) {
  Value container;
  if (!run.bind("in", arguments, {"seq"}, 1, &container))
    return {};
  return Value::of(contains(run, container, self));
}

/// self % number == rest
Value leaves(Rendering &run, const Value &self, const Value &number, int64_t rest) {
  const Value remainder = arithmetic(run, Operator::Remainder, self, number);
  return Value::of(equal(run, remainder, Value::of(rest)));
}

Value isOdd(Rendering &run, const Value &self, const Arguments &) { return leaves(run, self, Value::of(int64_t(2)), 1); }
Value isEven(Rendering &run, const Value &self, const Arguments &) { return leaves(run, self, Value::of(int64_t(2)), 0); }

Value isDivisible(Rendering &run, const Value &self, const Arguments &arguments) {
  Value number;
  return run.bind("divisibleby", arguments, {"num"}, 1, &number) ? leaves(run, self, number, 0) : Value();
}

template <bool upperCase> Value isCase(Rendering &run, const Value &self, const Arguments &) {
  const Value text = run.text(spelling(run, self));
  return run.stopped() ? Value() : textMethod(upperCase ? "isupper" : "islower")(run, text, {});
}

Value isSame(Rendering &run, const Value &self, const Arguments &arguments) {
  Value other;
  if (!run.bind("sameas", arguments, {"other"}, 1, &other))
    return {};
  // Small values have no identity of their own; large ones are the same if they lie at the same place.
  const bool small = self.isNumber() || self.is(Kind::None) || self.is(Kind::Undefined) || self.isText();
  return Value::of(self.kind == other.kind && (small ? equal(run, self, other) : self.integer == other.integer));
}

template <Builtin (*find)(std::string_view)> Value isNameOf(Rendering &, const Value &self, const Arguments &) {
  return Value::of(self.isText() && find(self.bytes()) != nullptr);
}

} // namespace

Builtin findTest(std::string_view name) {
  static constexpr NamedBuiltin table[] = {
      {"defined", property<isDefined>},
      {"undefined", property<isUndefined>},
      {"none", property<isNone>},
      {"boolean", property<isBoolean>},
      {"true", property<isTrue>},
      {"false", property<isFalse>},
      {"integer", property<isInteger>},
      {"float", property<isFloat>},
      {"number", property<isNumber>},
      {"string", property<isText>},
      {"mapping", property<isMapping>},
      {"sequence", property<isSequence>},
      {"iterable", property<isIterable>},
      {"callable", property<isCallable>},
      {"escaped", property<isEscaped>},
      {"odd", isOdd},
      {"even", isEven},
      {"divisibleby", isDivisible},
      {"lower", isCase<false>},
      {"upper", isCase<true>},
      {"in", isIn},
      {"sameas", isSame},
      {"filter", isNameOf<findFilter>},
      {"test", isNameOf<findTest>},
      {"==", comparison<Operator::Equal>},
      {"eq", comparison<Operator::Equal>},
      {"equalto", comparison<Operator::Equal>},
      {"!=", comparison<Operator::Unequal>},
      {"ne", comparison<Operator::Unequal>},
      {">", comparison<Operator::Greater>},
      {"gt", comparison<Operator::Greater>},
      {"greaterthan", comparison<Operator::Greater>},
      {">=", comparison<Operator::GreaterEqual>},
      {"ge", comparison<Operator::GreaterEqual>},
      {"<", comparison<Operator::Less>},
      {"lt", comparison<Operator::Less>},
      {"lessthan", comparison<Operator::Less>},
      {"<=", comparison<Operator::LessEqual>},
      {"le", comparison<Operator::LessEqual>},
  };
  return findIn(table, name);
}

} // namespace vspec::chat
