// Evaluates expressions.
#include "Operations.h"
#include "Parser.h"
#include "vspec/Support/Quote.h"

namespace vspec::chat {

Value Rendering::lookUp(std::string_view variable) {
  for (Scope *at = scope; at; at = at->parent)
    if (Value *found = at->find(variable))
      return *found;
  if (Builtin function = findFunction(variable))
    return callable({variable, function});
  return undefined(quote(variable) + " is undefined");
}

Value Rendering::dictLiteral(const Expression &expression) {
  Dict *made = newDict();
  for (size_t i = 0; i + 1 < expression.operands.size() && !stopped(); i += 2) {
    const Value key = evaluate(*expression.operands[i]), value = evaluate(*expression.operands[i + 1]);
    insert(*made, key, value);
  }
  return Value(made);
}

Value Rendering::joined(const Expression &expression) {
  std::string made;
  for (const ExpressionPointer &operand : expression.operands) {
    const std::string part = spelling(*this, evaluate(*operand));
    if (stopped() || !room(part.size()))
      return {};
    made += part;
  }
  return text(std::move(made));
}

/// a < b < c is a < b and b < c; b is evaluated once.
Value Rendering::comparison(const Expression &expression) {
  Value left = evaluate(*expression.operands[0]);
  for (size_t i = 0; i < expression.operators.size(); ++i) {
    const Value right = evaluate(*expression.operands[i + 1]);
    if (stopped() || !compare(*this, expression.operators[i], left, right))
      return Value::of(false);
    left = right;
  }
  return Value::of(true);
}

Arguments Rendering::argumentsOf(const std::vector<Argument> &arguments) {
  Arguments made;
  for (const Argument &argument : arguments) {
    const Value value = evaluate(*argument.value);
    if (stopped())
      break;
    switch (argument.form) {
    case Argument::Form::Positional:
      made.positional.push_back(value);
      break;
    case Argument::Form::Named:
      made.named.emplace_back(argument.name, value);
      break;
    case Argument::Form::Spread:
      for (const Value &one : itemsOf(*this, value))
        made.positional.push_back(one);
      break;
    case Argument::Form::SpreadNamed:
      if (!value.is(Kind::Dict)) {
        fail("found " + kindName(value) + " behind **, expected a dict");
        break;
      }
      for (const auto &[key, one] : value.dict->entries)
        if (key.isText())
          made.named.emplace_back(key.bytes(), one);
        else
          fail("found " + kindName(key) + " as the name of an argument, expected a string");
    }
  }
  room((made.positional.size() + made.named.size()) * 32);
  return made;
}

Value Rendering::callBuiltin(std::string_view kind, std::string_view called, Builtin builtin, const Value &self,
                             const Arguments &arguments) {
  if (!builtin)
    return fail("there is no " + std::string(kind) + " " + quote(called));
  return stopped() ? Value() : builtin(*this, self, arguments);
}

Value Rendering::call(const Value &callee, const Arguments &arguments) {
  if (stopped())
    return {};
  if (callee.is(Kind::Loop))
    return callLoop(*this, callee, arguments);
  if (!callee.is(Kind::Callable))
    return fail(callee.is(Kind::Undefined) ? callee.text->bytes + ", so it cannot be called" : kindName(callee) + " cannot be called");
  if (callee.callable->macro)
    return callMacro(*callee.callable->macro, callee.callable->closure, arguments);
  return callee.callable->builtin(*this, callee.callable->self, arguments);
}

Value Rendering::evaluate(const Expression &expression) {
  using Form = Expression::Kind;
  Deeper deeper(*this);
  if (++steps > limits.steps)
    work(0);
  if (stopped())
    return {};
  line = expression.line;
  auto operand = [&](size_t i) { return evaluate(*expression.operands[i]); };
  switch (expression.kind) {
  case Form::Constant:
    return expression.constant;
  case Form::Captured:
    return capturedText;
  case Form::Name:
    return lookUp(expression.name);
  case Form::List:
  case Form::Tuple: {
    std::vector<Value> items;
    for (const ExpressionPointer &one : expression.operands)
      items.push_back(evaluate(*one));
    return sequence(expression.kind == Form::List ? Sequence::Form::List : Sequence::Form::Tuple, std::move(items));
  }
  case Form::Dict:
    return dictLiteral(expression);
  case Form::Join:
    return joined(expression);
  case Form::Binary: {
    const Value left = operand(0), right = operand(1);
    line = expression.line;
    return stopped() ? Value() : arithmetic(*this, expression.operators[0], left, right);
  }
  case Form::Compare:
    return comparison(expression);
  case Form::And: {
    const Value left = operand(0);
    return truth(left) ? operand(1) : left;
  }
  case Form::Or: {
    const Value left = operand(0);
    return truth(left) ? left : operand(1);
  }
  case Form::Not:
    return Value::of(!truth(operand(0)));
  case Form::Negative:
    return negative(*this, operand(0));
  case Form::Positive: {
    const Value value = operand(0);
    return value.isNumber() || stopped() ? value : fail("found " + kindName(value) + " behind +, expected a number");
  }
  case Form::Conditional:
    if (truth(operand(0)))
      return operand(1);
    return expression.operands.size() == 3 ? operand(2) : undefined("an if without else whose condition is false is undefined");
  case Form::Attribute: {
    const Value object = operand(0);
    line = expression.line;
    return stopped() ? Value() : attribute(*this, object, expression.name);
  }
  case Form::Item: {
    const Value object = operand(0), index = operand(1);
    line = expression.line;
    return stopped() ? Value() : item(*this, object, index);
  }
  case Form::Slice: {
    const Value object = operand(0);
    Value bounds[3];
    for (size_t i = 0; i < 3; ++i)
      bounds[i] = expression.operands[i + 1] ? operand(i + 1) : Value::none();
    return stopped() ? Value() : slice(*this, object, bounds);
  }
  case Form::Call: {
    const Value callee = operand(0);
    const Arguments arguments = argumentsOf(expression.arguments);
    line = expression.line;
    return call(callee, arguments);
  }
  case Form::Filter:
  case Form::Test: {
    const Value self = operand(0);
    const Arguments arguments = argumentsOf(expression.arguments);
    line = expression.line;
    return callBuiltin(expression.kind == Form::Filter ? "filter" : "test", expression.name, expression.builtin, self, arguments);
  }
  }
  return {};
}

} // namespace vspec::chat
