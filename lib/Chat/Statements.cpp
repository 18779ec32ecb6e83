// Executes statements. Loops, macros and blocks with `set` or `filter` have scopes of their own; `if` has none.
#include "Operations.h"
#include "vspec/Support/Quote.h"
#include <algorithm>

namespace vspec::chat {

void Rendering::emit(std::string_view bytes) {
  if (sink->size() + bytes.size() > limits.output)
    fail("more than " + std::to_string(limits.output) + " bytes of text, which is the limit");
  else if (sink == &result || room(bytes.size()))
    *sink += bytes;
}

void Rendering::output(const Statement &statement) {
  const Value value = evaluate(*statement.value);
  if (stopped())
    return;
  if (value.isText())
    emit(value.bytes());
  else
    emit(spelling(*this, value));
}

Flow Rendering::branch(const Statement &statement) {
  for (const Branch &one : statement.branches)
    if (truth(evaluate(*one.condition)))
      return execute(one.body);
  return execute(statement.otherwise);
}

void Rendering::define(std::string_view variable, const Value &value) {
  if (Value *found = scope->find(variable)) {
    *found = value;
    return;
  }
  // A loop uses the room of its scope again and again.
  auto &variables = scope->variables;
  if (variables.size() < variables.capacity() || room((variables.size() + 1) * sizeof(variables[0])))
    variables.emplace_back(variable, value);
}

void Rendering::unpack(const Expression &target, const Value &value) {
  const std::vector<Value> items = itemsOf(*this, value);
  if (stopped())
    return;
  if (items.size() != target.operands.size()) {
    fail("found " + std::to_string(items.size()) + " values, expected " + std::to_string(target.operands.size()) + " to unpack");
    return;
  }
  for (size_t i = 0; i < items.size(); ++i)
    assign(*target.operands[i], items[i]);
}

void Rendering::assign(const Expression &target, const Value &value) {
  if (stopped())
    return;
  line = target.line;
  if (target.kind == Expression::Kind::Name)
    return define(target.name, value);
  if (target.kind == Expression::Kind::Tuple)
    return unpack(target, value);
  const Value object = evaluate(*target.operands[0]);
  if (!object.is(Kind::Namespace)) {
    fail("found " + kindName(object) + " before ." + target.name + ", expected a namespace: only its attributes can be set");
    return;
  }
  for (auto &[key, held] : object.space->attributes)
    if (key == target.name) {
      held = value;
      return;
    }
  if (room(32))
    object.space->attributes.emplace_back(target.name, value);
}

std::vector<Value> Rendering::loopItems(const Statement &statement, const Value &over, Scope *around) {
  std::vector<Value> items = itemsOf(*this, over);
  if (!statement.condition)
    return items;
  std::vector<Value> kept;
  Scope *before = scope;
  scope = newScope(around);
  for (const Value &one : items) {
    scope->variables.clear();
    assign(*statement.target, one);
    if (truth(evaluate(*statement.condition)))
      kept.push_back(one);
    if (stopped())
      break;
  }
  scope = before;
  return kept;
}

void Rendering::loop(const Statement &statement, const Value &over, size_t level, Scope *around) {
  std::vector<Value> items = loopItems(statement, over, around);
  if (stopped())
    return;
  Scope *before = scope;
  scope = newScope(around);
  if (items.empty()) {
    execute(statement.otherwise);
    scope = before;
    return;
  }
  Loop &state = arena.loops.emplace_back();
  state.items = std::move(items);
  state.depth = level;
  state.recursive = statement.recursive ? &statement : nullptr;
  state.closure = around;
  Value variable = Value::ofKind(Kind::Loop);
  variable.loop = &state;
  for (state.index = 0; state.index < state.items.size() && !stopped(); ++state.index) {
    if (++steps > limits.steps)
      work(0);
    if (scope->captured)
      scope = newScope(around);
    scope->variables.clear();
    define("loop", variable);
    assign(*statement.target, state.items[state.index]);
    if (execute(statement.body) == Flow::Break)
      break;
  }
  // Nested loops would otherwise fill the memory with what they have done.
  bytes -= std::min<uint64_t>(bytes, state.items.size() * sizeof(Value));
  state.items = {};
  state.index = 0;
  scope = before;
}

Value callLoop(Rendering &run, const Value &self, const Arguments &arguments) {
  Value over;
  if (!run.bind("loop", arguments, {"iterable"}, 1, &over))
    return {};
  const Loop &state = *self.loop;
  if (!state.recursive)
    return run.fail("loop can be called in a loop marked 'recursive' only");
  Rendering::Deeper deeper(run);
  std::string made, *before = std::exchange(run.sink, &made);
  run.loop(*state.recursive, over, state.depth + 1, state.closure);
  run.sink = before;
  return run.text(std::move(made));
}

Value Rendering::captured(const Body &body, Scope *around) {
  std::string made, *sinkBefore = std::exchange(sink, &made);
  Scope *scopeBefore = std::exchange(scope, newScope(around));
  execute(body);
  sink = sinkBefore;
  scope = scopeBefore;
  return text(std::move(made));
}

Value Rendering::macroOf(const Statement &statement) {
  for (Scope *at = scope; at && !at->captured; at = at->parent)
    at->captured = true;
  Callable made;
  made.name = statement.name;
  made.macro = &statement;
  made.closure = scope;
  return callable(made);
}

Value Rendering::callMacro(const Statement &macro, Scope *closure, const Arguments &arguments) {
  Deeper deeper(*this);
  if (stopped())
    return {};
  const auto &parameters = macro.bindings;
  const size_t given = arguments.positional.size();
  if (given > parameters.size() && !macro.usesRest)
    return fail("the macro " + quote(macro.name) + " got " + std::to_string(given) + " arguments, expected at most " +
                std::to_string(parameters.size()));
  std::string made, *sinkBefore = std::exchange(sink, &made);
  Scope *scopeBefore = std::exchange(scope, newScope(closure));
  std::vector<bool> used(arguments.named.size());
  auto namedArgument = [&](std::string_view wanted) -> const Value * {
    for (size_t i = 0; i < used.size(); ++i)
      if (arguments.named[i].first == wanted) {
        used[i] = true;
        return &arguments.named[i].second;
      }
    return nullptr;
  };
  for (size_t i = 0; i < parameters.size(); ++i) {
    const std::string &parameter = parameters[i].target->name;
    const Value *named = namedArgument(parameter);
    if (named && i < given)
      fail("the macro " + quote(macro.name) + " got the argument " + quote(parameter) + " twice");
    if (i < given)
      define(parameter, arguments.positional[i]);
    else if (named)
      define(parameter, *named);
    else
      define(parameter,
             parameters[i].value ? evaluate(*parameters[i].value) : undefined("the parameter " + quote(parameter) + " was not provided"));
  }
  if (macro.usesRest)
    define("varargs", tuple({arguments.positional.begin() + ptrdiff_t(std::min(given, parameters.size())), arguments.positional.end()}));
  if (macro.usesCaller)
    if (const Value *caller = namedArgument("caller"))
      define("caller", *caller);
  Dict *rest = macro.usesNamedRest ? newDict() : nullptr;
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i] && rest)
      insert(*rest, text(std::string(arguments.named[i].first)), arguments.named[i].second);
    else if (!used[i])
      fail("the macro " + quote(macro.name) + " has no argument " + quote(arguments.named[i].first));
  if (rest)
    define("kwargs", Value(rest));
  execute(macro.body);
  sink = sinkBefore;
  scope = scopeBefore;
  return text(std::move(made));
}

