// Blocks: {% if %}, {% for %}, {% set %}, {% macro %}, {% call %}, {% filter %}, {% with %}, {% generation %}, break and continue.
#include "Parser.h"
#include <algorithm>

namespace vspec::chat {

Result<Body> Parser::run() {
  Body program = body({});
  if (problem)
    return *problem;
  return std::move(program);
}

bool Parser::expectKind(Token::Kind kind, const char *what) {
  if (token().kind != kind)
    return failExpected(what), false;
  ++at;
  return true;
}

void Parser::tagEnds() { expectKind(Token::Kind::BlockEnd, "the end of the block, '%}'"); }

void Parser::blockEnds(std::string_view word) {
  expectName(word);
  tagEnds();
}

/// Statements up to a block that starts with one of `ends`, which is left with its name as the next token. Without `ends`: up to
/// the end of the template.
Body Parser::body(std::initializer_list<std::string_view> ends) {
  Level level(*this);
  const uint32_t start = token().line;
  Body made;
  while (!problem) {
    const Token &found = token();
    if (found.kind == Token::Kind::End) {
      if (ends.size() > 0)
        fail("the template ends within the block of line " + std::to_string(start) + ", expected '{% " + std::string(*ends.begin()) +
             " %}'");
      break;
    }
    if (found.kind == Token::Kind::Data) {
      made.push_back(Statement{Statement::Kind::Data, found.line, found.text});
      ++at;
    } else if (found.kind == Token::Kind::VariableBegin) {
      ++at;
      Statement output{Statement::Kind::Output, found.line};
      output.value = tuple();
      expectKind(Token::Kind::VariableEnd, "an operator or '}}'");
      made.push_back(std::move(output));
    } else {
      ++at;
      if (std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return isName(end); }))
        break;
      std::optional<Statement> next = statement();
      if (next)
        made.push_back(std::move(*next));
    }
  }
  return made;
}

std::optional<Statement> Parser::statement() {
  const uint32_t line = token().line;
  const std::string word = expectAnyName("the name of a block");
  if (word == "if")
    return ifStatement(line);
  if (word == "for")
    return forStatement(line);
  if (word == "set")
    return setStatement(line);
  if (word == "macro")
    return macroStatement(line);
  if (word == "call")
    return callStatement(line);
  if (word == "filter")
    return filterStatement(line);
  if (word == "with")
    return withStatement(line);
  if (word == "generation") {
    Statement made{Statement::Kind::Scoped, line};
    tagEnds();
    made.body = body({"endgeneration"});
    blockEnds("endgeneration");
    return made;
  }
  if (word == "break" || word == "continue") {
    if (loops == 0)
      fail("found '" + word + "' outside of a loop");
    tagEnds();
    return Statement{word == "break" ? Statement::Kind::Break : Statement::Kind::Continue, line};
  }
  if (!problem) {
    --at;
    failExpected("one of if, for, set, macro, call, filter, with, generation, break, continue, raw");
  }
  return std::nullopt;
}

std::optional<Statement> Parser::ifStatement(uint32_t line) {
  Statement made{Statement::Kind::If, line};
  do {
    Branch branch;
    branch.condition = tuple(/*conditional=*/false);
    tagEnds();
    branch.body = body({"endif", "elif", "else"});
    made.branches.push_back(std::move(branch));
  } while (takeName("elif"));
  if (takeName("else")) {
    tagEnds();
    made.otherwise = body({"endif"});
  }
  blockEnds("endif");
  return made;
}

std::optional<Statement> Parser::forStatement(uint32_t line) {
  Statement made{Statement::Kind::For, line};
  made.target = target(/*attributes=*/false);
  expectName("in");
  made.value = tuple(/*conditional=*/false);
  if (takeName("if"))
    made.condition = expression();
  made.recursive = takeName("recursive");
  tagEnds();
  ++loops;
  made.body = body({"endfor", "else"});
  --loops;
  if (takeName("else")) {
    tagEnds();
    made.otherwise = body({"endfor"});
  }
  blockEnds("endfor");
  return made;
}

