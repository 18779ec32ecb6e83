// Truth, equality, order and membership.
#include "Operations.h"

namespace vspec::chat {

std::string kindName(const Value &value) {
  switch (value.kind) {
  case Kind::Missing:
    return "nothing";
  case Kind::Undefined:
    return "an undefined value (" + value.text->bytes + ")";
  case Kind::None:
    return "none";
  case Kind::Boolean:
    return "a boolean";
  case Kind::Integer:
    return "an integer";
  case Kind::Float:
    return "a float";
  case Kind::Text:
    return "a string";
  case Kind::Dict:
    return "a dict";
  case Kind::Namespace:
    return "a namespace";
  case Kind::Callable:
    return value.callable->macro ? "a macro" : "a function";
  case Kind::Loop:
    return "a loop";
  case Kind::Sequence:
    break;
  }
  constexpr const char *names[] = {"a list", "a tuple", "a range", "a view of a dict", "a generator"};
  return names[size_t(value.sequence->form)];
}

bool truth(const Value &value) {
  switch (value.kind) {
  case Kind::Missing:
  case Kind::Undefined:
  case Kind::None:
    return false;
  case Kind::Boolean:
    return value.boolean;
  case Kind::Integer:
    return value.integer != 0;
  case Kind::Float:
    return value.number != 0;
  case Kind::Text:
    return !value.bytes().empty();
  case Kind::Dict:
    return !value.dict->entries.empty();
  // A generator does not know whether it has items.
  case Kind::Sequence:
    return value.sequence->form == Sequence::Form::Generator || !value.sequence->items.empty();
  default:
    return true;
  }
}

static bool equalItems(Rendering &run, const std::vector<Value> &a, const std::vector<Value> &b) {
  if (a.size() != b.size())
    return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!equal(run, a[i], b[i]))
      return false;
  return true;
}

bool equal(Rendering &run, const Value &a, const Value &b) {
  Rendering::Deeper deeper(run);
  if (!run.work(64))
    return false;
  if (a.isNumber() && b.isNumber())
    return a.isWhole() && b.isWhole() ? a.whole() == b.whole() : a.real() == b.real();
  if (a.kind != b.kind)
    return false;
  switch (a.kind) {
  case Kind::Text:
    return a.bytes() == b.bytes() && run.work(a.bytes().size() / 16);
  case Kind::Sequence:
    if (a.sequence == b.sequence)
      return true;
    return a.sequence->form == b.sequence->form && a.sequence->indexed() && equalItems(run, a.sequence->items, b.sequence->items);
  case Kind::Dict:
    if (a.dict->entries.size() != b.dict->entries.size())
      return false;
    for (const auto &[key, value] : a.dict->entries) {
      const Value *other = find(run, *b.dict, key);
      if (!other || !equal(run, value, *other))
        return false;
    }
    return true;
  case Kind::Undefined:
  case Kind::None:
    return true;
  case Kind::Namespace:
    return a.space == b.space;
  case Kind::Loop:
    return a.loop == b.loop;
  default:
    return a.callable == b.callable;
  }
}

bool less(Rendering &run, const Value &a, const Value &b) {
  Rendering::Deeper deeper(run);
  if (!run.work(64))
    return false;
  if (a.isNumber() && b.isNumber())
    return a.isWhole() && b.isWhole() ? a.whole() < b.whole() : a.real() < b.real();
  // The order of UTF-8 bytes is that of characters.
  if (a.isText() && b.isText())
    return run.work(std::min(a.bytes().size(), b.bytes().size()) / 16) && a.bytes() < b.bytes();
  const bool ordered =
      a.is(Kind::Sequence) && b.is(Kind::Sequence) && a.sequence->form == b.sequence->form && a.sequence->form <= Sequence::Form::Tuple;
  if (!ordered) {
    run.fail("found " + kindName(a) + " and " + kindName(b) + ", expected values that have an order");
    return false;
  }
  const auto &left = a.sequence->items, &right = b.sequence->items;
  for (size_t i = 0; i < left.size() && i < right.size(); ++i)
    if (!equal(run, left[i], right[i]))
      return less(run, left[i], right[i]);
  return left.size() < right.size();
}

bool contains(Rendering &run, const Value &container, const Value &item) {
  switch (container.kind) {
  case Kind::Text:
    if (!item.isText()) {
      run.fail("found " + kindName(item) + " in a string, expected a string");
      return false;
    }
    return run.work(container.bytes().size()) && find(container.bytes(), item.bytes()) != std::string_view::npos;
  case Kind::Dict:
    return find(run, *container.dict, item) != nullptr;
  default:
    for (const Value &one : itemsOf(run, container))
      if (equal(run, one, item))
        return true;
    return false;
  }
}

bool compare(Rendering &run, Operator operation, const Value &a, const Value &b) {
  switch (operation) {
  case Operator::Equal:
    return equal(run, a, b);
  case Operator::Unequal:
    return !equal(run, a, b);
  case Operator::Less:
    return less(run, a, b);
  case Operator::Greater:
    return less(run, b, a);
  // Not the opposite of > for NaN.
  case Operator::LessEqual:
    return less(run, a, b) || equal(run, a, b);
  case Operator::GreaterEqual:
    return less(run, b, a) || equal(run, a, b);
  case Operator::In:
    return contains(run, b, a);
  case Operator::NotIn:
    return !contains(run, b, a);
  default:
    return false;
  }
}

} // namespace vspec::chat