/// The call, with the block as its argument `caller`.
void Rendering::callBlock(const Statement &statement) {
  const Value callee = evaluate(*statement.value->operands[0]);
  Arguments arguments = argumentsOf(statement.value->arguments);
  arguments.named.emplace_back("caller", macroOf(statement));
  const Value made = call(callee, arguments);
  if (!stopped())
    emit(spelling(*this, made));
}

void Rendering::withBlock(const Statement &statement) {
  Scope *before = scope, *inside = newScope(before);
  for (const Binding &binding : statement.bindings) {
    const Value value = evaluate(*binding.value);
    scope = inside;
    assign(*binding.target, value);
    scope = before;
  }
  scope = inside;
  execute(statement.body);
  scope = before;
}

Flow Rendering::execute(const Statement &statement) {
  using Form = Statement::Kind;
  line = statement.line;
  switch (statement.kind) {
  case Form::Data:
    emit(statement.name);
    break;
  case Form::Output:
    output(statement);
    break;
  case Form::If:
    return branch(statement);
  case Form::For: {
    const Value over = evaluate(*statement.value);
    loop(statement, over, 0, scope);
    break;
  }
  case Form::Set:
    assign(*statement.target, evaluate(*statement.value));
    break;
  case Form::SetBlock:
  case Form::FilterBlock: {
    Value made = captured(statement.body, scope);
    if (statement.value) {
      const Value before = std::exchange(capturedText, made);
      made = evaluate(*statement.value);
      capturedText = before;
    }
    if (statement.kind == Form::SetBlock)
      assign(*statement.target, made);
    else if (!stopped())
      emit(spelling(*this, made));
    break;
  }
  case Form::Macro:
    define(statement.name, macroOf(statement));
    break;
  case Form::CallBlock:
    callBlock(statement);
    break;
  case Form::With:
    withBlock(statement);
    break;
  case Form::Scoped: {
    const Value made = captured(statement.body, scope);
    if (made.isText())
      emit(made.bytes());
    break;
  }
  case Form::Break:
    return Flow::Break;
  case Form::Continue:
    return Flow::Continue;
  }
  return Flow::Next;
}

Flow Rendering::execute(const Body &body) {
  Deeper deeper(*this);
  for (const Statement &statement : body) {
    if (++steps > limits.steps)
      work(0);
    if (stopped())
      return Flow::Break;
    if (Flow flow = execute(statement); flow != Flow::Next)
      return flow;
  }
  return Flow::Next;
}

} // namespace vspec::chat
