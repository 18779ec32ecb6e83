// Filters from sequences to sequences. Where Jinja gives a generator, so does this: it has no length and gives its items once.
#include "Filters.h"
#include "Parser.h"
#include "vspec/Support/Quote.h"
#include <algorithm>

namespace vspec::chat {

Value sortKey(Rendering &run, const Value &value, const Value &caseSensitive) {
  return value.isText() && !truth(caseSensitive) ? run.text(lower(value.bytes())) : value;
}

/// Stable, by keys that are made once. Merges, because std::sort trusts the order, and NaN has none.
std::vector<Value> sorted(Rendering &run, const std::vector<Value> &items, const std::vector<Value> &keys, bool backwards) {
  std::vector<size_t> order(items.size()), merged(items.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  const auto before = [&](size_t a, size_t b) {
    return !run.stopped() && (backwards ? less(run, keys[b], keys[a]) : less(run, keys[a], keys[b]));
  };
  for (size_t width = 1; width < order.size(); width *= 2) {
    for (size_t start = 0; start < order.size(); start += 2 * width) {
      const auto first = order.begin() + ptrdiff_t(start), middle = order.begin() + ptrdiff_t(std::min(start + width, order.size())),
                 last = order.begin() + ptrdiff_t(std::min(start + 2 * width, order.size()));
      std::merge(first, middle, middle, last, merged.begin() + ptrdiff_t(start), before);
    }
    order.swap(merged);
  }
  std::vector<Value> made;
  for (size_t i : order)
    made.push_back(items[i]);
  return made;
}

namespace {

Value list(Rendering &run, const Value &self, const Arguments &) { return run.list(itemsOf(run, self)); }

Value reverse(Rendering &run, const Value &self, const Arguments &) {
  const Value backwards[3] = {Value::none(), Value::none(), Value::of(int64_t(-1))};
  if (self.isText())
    return slice(run, self, backwards);
  std::vector<Value> items = itemsOf(run, self);
  std::reverse(items.begin(), items.end());
  const bool list = self.is(Kind::Sequence) && self.sequence->form == Sequence::Form::Generator;
  return list ? run.list(std::move(items)) : run.generator(std::move(items));
}

/// The filter or test named by the argument `place`, with the arguments behind it.
struct Chosen {
  std::string_view name;
  Builtin builtin = nullptr;
  Arguments arguments;
};

bool choose(Rendering &run, const Arguments &given, size_t place, Builtin (*find)(std::string_view), Chosen &chosen) {
  const Value &name = given.positional[place];
  if (!name.isText())
    return run.fail("found " + kindName(name) + ", expected the name of a filter or test"), false;
  chosen.name = name.bytes();
  chosen.builtin = find(chosen.name);
  chosen.arguments.positional.assign(given.positional.begin() + ptrdiff_t(place) + 1, given.positional.end());
  chosen.arguments.named = given.named;
  return true;
}

Value map(Rendering &run, const Value &self, const Arguments &given) {
  std::vector<Value> made;
  if (!truth(self)) // none too
    return run.generator({});
  if (given.positional.empty()) {
    Value named[2];
    if (!run.bind("map", given, {"attribute", "default"}, 1, named))
      return {};
    for (const Value &one : itemsOf(run, self)) {
      made.push_back(attributePath(run, one, named[0], named[1]));
      if (run.stopped())
        return {};
    }
    return run.generator(std::move(made));
  }
  Chosen chosen;
  if (!choose(run, given, 0, findFilter, chosen))
    return {};
  for (const Value &one : itemsOf(run, self)) {
    made.push_back(run.callBuiltin("filter", chosen.name, chosen.builtin, one, chosen.arguments));
    if (run.stopped())
      return {};
  }
  return run.generator(std::move(made));
}

/// select, reject, selectattr, rejectattr.
template <bool keeps, bool byAttribute> Value selection(Rendering &run, const Value &self, const Arguments &given) {
  constexpr size_t place = byAttribute;
  if (!truth(self))
    return run.generator({});
  if (given.positional.size() < place)
    return run.fail(std::string(keeps ? "selectattr" : "rejectattr") + " got no attribute");
  Chosen chosen;
  const bool tests = given.positional.size() > place;
  if (tests && !choose(run, given, place, findTest, chosen))
    return {};
  std::vector<Value> made;
  for (const Value &one : itemsOf(run, self)) {
    const Value value = byAttribute ? attributePath(run, one, given.positional[0]) : one;
    const Value answer = tests ? run.callBuiltin("test", chosen.name, chosen.builtin, value, chosen.arguments) : value;
    if (run.stopped())
      return {};
    if (truth(answer) == keeps)
      made.push_back(one);
  }
  return run.generator(std::move(made));
}

Value sort(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[3];
  if (!run.bind("sort", arguments, {"reverse", "case_sensitive", "attribute"}, 0, given))
    return {};
  const std::vector<Value> items = itemsOf(run, self);
  std::vector<Value> paths = {given[2]};
  if (given[2].isText()) { // several, between commas
    const Value comma = run.text(",");
    const Value parts = run.stopped() ? Value() : textMethod("split")(run, given[2], {{comma}, {}});
    paths = run.stopped() ? paths : parts.sequence->items;
  }
  std::vector<Value> keys;
  for (const Value &one : items) {
    std::vector<Value> parts;
    for (const Value &path : paths)
      parts.push_back(sortKey(run, attributePath(run, one, path), given[1]));
    keys.push_back(run.list(std::move(parts)));
    if (run.stopped())
      return {};
  }
  return run.list(sorted(run, items, keys, truth(given[0])));
}

Value dictSort(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[3];
  if (!run.bind("dictsort", arguments, {"case_sensitive", "by", "reverse"}, 0, given))
    return {};
  if (!self.is(Kind::Dict))
    return run.fail("found " + kindName(self) + " to sort, expected a dict");
  const bool byValue = given[1].isText() && given[1].bytes() == "value";
  if (given[1].given() && !byValue && !(given[1].isText() && given[1].bytes() == "key"))
    return run.fail("dictsort sorts by " + quote(spelling(run, given[1])) + ", expected 'key' or 'value'");
  std::vector<Value> items, keys;
  for (const auto &[key, value] : self.dict->entries) {
    items.push_back(run.tuple({key, value}));
    keys.push_back(sortKey(run, byValue ? value : key, given[0]));
    if (run.stopped())
      return {};
  }
  return run.list(sorted(run, items, keys, truth(given[2])));
}

Value unique(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind("unique", arguments, {"case_sensitive", "attribute"}, 0, given))
    return {};
  Dict *seen = run.newDict();
  std::vector<Value> made;
  for (const Value &one : itemsOf(run, self)) {
    const Value key = sortKey(run, attributePath(run, one, given[1]), given[0]);
    const size_t before = seen->entries.size();
    if (run.stopped())
      return {};
    run.insert(*seen, key, Value::none());
    if (seen->entries.size() > before)
      made.push_back(one);
  }
  return run.generator(std::move(made));
}

Value batch(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind("batch", arguments, {"linecount", "fill_with"}, 1, given))
    return {};
  const auto size = wholeArgument(run, "the size of a batch", given[0]);
  if (!size || *size < 1)
    return run.stopped() ? Value() : run.fail("found batches of " + std::to_string(*size) + ", expected at least 1");
  std::vector<Value> made, part;
  for (const Value &one : itemsOf(run, self)) {
    if (int64_t(part.size()) == *size)
      made.push_back(run.list(std::exchange(part, {})));
    part.push_back(one);
  }
  if (!part.empty()) {
    if (given[1].given() && !given[1].is(Kind::None) && run.room(uint64_t(std::min<int64_t>(*size, INT64_MAX / 16)) * sizeof(Value)))
      part.resize(size_t(*size), given[1]);
    made.push_back(run.list(std::move(part)));
  }
  return run.generator(std::move(made));
}

/// So many lists, the first ones longer by one.
Value slices(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[2];
  if (!run.bind("slice", arguments, {"slices", "fill_with"}, 1, given))
    return {};
  const auto count = wholeArgument(run, "the number of slices", given[0]);
  if (!count || *count < 1 || *count > 100'000)
    return run.stopped() ? Value() : run.fail("found " + std::to_string(*count) + " slices, expected 1 to 100000");
  const std::vector<Value> items = itemsOf(run, self);
  const size_t each = items.size() / size_t(*count), longer = items.size() % size_t(*count);
  std::vector<Value> made;
  size_t at = 0;
  for (size_t i = 0; i < size_t(*count) && !run.stopped(); ++i) {
    const size_t end = at + each + (i < longer);
    std::vector<Value> part(items.begin() + ptrdiff_t(at), items.begin() + ptrdiff_t(end));
    if (given[1].given() && !given[1].is(Kind::None) && i >= longer)
      part.push_back(given[1]);
    made.push_back(run.list(std::move(part)));
    at = end;
  }
  return run.generator(std::move(made));
}

Value items(Rendering &run, const Value &self, const Arguments &) {
  if (self.is(Kind::Undefined))
    return run.generator({});
  if (!self.is(Kind::Dict))
    return run.fail("found " + kindName(self) + ", expected a dict to take items of");
  std::vector<Value> made;
  for (const auto &[key, value] : self.dict->entries)
    made.push_back(run.tuple({key, value}));
  return run.generator(std::move(made));
}

Value groupBy(Rendering &run, const Value &self, const Arguments &arguments) {
  Value given[3];
  if (!run.bind("groupby", arguments, {"attribute", "default", "case_sensitive"}, 1, given))
    return {};
  std::vector<Value> keys, names;
  const std::vector<Value> all = itemsOf(run, self);
  for (const Value &one : all) {
    names.push_back(attributePath(run, one, given[0], given[1]));
    keys.push_back(sortKey(run, names.back(), given[2]));
    if (run.stopped())
      return {};
  }
  std::vector<Value> order;
  for (size_t i = 0; i < all.size(); ++i)
    order.push_back(Value::of(int64_t(i)));
  order = sorted(run, order, keys, false);
  std::vector<Value> made, group;
  for (size_t i = 0; i < order.size() && !run.stopped(); ++i) {
    const auto now = size_t(order[i].integer);
    group.push_back(all[now]);
    const bool last = i + 1 == order.size() || !equal(run, keys[now], keys[size_t(order[i + 1].integer)]);
    if (last) {
      const Value name = names[size_t(order[i + 1 - group.size()].integer)];
      made.push_back(run.tuple({name, run.list(std::exchange(group, {}))}));
    }
  }
  return run.list(std::move(made));
}

} // namespace

Builtin sequenceFilter(std::string_view name) {
  static constexpr NamedBuiltin table[] = {
      {"list", list},
      {"map", map},
      {"select", selection<true, false>},
      {"reject", selection<false, false>},
      {"selectattr", selection<true, true>},
      {"rejectattr", selection<false, true>},
      {"sort", sort},
      {"dictsort", dictSort},
      {"reverse", reverse},
      {"unique", unique},
      {"batch", batch},
      {"slice", slices},
      {"items", items},
      {"groupby", groupBy},
  };
  return findIn(table, name);
}

} // namespace vspec::chat
