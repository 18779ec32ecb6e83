// The methods of lists, tuples and dicts, and what `loop` knows. Lists and dicts can change: transformers forbids it, but
// templates written for other programs do it.
#include "Operations.h"
#include <algorithm>

namespace vspec::chat {
namespace {

/// The list that a method changes, or an error.
std::vector<Value> *changed(Rendering &run, const Value &self, const char *method) {
  if (self.sequence->form == Sequence::Form::List)
    return &self.sequence->items;
  run.fail(kindName(self) + " has no " + method + ", expected a list");
  return nullptr;
}

Value append(Rendering &run, const Value &self, const Arguments &arguments) {
  Value one;
  std::vector<Value> *items = changed(run, self, "append");
  if (items && run.bind("append", arguments, {"object"}, 1, &one) && run.room(sizeof(Value)))
    items->push_back(one);
  return Value::none();
}

Value extend(Rendering &run, const Value &self, const Arguments &arguments) {
  Value more;
  std::vector<Value> *items = changed(run, self, "extend");
  if (!items || !run.bind("extend", arguments, {"iterable"}, 1, &more))
    return {};
  const std::vector<Value> added = itemsOf(run, more);
  items->insert(items->end(), added.begin(), added.end());
  return Value::none();
}

Value insert(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  std::vector<Value> *items = changed(run, self, "insert");
  if (!items || !run.bind("insert", arguments, {"index", "object"}, 2, given))
    return {};
  const auto index = wholeArgument(run, "the index", given[0]);
  if (!index || !run.room(sizeof(Value)) || !run.work(items->size()))
    return {};
  const auto size = int64_t(items->size());
  items->insert(items->begin() + std::clamp<int64_t>(*index < 0 ? *index + size : *index, 0, size), given[1]);
  return Value::none();
}

Value pop(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given;
  std::vector<Value> *items = changed(run, self, "pop");
  if (!items || !run.bind("pop", arguments, {"index"}, 0, &given))
    return {};
  const auto index = given.given() ? wholeArgument(run, "the index", given) : std::optional<int64_t>(-1);
  if (!index || !run.work(items->size()))
    return {};
  const auto size = int64_t(items->size()), place = *index < 0 ? *index + size : *index;
  if (place < 0 || place >= size)
    return run.fail("pop of item " + std::to_string(*index) + " from a list of " + std::to_string(size));
  const Value taken = (*items)[size_t(place)];
  items->erase(items->begin() + place);
  return taken;
}

Value indexOf(Rendering &run, const Value &self, const Arguments &arguments) {
  Value wanted;
  if (!run.bind("index", arguments, {"value"}, 1, &wanted))
    return {};
  for (size_t i = 0; i < self.sequence->items.size(); ++i)
    if (equal(run, self.sequence->items[i], wanted))
      return Value::of(int64_t(i));
  return run.fail("the value that index looks for is not in " + kindName(self));
}

Value count(Rendering &run, const Value &self, const Arguments &arguments) {
  Value wanted;
  if (!run.bind("count", arguments, {"value"}, 1, &wanted))
    return {};
  int64_t found = 0;
  for (const Value &one : self.sequence->items)
    found += equal(run, one, wanted);
  return Value::of(found);
}

Value copyList(Rendering &run, const Value &self, const Arguments &) { return run.sequence(self.sequence->form, self.sequence->items); }

// ---- dicts

Value view(Rendering &run, const char *name, std::vector<Value> items) {
  const Value made = run.sequence(Sequence::Form::View, std::move(items));
  if (made.given())
    made.sequence->view = name;
  return made;
}

Value items(Rendering &run, const Value &self, const Arguments &) {
  std::vector<Value> made;
  for (const auto &[key, value] : self.dict->entries)
    made.push_back(run.tuple({key, value}));
  return view(run, "dict_items", std::move(made));
}

Value keys(Rendering &run, const Value &self, const Arguments &) {
  std::vector<Value> made;
  for (const auto &entry : self.dict->entries)
    made.push_back(entry.first);
  return view(run, "dict_keys", std::move(made));
}

Value values(Rendering &run, const Value &self, const Arguments &) {
  std::vector<Value> made;
  for (const auto &entry : self.dict->entries)
    made.push_back(entry.second);
  return view(run, "dict_values", std::move(made));
}

Value get(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind("get", arguments, {"key", "default"}, 1, given))
    return {};
  const Value *found = find(run, *self.dict, given[0]);
  return found ? *found : given[1].given() ? given[1] : Value::none();
}

void copyInto(Rendering &run, Dict &dict, const Dict &from) {
  const std::vector<std::pair<Value, Value>> entries = from.entries;
  for (const auto &[key, value] : entries)
    run.insert(dict, key, value);
}

Value copyDict(Rendering &run, const Value &self, const Arguments &) {
  Dict *made = run.newDict();
  copyInto(run, *made, *self.dict);
  return Value(made);
}

Value update(Rendering &run, const Value &self, const Arguments &arguments) {
  for (const Value &other : arguments.positional)
    if (other.is(Kind::Dict))
      copyInto(run, *self.dict, *other.dict);
    else
      return run.fail("update got " + kindName(other) + ", expected a dict");
  for (const auto &[key, value] : arguments.named)
    run.insert(*self.dict, run.text(std::string(key)), value);
  return Value::none();
}

Value setDefault(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind("setdefault", arguments, {"key", "default"}, 1, given))
    return {};
  if (const Value *found = find(run, *self.dict, given[0]))
    return *found;
  const Value value = given[1].given() ? given[1] : Value::none();
  run.insert(*self.dict, given[0], value);
  return value;
}

