// A parsed template. Two kinds of node; which fields a node uses is said at its kind.
#ifndef VSPEC_LIB_CHAT_SYNTAX_H
#define VSPEC_LIB_CHAT_SYNTAX_H
#include "Value.h"
#include <memory>

namespace vspec::chat {

struct Expression;
struct Statement;
using ExpressionPointer = std::unique_ptr<Expression>;
using Body = std::vector<Statement>;

struct Argument {
  enum class Form : uint8_t { Positional, Named, Spread, SpreadNamed }; // x, name=x, *x, **x
  Form form;
  std::string name;
  ExpressionPointer value;
};

enum class Operator : uint8_t {
  Add,
  Subtract,
  Multiply,
  Divide,
  FloorDivide,
  Remainder,
  Power,
  Equal,
  Unequal,
  Less,
  LessEqual,
  Greater,
  GreaterEqual,
  In,
  NotIn
};

struct Expression {
  enum class Kind : uint8_t {
    Constant, // constant; owns text if it is a Text
    Captured, // the text of the block around: what {% filter %} and {% set x | filter %} start from
    Name,     // name
    List,
    Tuple,   // operands
    Dict,    // operands: key, value, key, value, ...
    Join,    // operands, by ~
    Binary,  // operators[0], two operands
    Compare, // operators[i] between operands i and i + 1
    And,
    Or, // two operands
    Not,
    Negative,
    Positive,
    Conditional, // condition, value, and possibly the other value
    Attribute,   // operand.name
    Item,        // operand[operand]
    Slice,       // operand, start, stop, step; the last three may be null
    Call,        // operand(arguments)
    Filter,
    Test // operand | name(arguments); builtin is null if there is none of that name
  };
  Kind kind;
  uint32_t line;
  uint32_t depth = 1; // nodes on the longest way down
  std::string name = {};
  Value constant = {};
  std::unique_ptr<Text> text = {};
  Builtin builtin = nullptr;
  std::vector<ExpressionPointer> operands = {};
  std::vector<Operator> operators = {};
  std::vector<Argument> arguments = {};
};

struct Branch {
  ExpressionPointer condition;
  Body body;
};

/// A target and its value: of {% with %}; a parameter and its default, which may be null: of a macro.
struct Binding {
  ExpressionPointer target;
  ExpressionPointer value;
};

struct Statement {
  enum class Kind : uint8_t {
    Data,        // name is the text
    Output,      // value
    If,          // branches, otherwise
    For,         // target, value, condition (may be null), body, otherwise, recursive
    Set,         // target, value
    SetBlock,    // target, body, value: the filters, may be null
    Macro,       // name, bindings, body, uses...
    CallBlock,   // value: a call; bindings, body, uses...: of its caller
    FilterBlock, // value, body
    With,        // bindings, body
    Scoped,      // body: {% generation %}
    Break,
    Continue
  };
  Kind kind;
  uint32_t line;
  std::string name = {};
  ExpressionPointer target = {}, value = {}, condition = {};
  std::vector<Branch> branches = {};
  std::vector<Binding> bindings = {};
  Body body = {}, otherwise = {};
  bool recursive = false;
  bool usesRest = false, usesNamedRest = false, usesCaller = false; // varargs, kwargs, caller
};

} // namespace vspec::chat
#endif
