// Attributes, items, slices, iteration.
#include "Operations.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <charconv>

namespace vspec::chat {

const Value *find(Rendering &run, const Dict &dict, const Value &key) {
  if (key.isText())
    return run.work(key.bytes().size()) ? dict.find(key.bytes()) : nullptr;
  for (const auto &[held, value] : dict.entries)
    if (!held.isText() && equal(run, held, key))
      return &value;
  return nullptr;
}

static Value noAttribute(Rendering &run, const Value &object, std::string_view name) {
  return run.undefined(kindName(object) + " has no attribute " + quote(name));
}

static Value method(Rendering &run, const Value &object, std::string_view name) {
  Builtin found = nullptr;
  if (object.isText())
    found = textMethod(name);
  else if (object.is(Kind::Sequence))
    found = sequenceMethod(name);
  else if (object.is(Kind::Dict))
    found = dictMethod(name);
  Callable made;
  made.name = name;
  made.builtin = found;
  made.self = object;
  return found ? run.callable(made) : Value();
}

Value attribute(Rendering &run, const Value &object, std::string_view name) {
  if (object.is(Kind::Undefined))
    return run.fail(object.text->bytes + ", so it has no " + quote(name));
  if (Value found = method(run, object, name); found.given() || run.stopped())
    return found;
  if (object.is(Kind::Dict))
    if (const Value *found = object.dict->find(name))
      return *found;
  if (object.is(Kind::Namespace))
    for (const auto &[key, value] : object.space->attributes)
      if (key == name)
        return value;
  if (object.is(Kind::Loop))
    if (Value found = loopAttribute(run, *object.loop, name); found.given())
      return found;
  if (object.is(Kind::Callable) && object.callable->macro && name == "name")
    return run.text(std::string(object.callable->name));
  return noAttribute(run, object, name);
}

/// The character or item at an index that may count from the end; Missing beyond.
static Value at(Rendering &run, const Value &object, int64_t index) {
  const bool text = object.isText();
  const auto size = int64_t(text ? object.text->length : object.sequence->items.size());
  if (index < 0)
    index += size;
  if (index < 0 || index >= size)
    return {};
  if (!text)
    return object.sequence->items[size_t(index)];
  const std::string_view bytes = object.bytes();
  if (object.text->ascii())
    return run.text(std::string(1, bytes[size_t(index)]), object.text->markup);
  run.work(bytes.size());
  const size_t start = characterOffset(bytes, size_t(index));
  return run.text(std::string(bytes.substr(start, characterOffset(bytes.substr(start), 1))), object.text->markup);
}

Value item(Rendering &run, const Value &object, const Value &index) {
  if (object.is(Kind::Undefined))
    return run.fail(object.text->bytes + ", so it has no items");
  if (object.is(Kind::Dict)) {
    if (const Value *found = find(run, *object.dict, index))
      return *found;
  } else if (index.isWhole() && (object.isText() || (object.is(Kind::Sequence) && object.sequence->indexed()))) {
    if (Value found = at(run, object, index.whole()); found.given() || run.stopped())
      return found;
    return run.undefined(kindName(object) + " has no item " + std::to_string(index.whole()));
  }
  if (index.isText())
    return attribute(run, object, run.keep(index.bytes()));
  std::string shown;
  appendRepr(run, shown, index);
  return run.undefined(kindName(object) + " has no item " + quote(shown));
}

std::optional<int64_t> wholeArgument(Rendering &run, const char *what, const Value &value) {
  if (value.isWhole())
    return value.whole();
  run.fail(std::string(what) + " is " + kindName(value) + ", expected an integer");
  return std::nullopt;
}

/// As Python's slice.indices: which indices a slice takes of `size` items.
static bool sliceIndices(Rendering &run, const Value (&bounds)[3], int64_t size, int64_t &start, int64_t &stop, int64_t &step) {
  step = 1;
  for (size_t i = 0; i < 3; ++i)
    if (!bounds[i].is(Kind::None) && !wholeArgument(run, "a bound of a slice", bounds[i]))
      return false;
  if (!bounds[2].is(Kind::None))
    step = bounds[2].whole();
  if (step == 0)
    return run.fail("found a slice with step 0, expected any other integer"), false;
  step = std::max<int64_t>(step, -INT64_MAX);
  auto bound = [&](const Value &given, int64_t otherwise) {
    if (given.is(Kind::None))
      return otherwise;
    const int64_t index = given.whole() < 0 ? given.whole() + size : given.whole();
    return step > 0 ? std::clamp<int64_t>(index, 0, size) : std::clamp<int64_t>(index, -1, size - 1);
  };
  start = bound(bounds[0], step > 0 ? 0 : size - 1);
  stop = bound(bounds[1], step > 0 ? size : -1);
  return true;
}

Value slice(Rendering &run, const Value &object, const Value (&bounds)[3]) {
  const bool text = object.isText();
  if (!text && !(object.is(Kind::Sequence) && object.sequence->indexed()))
    return run.fail("found " + kindName(object) + ", expected a string or a list to slice");
  int64_t start = 0, stop = 0, step = 1;
  const auto size = int64_t(text ? object.text->length : object.sequence->items.size());
  if (!sliceIndices(run, bounds, size, start, stop, step))
    return {};
  const auto inside = [&](int64_t i) { return step > 0 ? i < stop : i > stop; };
  const auto next = [&](int64_t i) { return __builtin_add_overflow(i, step, &i) ? stop : i; };
  if (!text) {
    std::vector<Value> items;
    for (int64_t i = start; inside(i); i = next(i))
      items.push_back(object.sequence->items[size_t(i)]);
    return run.sequence(object.sequence->form == Sequence::Form::Tuple ? Sequence::Form::Tuple : Sequence::Form::List, std::move(items));
  }
  const std::string_view bytes = object.bytes();
  run.work(bytes.size());
  if (step == 1) {
    const size_t first = object.text->ascii() ? size_t(start) : characterOffset(bytes, size_t(start));
    const auto count = size_t(std::max<int64_t>(stop - start, 0));
    const std::string_view rest = bytes.substr(first);
    return run.text(std::string(rest.substr(0, object.text->ascii() ? count : characterOffset(rest, count))), object.text->markup);
  }
  std::vector<size_t> starts;
  if (!run.room(bytes.size() * sizeof(size_t)))
    return {};
  for (size_t i = 0; i < bytes.size(); nextCharacter(bytes, i))
    starts.push_back(i);
  std::string made;
  for (int64_t i = start; inside(i); i = next(i)) {
    size_t place = starts[size_t(i)];
    appendCharacter(made, nextCharacter(bytes, place));
  }
  return run.text(std::move(made), object.text->markup);
}

Value attributePath(Rendering &run, const Value &object, const Value &path, const Value &otherwise) {
  const auto orElse = [&](const Value &found) {
    return found.is(Kind::Undefined) && otherwise.given() && !otherwise.is(Kind::None) ? otherwise : found;
  };
  if (!path.given() || path.is(Kind::None))
    return object;
  if (!path.isText())
    return orElse(item(run, object, path));
  Value value = object;
  std::string_view rest = path.bytes();
  for (bool more = true; more && !run.stopped();) {
    const size_t dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    more = dot != std::string_view::npos;
    rest = more ? rest.substr(dot + 1) : std::string_view();
    int64_t index = 0;
    const auto parsed = std::from_chars(part.data(), part.data() + part.size(), index);
    const bool number = !part.empty() && part[0] != '-' && parsed.ec == std::errc() && parsed.ptr == part.data() + part.size();
    value = orElse(item(run, value, number ? Value::of(index) : run.text(std::string(part))));
  }
  return value;
}

std::vector<Value> itemsOf(Rendering &run, const Value &value) {
  std::vector<Value> items;
  switch (value.kind) {
  case Kind::Missing:
  case Kind::Undefined:
    break;
  case Kind::Sequence: {
    Sequence &sequence = *value.sequence;
    if (!run.room(sequence.items.size() * sizeof(Value)))
      break;
    items.assign(sequence.items.begin() + ptrdiff_t(sequence.taken), sequence.items.end());
    if (sequence.form == Sequence::Form::Generator)
      sequence.taken = sequence.items.size();
    break;
  }
  case Kind::Dict:
    if (!run.room(value.dict->entries.size() * sizeof(Value)))
      break;
    for (const auto &entry : value.dict->entries)
      items.push_back(entry.first);
    break;
  case Kind::Text:
    for (size_t i = 0; i < value.bytes().size() && !run.stopped();) {
      std::string character;
      appendCharacter(character, nextCharacter(value.bytes(), i));
      items.push_back(run.text(std::move(character), value.text->markup));
    }
    break;
  default:
    run.fail("found " + kindName(value) + ", expected something with items");
  }
  run.work(items.size() * 4);
  return items;
}

Value lengthOf(Rendering &run, const Value &value) {
  switch (value.kind) {
  case Kind::Undefined:
    return Value::of(int64_t(0));
  case Kind::Text:
    return Value::of(int64_t(value.text->length));
  case Kind::Dict:
    return Value::of(int64_t(value.dict->entries.size()));
  case Kind::Loop:
    return Value::of(int64_t(value.loop->items.size()));
  case Kind::Sequence:
    if (value.sequence->form != Sequence::Form::Generator)
      return Value::of(int64_t(value.sequence->items.size()));
    break;
  default:
    break;
  }
  return run.fail(kindName(value) + " has no length");
}

} // namespace vspec::chat
