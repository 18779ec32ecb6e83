// Values of a rendering: Python's, as far as templates see them. A Value is a small handle; what it points to belongs to the
// arena of the rendering, or to the program, and lives until the rendering ends. So nothing here is ever copied deeply, and
// values may contain themselves.
#ifndef VSPEC_LIB_CHAT_VALUE_H
#define VSPEC_LIB_CHAT_VALUE_H
#include "Unicode.h"
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

namespace vspec::chat {

struct Text {
  std::string bytes;
  size_t length;       // in characters
  bool markup = false; // made by `safe` or `escape`: `+` escapes what it is added to

  explicit Text(std::string given, bool markup = false) : bytes(std::move(given)), length(characterCount(bytes)), markup(markup) {}
  bool ascii() const { return length == bytes.size(); }
};

struct Sequence;
struct Dict;
struct Namespace;
struct Callable;
struct Loop;

struct Value {
  /// Missing is no value of the language: an argument that was not given, or what follows an error.
  enum class Kind : uint8_t { Missing, Undefined, None, Boolean, Integer, Float, Text, Sequence, Dict, Namespace, Callable, Loop };
  Kind kind = Kind::Missing;
  union {
    bool boolean;
    int64_t integer = 0;
    double number;
    const chat::Text *text; // of an Undefined: why it is
    chat::Sequence *sequence;
    chat::Dict *dict;
    chat::Namespace *space;
    const chat::Callable *callable;
    chat::Loop *loop;
  };

  Value() = default;
  Value(chat::Sequence *given) : kind(Kind::Sequence), sequence(given) {}
  Value(chat::Dict *given) : kind(Kind::Dict), dict(given) {}
  Value(chat::Namespace *given) : kind(Kind::Namespace), space(given) {}
  Value(const chat::Callable *given) : kind(Kind::Callable), callable(given) {}
  Value(const chat::Text *given, Kind kind = Kind::Text) : kind(kind), text(given) {}
  static Value none() { return ofKind(Kind::None); }
  static Value ofKind(Kind kind) {
    Value value;
    value.kind = kind;
    return value;
  }
  static Value of(bool given) {
    Value value = ofKind(Kind::Boolean);
    value.integer = 0;
    value.boolean = given;
    return value;
  }
  static Value of(int64_t given) {
    Value value = ofKind(Kind::Integer);
    value.integer = given;
    return value;
  }
  static Value of(double given) {
    Value value = ofKind(Kind::Float);
    value.number = given;
    return value;
  }

  bool is(Kind wanted) const { return kind == wanted; }
  bool given() const { return kind != Kind::Missing; }
  bool isText() const { return kind == Kind::Text; }
  bool isNumber() const { return kind == Kind::Integer || kind == Kind::Float || kind == Kind::Boolean; }
  bool isWhole() const { return kind == Kind::Integer || kind == Kind::Boolean; }
  int64_t whole() const { return kind == Kind::Boolean ? int64_t(boolean) : integer; }
  double real() const { return kind == Kind::Float ? number : double(whole()); }
  std::string_view bytes() const; // of a Text
};
using Kind = Value::Kind;

inline std::string_view Value::bytes() const { return text->bytes; }

struct Sequence {
  /// A Generator gives its items once. A View is what keys, values and items of a dict give.
  enum class Form : uint8_t { List, Tuple, Range, View, Generator };
  Form form = Form::List;
  std::vector<Value> items;
  size_t taken = 0;             // of a Generator
  int64_t range[3] = {0, 0, 1}; // of a Range: start, stop, step
  const char *view = "";        // of a View: its name
  bool indexed() const { return form <= Form::Range; }
};

/// In the order of insertion. Text keys are found by hash, others one by one.
struct Dict {
  std::vector<std::pair<Value, Value>> entries;
  std::unordered_map<std::string_view, size_t> places;

  const Value *find(std::string_view key) const {
    auto found = places.find(key);
    return found == places.end() ? nullptr : &entries[found->second].second;
  }
};

struct Namespace {
  std::vector<std::pair<std::string_view, Value>> attributes;
};

/// The variables of a block. Names point into the program.
struct Scope {
  Scope *parent = nullptr;
  std::vector<std::pair<std::string_view, Value>> variables = {};
  bool captured = false; // a macro refers to it

  Value *find(std::string_view name) {
    for (auto &variable : variables)
      if (variable.first == name)
        return &variable.second;
    return nullptr;
  }
};

class Rendering;
struct Statement;

struct Arguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string_view, Value>> named;
};

/// A function, method, filter or test. `self` is what a filter or test is applied to and a method's object.
using Builtin = Value (*)(Rendering &run, const Value &self, const Arguments &arguments);
struct NamedBuiltin {
  std::string_view name;
  Builtin call;
};

struct Callable {
  std::string_view name;
  Builtin builtin = nullptr;
  Value self = {};
  const Statement *macro = nullptr; // instead of a builtin
  Scope *closure = nullptr;
};

/// The variable `loop`.
struct Loop {
  std::vector<Value> items;
  size_t index = 0;
  size_t depth = 0;                     // of recursive loops, from 0
  const Statement *recursive = nullptr; // the loop that loop(...) runs again
  Scope *closure = nullptr;
  std::vector<Value> changed = {}; // the last arguments of loop.changed
  bool everChanged = false;
};

/// Addresses stay.
struct Arena {
  std::deque<Text> texts;
  std::deque<Sequence> sequences;
  std::deque<Dict> dicts;
  std::deque<Namespace> spaces;
  std::deque<Callable> callables;
  std::deque<Loop> loops;
  std::deque<Scope> scopes;
};

} // namespace vspec::chat
#endif
