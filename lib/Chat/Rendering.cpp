// Errors, limits, and how values are made.
#include "Rendering.h"
#include "Operations.h"
#include "vspec/Support/Quote.h"
#include <algorithm>

namespace vspec::chat {

Value Rendering::fail(const std::string &why) {
  if (!problem)
    problem = Error{name + ":" + std::to_string(line) + ": " + why};
  return {};
}

bool Rendering::work(uint64_t amount) {
  steps += amount / 64;
  if (steps > limits.steps)
    fail("more than " + std::to_string(limits.steps) + " steps, which is the limit");
  return !stopped();
}

bool Rendering::room(uint64_t wanted) {
  bytes += std::min(wanted, limits.memory + 1);
  if (bytes > limits.memory)
    fail("values of more than " + std::to_string(limits.memory) + " bytes, which is the limit");
  return !stopped();
}

Rendering::Deeper::Deeper(Rendering &run) : run(run) {
  if (++run.depth > run.limits.depth)
    run.fail("nested deeper than " + std::to_string(run.limits.depth) + ", which is the limit");
}

Value Rendering::text(std::string given, bool markup) {
  if (!room(given.size() + sizeof(Text)) || !work(given.size()))
    return {};
  return Value(&arena.texts.emplace_back(std::move(given), markup));
}

Value Rendering::undefined(std::string why) {
  if (!room(why.size() + sizeof(Text)))
    return {};
  return Value(&arena.texts.emplace_back(std::move(why)), Kind::Undefined);
}

Value Rendering::sequence(Sequence::Form form, std::vector<Value> items) {
  if (!room(items.size() * sizeof(Value) + sizeof(Sequence)) || !work(items.size()))
    return {};
  Sequence &made = arena.sequences.emplace_back();
  made.form = form;
  made.items = std::move(items);
  return Value(&made);
}

Dict *Rendering::newDict() {
  room(sizeof(Dict));
  return &arena.dicts.emplace_back();
}

void Rendering::insert(Dict &dict, const Value &key, const Value &value) {
  if (key.is(Kind::Dict) || key.is(Kind::Namespace) || (key.is(Kind::Sequence) && key.sequence->form != Sequence::Form::Tuple)) {
    fail(kindName(key) + " cannot be the key of a dict");
    return;
  }
  if (!room(2 * sizeof(Value) + 48))
    return;
  if (const Value *found = find(*this, dict, key)) {
    const_cast<Value &>(*found) = value;
    return;
  }
  if (key.isText())
    dict.places.emplace(key.bytes(), dict.entries.size());
  dict.entries.emplace_back(key, value);
}

Value Rendering::newNamespace(std::vector<std::pair<std::string_view, Value>> attributes) {
  if (!room(sizeof(Namespace) + attributes.size() * 32))
    return {};
  arena.spaces.push_back({std::move(attributes)});
  return Value(&arena.spaces.back());
}

Value Rendering::callable(const Callable &made) {
  if (!room(sizeof(Callable)))
    return {};
  return Value(&arena.callables.emplace_back(made));
}

std::string_view Rendering::keep(std::string_view kept) {
  const Value made = text(std::string(kept));
  return made.isText() ? made.bytes() : std::string_view();
}

Scope *Rendering::newScope(Scope *parent) {
  room(sizeof(Scope) + 64);
  return &arena.scopes.emplace_back(Scope{parent});
}

/// Json's own depth is limited.
Value Rendering::fromJson(const Json &json) {
  if (stopped())
    return {};
  switch (json.kind()) {
  case Json::Kind::Null:
    return Value::none();
  case Json::Kind::Boolean:
    return Value::of(*json.boolean());
  case Json::Kind::Integer:
    return Value::of(*json.integer());
  case Json::Kind::Number:
    return Value::of(*json.number());
  case Json::Kind::String:
    return text(std::string(*json.string()));
  case Json::Kind::Array: {
    std::vector<Value> items;
    for (Json element : json)
      items.push_back(fromJson(element));
    return list(std::move(items));
  }
  case Json::Kind::Object: {
    Dict *made = newDict();
    for (Json member : json) {
      const Value key = text(std::string(member.key())), value = fromJson(member);
      if (stopped())
        return {};
      insert(*made, key, value);
    }
    return Value(made);
  }
  }
  return {};
}

bool Rendering::bind(const char *callee, const Arguments &arguments, std::initializer_list<const char *> names, size_t required,
                     Value *out) {
  const size_t count = names.size();
  std::fill(out, out + count, Value());
  if (arguments.positional.size() > count)
    return fail(std::string(callee) + " got " + std::to_string(arguments.positional.size()) + " arguments, expected at most " +
                std::to_string(count)),
           false;
  std::copy(arguments.positional.begin(), arguments.positional.end(), out);
  for (const auto &[given, value] : arguments.named) {
    size_t place = 0;
    while (place < count && given != names.begin()[place])
      ++place;
    if (place == count)
      return fail(std::string(callee) + " has no argument " + quote(given)), false;
    if (out[place].given())
      return fail(std::string(callee) + " got the argument " + quote(given) + " twice"), false;
    out[place] = value;
  }
  for (size_t i = 0; i < required; ++i)
    if (!out[i].given())
      return fail(std::string(callee) + " got no argument '" + names.begin()[i] + "'"), false;
  return !stopped();
}

Result<std::string> Rendering::run(const Body &program, const Json &variables, const std::vector<ChatDefault> &defaults) {
  if (!variables.isObject())
    return variables.error("is not an object, expected the variables of the template by name");
  Scope *given = newScope(nullptr);
  for (Json variable : variables) {
    const std::string_view key = keep(variable.key());
    const Value value = fromJson(variable);
    given->variables.emplace_back(key, value);
  }
  for (const ChatDefault &one : defaults)
    if (!given->find(one.name))
      given->variables.emplace_back(one.name, one.text ? text(*one.text) : Value::none());
  scope = newScope(given);
  execute(program);
  if (problem)
    return *problem;
  return std::move(result);
}

} // namespace vspec::chat
