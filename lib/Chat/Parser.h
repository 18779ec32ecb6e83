// From tokens to a program, by recursive descent: ExpressionParser.cpp and StatementParser.cpp.
#ifndef VSPEC_LIB_CHAT_PARSER_H
#define VSPEC_LIB_CHAT_PARSER_H
#include "Lexer.h"
#include "Syntax.h"
#include <initializer_list>
#include <optional>

namespace vspec::chat {

/// After the first error every step returns null or an empty body, and the token is the last one, so that all loops end.
class Parser {
public:
  Parser(std::vector<Token> tokens, const std::string &name) : tokens(std::move(tokens)), name(name) {}
  Result<Body> run();

private:
  static constexpr unsigned maxNesting = 200;         // brackets and blocks within each other
  static constexpr unsigned maxExpressionDepth = 300; // operators on the longest way down

  // ---- tokens
  const Token &token() const { return tokens[at]; }
  const Token &ahead(size_t count = 1) const { return tokens[std::min(at + count, tokens.size() - 1)]; }
  bool isOperator(std::string_view spelling) const { return token().is(Token::Kind::Operator, spelling); }
  bool isName(std::string_view spelling) const { return token().is(Token::Kind::Name, spelling); }
  bool takeOperator(std::string_view spelling);
  bool takeName(std::string_view spelling);
  bool expectOperator(std::string_view spelling);
  bool expectName(std::string_view spelling);
  std::string expectAnyName(const char *what);
  bool expectKind(Token::Kind kind, const char *what);
  std::nullptr_t fail(const std::string &problem);
  std::nullptr_t failExpected(const std::string &what);

  // ---- expressions
  ExpressionPointer make(Expression::Kind kind, uint32_t line) const { return std::make_unique<Expression>(Expression{kind, line}); }
  ExpressionPointer finish(ExpressionPointer node);
  ExpressionPointer node(Expression::Kind kind, ExpressionPointer first, ExpressionPointer second = nullptr);
  ExpressionPointer constant(Value value, uint32_t line) const;
  ExpressionPointer textConstant(std::string text, uint32_t line) const;
  ExpressionPointer expression(bool conditional = true);
  ExpressionPointer either();
  ExpressionPointer both();
  ExpressionPointer negation();
  ExpressionPointer comparison();
  ExpressionPointer sum();
  ExpressionPointer joined();
  ExpressionPointer product();
  ExpressionPointer power();
  ExpressionPointer unary(bool filters = true);
  ExpressionPointer primary();
  ExpressionPointer named();
  ExpressionPointer listLiteral();
  ExpressionPointer dictLiteral();
  ExpressionPointer postfix(ExpressionPointer node);
  ExpressionPointer call(ExpressionPointer callee);
  ExpressionPointer subscript(ExpressionPointer node);
  ExpressionPointer filtered(ExpressionPointer node, bool startsInside = false);
  ExpressionPointer test(ExpressionPointer node);
  std::vector<Argument> arguments();
  /// One expression, or a tuple if commas follow.
  ExpressionPointer tuple(bool conditional = true, bool parenthesised = false);
  bool tupleEnds() const;
  ExpressionPointer target(bool attributes);
  ExpressionPointer singleTarget(bool attributes);

  // ---- statements
  Body body(std::initializer_list<std::string_view> ends);
  std::optional<Statement> statement();
  std::optional<Statement> ifStatement(uint32_t line);
  std::optional<Statement> forStatement(uint32_t line);
  std::optional<Statement> setStatement(uint32_t line);
  std::optional<Statement> macroStatement(uint32_t line);
  std::optional<Statement> callStatement(uint32_t line);
  std::optional<Statement> filterStatement(uint32_t line);
  std::optional<Statement> withStatement(uint32_t line);
  void parameters(Statement &macro);
  void macroBody(Statement &macro, std::string_view end);
  /// "endfor %}"
  void blockEnds(std::string_view word);
  void tagEnds();

  std::vector<Token> tokens;
  const std::string &name;
  size_t at = 0;
  unsigned nesting = 0, loops = 0;
  bool usesRest = false, usesNamedRest = false, usesCaller = false; // seen in the macro that is read
  std::optional<Error> problem;

  /// A level of nesting, for the time of its life.
  struct Level {
    Parser &parser;
    explicit Level(Parser &parser) : parser(parser) {
      if (++parser.nesting > maxNesting)
        parser.fail("brackets and blocks nested deeper than " + std::to_string(maxNesting));
    }
    ~Level() { --parser.nesting; }
  };
};

/// Null if there is none of that name.
Builtin findFilter(std::string_view name);
Builtin findTest(std::string_view name);
Builtin findFunction(std::string_view name);

} // namespace vspec::chat
#endif
