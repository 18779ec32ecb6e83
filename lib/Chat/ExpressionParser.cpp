// Jinja's grammar of expressions, with its precedences: if-else, or, and, not, comparisons, + -, ~, * / // %, **, unary, then
// attributes, items, calls, filters and tests.
#include "Parser.h"
#include <algorithm>

namespace vspec::chat {

std::nullptr_t Parser::fail(const std::string &why) {
  if (!problem)
    problem = Error{name + ":" + std::to_string(token().line) + ": " + why};
  at = tokens.size() - 1;
  return nullptr;
}

std::nullptr_t Parser::failExpected(const std::string &what) { return fail("found " + describe(token()) + ", expected " + what); }

bool Parser::takeOperator(std::string_view spelling) {
  const bool found = isOperator(spelling);
  at += found;
  return found;
}

bool Parser::takeName(std::string_view spelling) {
  const bool found = isName(spelling);
  at += found;
  return found;
}

bool Parser::expectOperator(std::string_view spelling) { return takeOperator(spelling) || failExpected("'" + std::string(spelling) + "'"); }
bool Parser::expectName(std::string_view spelling) { return takeName(spelling) || failExpected("'" + std::string(spelling) + "'"); }

std::string Parser::expectAnyName(const char *what) {
  if (token().kind == Token::Kind::Name)
    return tokens[at++].text;
  failExpected(what);
  return {};
}

/// Every node with children passes here: deep trees would need deep stacks.
ExpressionPointer Parser::finish(ExpressionPointer node) {
  if (problem)
    return nullptr;
  auto below = [&](const ExpressionPointer &child) {
    if (child)
      node->depth = std::max(node->depth, child->depth + 1);
  };
  for (const ExpressionPointer &operand : node->operands)
    below(operand);
  for (const Argument &argument : node->arguments)
    below(argument.value);
  if (node->depth > maxExpressionDepth)
    return fail("an expression of more than " + std::to_string(maxExpressionDepth) + " operators within each other");
  return node;
}

ExpressionPointer Parser::node(Expression::Kind kind, ExpressionPointer first, ExpressionPointer second) {
  if (!first)
    return nullptr;
  ExpressionPointer made = make(kind, first->line);
  made->operands.push_back(std::move(first));
  if (second)
    made->operands.push_back(std::move(second));
  return finish(std::move(made));
}

ExpressionPointer Parser::constant(Value value, uint32_t line) const {
  ExpressionPointer made = make(Expression::Kind::Constant, line);
  made->constant = value;
  return made;
}

ExpressionPointer Parser::textConstant(std::string text, uint32_t line) const {
  ExpressionPointer made = make(Expression::Kind::Constant, line);
  made->text = std::make_unique<Text>(std::move(text));
  made->constant = Value(made->text.get());
  return made;
}

ExpressionPointer Parser::expression(bool conditional) {
  Level level(*this);
  ExpressionPointer value = either();
  while (conditional && value && takeName("if")) {
    ExpressionPointer made = make(Expression::Kind::Conditional, value->line);
    made->operands.push_back(either());
    made->operands.push_back(std::move(value));
    if (takeName("else"))
      made->operands.push_back(expression());
    value = finish(std::move(made));
  }
  return value;
}

ExpressionPointer Parser::either() {
  ExpressionPointer left = both();
  while (left && takeName("or"))
    left = node(Expression::Kind::Or, std::move(left), both());
  return left;
}

ExpressionPointer Parser::both() {
  ExpressionPointer left = negation();
  while (left && takeName("and"))
    left = node(Expression::Kind::And, std::move(left), negation());
  return left;
}

ExpressionPointer Parser::negation() {
  if (!takeName("not"))
    return comparison();
  Level level(*this);
  return node(Expression::Kind::Not, negation());
}

ExpressionPointer Parser::comparison() {
  ExpressionPointer first = sum();
  ExpressionPointer chain;
  constexpr std::pair<std::string_view, Operator> operators[] = {{"==", Operator::Equal},  {"!=", Operator::Unequal},
                                                                 {"<", Operator::Less},    {"<=", Operator::LessEqual},
                                                                 {">", Operator::Greater}, {">=", Operator::GreaterEqual}};
  while (first || chain) {
    std::optional<Operator> found;
    for (const auto &[spelling, meaning] : operators)
      if (!found && takeOperator(spelling))
        found = meaning;
    if (!found && takeName("in"))
      found = Operator::In;
    if (!found && isName("not") && ahead().is(Token::Kind::Name, "in")) {
      at += 2;
      found = Operator::NotIn;
    }
    if (!found)
      break;
    if (!chain) {
      chain = make(Expression::Kind::Compare, first->line);
      chain->operands.push_back(std::move(first));
    }
    chain->operators.push_back(*found);
    chain->operands.push_back(sum());
  }
  return chain ? finish(std::move(chain)) : std::move(first);
}

ExpressionPointer Parser::sum() {
  ExpressionPointer left = joined();
  while (left && (isOperator("+") || isOperator("-"))) {
    const Operator meaning = takeOperator("+") ? Operator::Add : (++at, Operator::Subtract);
    left = node(Expression::Kind::Binary, std::move(left), joined());
    if (left)
      left->operators = {meaning};
  }
  return left;
}

ExpressionPointer Parser::joined() {
  ExpressionPointer first = product();
  if (!first || !isOperator("~"))
    return first;
  ExpressionPointer made = make(Expression::Kind::Join, first->line);
  made->operands.push_back(std::move(first));
  while (takeOperator("~"))
    made->operands.push_back(product());
  return finish(std::move(made));
}

ExpressionPointer Parser::product() {
  constexpr std::pair<std::string_view, Operator> operators[] = {
      {"*", Operator::Multiply}, {"/", Operator::Divide}, {"//", Operator::FloorDivide}, {"%", Operator::Remainder}};
  ExpressionPointer left = power();
  for (bool more = true; left && more;) {
    more = false;
    for (const auto &[spelling, meaning] : operators)
      if (!more && left && takeOperator(spelling)) {
        more = true;
        left = node(Expression::Kind::Binary, std::move(left), power());
        if (left)
          left->operators = {meaning};
      }
  }
  return left;
}

ExpressionPointer Parser::power() {
  ExpressionPointer left = unary();
  while (left && takeOperator("**")) {
    left = node(Expression::Kind::Binary, std::move(left), unary());
    if (left)
      left->operators = {Operator::Power};
  }
  return left;
}

ExpressionPointer Parser::unary(bool filters) {
  ExpressionPointer value;
  if (isOperator("-") || isOperator("+")) {
    Level level(*this);
    const bool negative = takeOperator("-");
    at += !negative;
    value = node(negative ? Expression::Kind::Negative : Expression::Kind::Positive, unary(false));
  } else {
    value = primary();
  }
  value = postfix(std::move(value));
  return filters ? filtered(std::move(value)) : std::move(value);
}

ExpressionPointer Parser::named() {
  const Token found = tokens[at++];
  if (found.text == "true" || found.text == "True")
    return constant(Value::of(true), found.line);
  if (found.text == "false" || found.text == "False")
    return constant(Value::of(false), found.line);
  if (found.text == "none" || found.text == "None")
    return constant(Value::none(), found.line);
  usesRest |= found.text == "varargs";
  usesNamedRest |= found.text == "kwargs";
  usesCaller |= found.text == "caller";
  ExpressionPointer made = make(Expression::Kind::Name, found.line);
  made->name = found.text;
  return made;
}

ExpressionPointer Parser::primary() {
  const Token &found = token();
  const uint32_t line = found.line;
  switch (found.kind) {
  case Token::Kind::Name:
    return named();
  case Token::Kind::String: {
    std::string text;
    while (token().kind == Token::Kind::String)
      text += tokens[at++].text;
    return textConstant(std::move(text), line);
  }
  case Token::Kind::Integer:
    return constant(Value::of(tokens[at++].integer), line);
  case Token::Kind::Float:
    return constant(Value::of(tokens[at++].number), line);
  default:
    break;
  }
  if (takeOperator("(")) {
    Level level(*this);
    ExpressionPointer inside = tuple(true, true);
    expectOperator(")");
    return inside;
  }
  if (takeOperator("["))
    return listLiteral();
  if (takeOperator("{"))
    return dictLiteral();
  return failExpected("an expression");
}

ExpressionPointer Parser::listLiteral() {
  Level level(*this);
  ExpressionPointer made = make(Expression::Kind::List, token().line);
  while (!problem && !isOperator("]")) {
    made->operands.push_back(expression());
    if (!isOperator("]"))
      expectOperator(",");
  }
  expectOperator("]");
  return finish(std::move(made));
}

ExpressionPointer Parser::dictLiteral() {
  Level level(*this);
  ExpressionPointer made = make(Expression::Kind::Dict, token().line);
  while (!problem && !isOperator("}")) {
    made->operands.push_back(expression());
    expectOperator(":");
    made->operands.push_back(expression());
    if (!isOperator("}"))
      expectOperator(",");
  }
  expectOperator("}");
  return finish(std::move(made));
}

bool Parser::tupleEnds() const {
  return token().kind == Token::Kind::VariableEnd || token().kind == Token::Kind::BlockEnd || isOperator(")") || isName("in") ||
         isName("recursive") || token().kind == Token::Kind::End;
}

ExpressionPointer Parser::tuple(bool conditional, bool parenthesised) {
  const uint32_t line = token().line;
  if (parenthesised && isOperator(")"))
    return make(Expression::Kind::Tuple, line);
  ExpressionPointer first = expression(conditional);
  if (!first || !isOperator(","))
    return first;
  ExpressionPointer made = make(Expression::Kind::Tuple, line);
  made->operands.push_back(std::move(first));
  while (takeOperator(",") && !tupleEnds())
    made->operands.push_back(expression(conditional));
  return finish(std::move(made));
}

ExpressionPointer Parser::postfix(ExpressionPointer value) {
  while (value) {
    if (isOperator(".") || isOperator("[")) {
      value = subscript(std::move(value));
    } else if (isOperator("(")) {
      value = call(std::move(value));
    } else {
      break;
    }
  }
  return value;
}

ExpressionPointer Parser::call(ExpressionPointer callee) {
  ExpressionPointer made = make(Expression::Kind::Call, token().line);
  made->operands.push_back(std::move(callee));
  made->arguments = arguments();
  return finish(std::move(made));
}

ExpressionPointer Parser::subscript(ExpressionPointer object) {
  const uint32_t line = token().line;
  if (takeOperator(".")) {
    if (token().kind == Token::Kind::Integer)
      return node(Expression::Kind::Item, std::move(object), constant(Value::of(tokens[at++].integer), line));
    ExpressionPointer made = node(Expression::Kind::Attribute, std::move(object));
    std::string attribute = expectAnyName("the name of an attribute");
    if (problem)
      return nullptr;
    made->line = line;
    made->name = std::move(attribute);
    return made;
  }
  Level level(*this);
  expectOperator("[");
  ExpressionPointer parts[3];
  size_t colons = 0;
  for (; !problem && !isOperator("]");) {
    if (takeOperator(":")) {
      if (++colons == 3)
        return failExpected("']'");
    } else if (!parts[colons]) {
      parts[colons] = tuple();
    } else {
      return failExpected("']'");
    }
  }
  expectOperator("]");
  if (colons == 0)
    return parts[0] ? node(Expression::Kind::Item, std::move(object), std::move(parts[0])) : failExpected("an index");
  ExpressionPointer made = make(Expression::Kind::Slice, line);
  made->operands.push_back(std::move(object));
  for (ExpressionPointer &part : parts)
    made->operands.push_back(std::move(part));
  return finish(std::move(made));
}

std::vector<Argument> Parser::arguments() {
  Level level(*this);
  std::vector<Argument> made;
  expectOperator("(");
  while (!problem && !isOperator(")")) {
    Argument argument{Argument::Form::Positional, "", nullptr};
    if (takeOperator("*")) {
      argument.form = Argument::Form::Spread;
    } else if (takeOperator("**")) {
      argument.form = Argument::Form::SpreadNamed;
    } else if (token().kind == Token::Kind::Name && ahead().is(Token::Kind::Operator, "=")) {
      argument.form = Argument::Form::Named;
      argument.name = token().text;
      at += 2;
    }
    argument.value = expression();
    made.push_back(std::move(argument));
    if (!isOperator(")"))
      expectOperator(",");
  }
  expectOperator(")");
  return made;
}

/// `startsInside`: the first filter stands without its bar, as in {% filter upper | trim %}.
ExpressionPointer Parser::filtered(ExpressionPointer value, bool startsInside) {
  while (value) {
    if (startsInside || isOperator("|")) {
      at += !startsInside;
      startsInside = false;
      ExpressionPointer made = make(Expression::Kind::Filter, token().line);
      made->name = expectAnyName("the name of a filter");
      while (takeOperator("."))
        made->name += "." + expectAnyName("the name of a filter");
      made->builtin = findFilter(made->name);
      made->operands.push_back(std::move(value));
      if (isOperator("("))
        made->arguments = arguments();
      value = finish(std::move(made));
    } else if (takeName("is")) {
      value = test(std::move(value));
    } else if (isOperator("(")) {
      value = call(std::move(value));
    } else {
      break;
    }
  }
  return value;
}

ExpressionPointer Parser::test(ExpressionPointer value) {
  Level level(*this);
  const bool negated = takeName("not");
  ExpressionPointer made = make(Expression::Kind::Test, token().line);
  made->name = expectAnyName("the name of a test");
  made->builtin = findTest(made->name);
  made->operands.push_back(std::move(value));
  const Token::Kind next = token().kind;
  const bool word = next == Token::Kind::Name && !isName("else") && !isName("or") && !isName("and");
  const bool literal = next == Token::Kind::String || next == Token::Kind::Integer || next == Token::Kind::Float;
  if (isOperator("(")) {
    made->arguments = arguments();
  } else if (word || literal || isOperator("[") || isOperator("{")) {
    if (isName("is"))
      return fail("found a second 'is', expected the end of the test: tests are not chained");
    made->arguments.push_back({Argument::Form::Positional, "", postfix(primary())});
  }
  made = finish(std::move(made));
  return negated ? node(Expression::Kind::Not, std::move(made)) : std::move(made);
}

} // namespace vspec::chat