Value popKey(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind("pop", arguments, {"key", "default"}, 1, given))
    return {};
  Dict &dict = *self.dict;
  const Value *found = find(run, dict, given[0]);
  if (!found)
    return given[1].given() ? given[1] : run.fail("pop of a key that the dict does not have, expected one of its keys or a default");
  const Value taken = *found;
  const auto place = std::find_if(dict.entries.begin(), dict.entries.end(), [&](const auto &entry) { return &entry.second == found; });
  dict.entries.erase(place);
  dict.places.clear();
  for (size_t i = 0; i < dict.entries.size(); ++i)
    if (dict.entries[i].first.isText())
      dict.places.emplace(dict.entries[i].first.bytes(), i);
  run.work(dict.entries.size() * 16);
  return taken;
}

// ---- loop

Value cycle(Rendering &run, const Value &self, const Arguments &arguments) {
  if (arguments.positional.empty())
    return run.fail("cycle got no arguments, expected at least one");
  return arguments.positional[self.loop->index % arguments.positional.size()];
}

Value changedSince(Rendering &run, const Value &self, const Arguments &arguments) {
  Loop &loop = *self.loop;
  const Value now = run.tuple(arguments.positional), before = run.tuple(loop.changed);
  if (run.stopped() || (loop.everChanged && equal(run, now, before)))
    return Value::of(false);
  loop.changed = arguments.positional;
  loop.everChanged = true;
  return Value::of(true);
}

} // namespace

Value loopAttribute(Rendering &run, Loop &loop, std::string_view name) {
  const auto index = int64_t(loop.index), count = int64_t(loop.items.size()), depth = int64_t(loop.depth);
  const std::pair<std::string_view, int64_t> numbers[] = {
      {"index", index + 1}, {"index0", index}, {"revindex", count - index}, {"revindex0", count - index - 1}, {"length", count},
      {"depth", depth + 1}, {"depth0", depth}};
  for (const auto &[known, number] : numbers)
    if (name == known)
      return Value::of(number);
  if (name == "first")
    return Value::of(index == 0);
  if (name == "last")
    return Value::of(index == count - 1);
  if (name == "previtem")
    return index > 0 ? loop.items[loop.index - 1] : run.undefined("there is no previous item");
  if (name == "nextitem")
    return index + 1 < count ? loop.items[loop.index + 1] : run.undefined("there is no next item");
  if (name != "cycle" && name != "changed")
    return {};
  Callable made;
  made.name = name;
  made.builtin = name == "cycle" ? cycle : changedSince;
  made.self = Value::ofKind(Kind::Loop);
  made.self.loop = &loop;
  return run.callable(made);
}

Builtin sequenceMethod(std::string_view name) {
  static constexpr NamedBuiltin table[] = {{"append", append}, {"extend", extend}, {"insert", insert}, {"pop", pop},
                                           {"index", indexOf}, {"count", count},   {"copy", copyList}};
  return findIn(table, name);
}

Builtin dictMethod(std::string_view name) {
  static constexpr NamedBuiltin table[] = {{"items", items},   {"keys", keys},     {"values", values},         {"get", get},
                                           {"copy", copyDict}, {"update", update}, {"setdefault", setDefault}, {"pop", popKey}};
  return findIn(table, name);
}

} // namespace vspec::chat
