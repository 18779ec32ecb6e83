// One rendering: its values, its output, its limits, and how expressions and statements run.
//
// An error does not unwind: the first one is remembered, and from then on every evaluation returns Missing at once, every loop
// ends, and the output is thrown away. Code between may compute on Missing; it must not crash on it.
#ifndef VSPEC_LIB_CHAT_RENDERING_H
#define VSPEC_LIB_CHAT_RENDERING_H
#include "Syntax.h"
#include "vspec/Chat/ChatTemplate.h"
#include <initializer_list>
#include <optional>

namespace vspec::chat {

enum class Flow : uint8_t { Next, Break, Continue };

class Rendering {
public:
  Rendering(const std::string &name, const DateTime &now, const ChatLimits &limits) : now(now), name(name), limits(limits) {}
  Result<std::string> run(const Body &program, const Json &variables, const std::vector<ChatDefault> &defaults);

  // ---- errors and limits
  bool stopped() const { return problem.has_value(); }
  /// Remembers "<name>:<line>: <why>" if it is the first error.
  Value fail(const std::string &why);
  /// Counts work that one step does not cover: a scan of so many bytes or items.
  bool work(uint64_t amount);
  /// Asks for memory before it is used. False, and an error, if it is too much.
  bool room(uint64_t bytes);

  // ---- values
  Value text(std::string bytes, bool markup = false);
  Value undefined(std::string why);
  Value sequence(Sequence::Form form, std::vector<Value> items);
  Value list(std::vector<Value> items) { return sequence(Sequence::Form::List, std::move(items)); }
  Value tuple(std::vector<Value> items) { return sequence(Sequence::Form::Tuple, std::move(items)); }
  Value generator(std::vector<Value> items) { return sequence(Sequence::Form::Generator, std::move(items)); }
  Dict *newDict();
  void insert(Dict &dict, const Value &key, const Value &value);
  Value newNamespace(std::vector<std::pair<std::string_view, Value>> attributes);
  Value callable(const Callable &made);
  Value fromJson(const Json &json);
  /// A copy of `name` that lives as long as the rendering.
  std::string_view keep(std::string_view name);

  // ---- running
  Value evaluate(const Expression &expression);
  Value call(const Value &callee, const Arguments &arguments);
  Value callBuiltin(std::string_view kind, std::string_view name, Builtin builtin, const Value &self, const Arguments &arguments);

  /// Binds arguments to parameters by position and name, as Python does; `out` [names] holds Missing for those not given. The
  /// first `required` must be given.
  bool bind(const char *callee, const Arguments &arguments, std::initializer_list<const char *> names, size_t required, Value *out);

  const DateTime now;

  /// A level of depth, for the time of its life.
  struct Deeper {
    Rendering &run;
    explicit Deeper(Rendering &run);
    ~Deeper() { --run.depth; }
  };

private:
  // Expressions
  Value lookUp(std::string_view variable);
  Value binaryOperation(const Expression &expression);
  Value comparison(const Expression &expression);
  Value dictLiteral(const Expression &expression);
  Value joined(const Expression &expression);
  Arguments argumentsOf(const std::vector<Argument> &arguments);
  // Statements
  Flow execute(const Body &body);
  Flow execute(const Statement &statement);
  void emit(std::string_view bytes);
  void output(const Statement &statement);
  Flow branch(const Statement &statement);
  void loop(const Statement &statement, const Value &over, size_t depth, Scope *around);
  std::vector<Value> loopItems(const Statement &statement, const Value &over, Scope *around);
  void assign(const Expression &target, const Value &value);
  void unpack(const Expression &target, const Value &value);
  void define(std::string_view variable, const Value &value);
  Value macroOf(const Statement &statement);
  Value callMacro(const Statement &macro, Scope *closure, const Arguments &arguments);
  void callBlock(const Statement &statement);
  void withBlock(const Statement &statement);
  /// Runs the body in a scope of its own; its text.
  Value captured(const Body &body, Scope *around);
  Scope *newScope(Scope *parent);

  friend Value callLoop(Rendering &run, const Value &self, const Arguments &arguments);

  const std::string &name;
  const ChatLimits limits;
  Arena arena;
  Scope *scope = nullptr;
  std::string result;
  std::string *sink = &result;
  Value capturedText;
  uint32_t line = 1;
  uint64_t steps = 0, bytes = 0;
  unsigned depth = 0;
  std::optional<Error> problem;
};

} // namespace vspec::chat
#endif