ExpressionPointer Parser::singleTarget(bool attributes) {
  if (takeOperator("(")) {
    Level level(*this);
    ExpressionPointer inside = target(attributes);
    expectOperator(")");
    return inside;
  }
  const uint32_t line = token().line;
  ExpressionPointer made = make(Expression::Kind::Name, line);
  made->name = expectAnyName("a variable");
  const bool constantName = made->name == "true" || made->name == "false" || made->name == "none" || made->name == "True" ||
                            made->name == "False" || made->name == "None";
  if (constantName && !problem) {
    --at;
    return failExpected("a variable");
  }
  if (!attributes || !takeOperator("."))
    return made;
  made = node(Expression::Kind::Attribute, std::move(made));
  std::string attribute = expectAnyName("the name of an attribute");
  if (problem)
    return nullptr;
  made->name = std::move(attribute);
  return made;
}

ExpressionPointer Parser::target(bool attributes) {
  ExpressionPointer first = singleTarget(attributes);
  if (!first || !isOperator(","))
    return first;
  ExpressionPointer made = make(Expression::Kind::Tuple, first->line);
  made->operands.push_back(std::move(first));
  while (takeOperator(",") && !tupleEnds() && !isOperator("="))
    made->operands.push_back(singleTarget(attributes));
  return finish(std::move(made));
}

std::optional<Statement> Parser::setStatement(uint32_t line) {
  Statement made{Statement::Kind::Set, line};
  made.target = target(/*attributes=*/true);
  if (takeOperator("=")) {
    made.value = tuple();
    tagEnds();
    return made;
  }
  made.kind = Statement::Kind::SetBlock;
  if (isOperator("|"))
    made.value = filtered(make(Expression::Kind::Captured, line));
  if (token().kind != Token::Kind::BlockEnd)
    failExpected("'=' and a value, or '%}' and a block up to endset");
  tagEnds();
  made.body = body({"endset"});
  blockEnds("endset");
  return made;
}

void Parser::parameters(Statement &macro) {
  expectOperator("(");
  while (!problem && !isOperator(")")) {
    Binding parameter;
    parameter.target = singleTarget(/*attributes=*/false);
    if (takeOperator("="))
      parameter.value = expression();
    else if (!macro.bindings.empty() && macro.bindings.back().value)
      failExpected("'=': parameters behind one with a default need one too");
    macro.bindings.push_back(std::move(parameter));
    if (!isOperator(")"))
      expectOperator(",");
  }
  expectOperator(")");
}

/// Which of varargs, kwargs and caller a macro reads decides which arguments it takes.
void Parser::macroBody(Statement &macro, std::string_view end) {
  const bool outside[] = {usesRest, usesNamedRest, usesCaller};
  const unsigned outerLoops = std::exchange(loops, 0);
  usesRest = usesNamedRest = usesCaller = false;
  macro.body = body({end});
  macro.usesRest = std::exchange(usesRest, outside[0]);
  macro.usesNamedRest = std::exchange(usesNamedRest, outside[1]);
  macro.usesCaller = std::exchange(usesCaller, outside[2]);
  loops = outerLoops;
  blockEnds(end);
}

std::optional<Statement> Parser::macroStatement(uint32_t line) {
  Statement made{Statement::Kind::Macro, line};
  made.name = expectAnyName("the name of a macro");
  parameters(made);
  tagEnds();
  macroBody(made, "endmacro");
  return made;
}

std::optional<Statement> Parser::callStatement(uint32_t line) {
  Statement made{Statement::Kind::CallBlock, line};
  made.name = "caller";
  if (isOperator("("))
    parameters(made);
  made.value = expression();
  if (made.value && made.value->kind != Expression::Kind::Call)
    failExpected("a call of a macro before it");
  tagEnds();
  macroBody(made, "endcall");
  return made;
}

std::optional<Statement> Parser::filterStatement(uint32_t line) {
  Statement made{Statement::Kind::FilterBlock, line};
  made.value = filtered(make(Expression::Kind::Captured, line), /*startsInside=*/true);
  tagEnds();
  made.body = body({"endfilter"});
  blockEnds("endfilter");
  return made;
}

std::optional<Statement> Parser::withStatement(uint32_t line) {
  Statement made{Statement::Kind::With, line};
  while (!problem && token().kind != Token::Kind::BlockEnd) {
    Binding binding;
    binding.target = singleTarget(/*attributes=*/false);
    expectOperator("=");
    binding.value = expression();
    made.bindings.push_back(std::move(binding));
    if (token().kind != Token::Kind::BlockEnd)
      expectOperator(",");
  }
  tagEnds();
  made.body = body({"endwith"});
  blockEnds("endwith");
  return made;
}

} // namespace vspec::chat
