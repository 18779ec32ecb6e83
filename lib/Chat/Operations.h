// What Python does with values: truth, comparison, arithmetic, attributes, items, iteration, and their spelling as text.
#ifndef VSPEC_LIB_CHAT_OPERATIONS_H
#define VSPEC_LIB_CHAT_OPERATIONS_H
#include "Rendering.h"

namespace vspec::chat {

/// "a string", "undefined": for messages.
std::string kindName(const Value &value);

bool truth(const Value &value);
bool equal(Rendering &run, const Value &a, const Value &b);
/// a < b; an error if they have no order.
bool less(Rendering &run, const Value &a, const Value &b);
bool contains(Rendering &run, const Value &container, const Value &item);
bool compare(Rendering &run, Operator operation, const Value &a, const Value &b);
Value arithmetic(Rendering &run, Operator operation, const Value &a, const Value &b);
Value negative(Rendering &run, const Value &value);

/// x.name: a method first, then the item of that name.
Value attribute(Rendering &run, const Value &object, std::string_view name);
/// x[index]: the item first.
Value item(Rendering &run, const Value &object, const Value &index);
Value slice(Rendering &run, const Value &object, const Value (&bounds)[3]);
/// The attribute of "a.b.0" as filters take it; an empty Value gives the object itself.
/// `otherwise`, if it is given and not none, stands for what is undefined.
Value attributePath(Rendering &run, const Value &object, const Value &path, const Value &otherwise = {});
/// The value of a key; none if the dict has no such key.
const Value *find(Rendering &run, const Dict &dict, const Value &key);

/// The items that a loop visits: of a dict its keys, of a text its characters. A generator gives them once.
std::vector<Value> itemsOf(Rendering &run, const Value &value);
/// len(); an error for what has none.
Value lengthOf(Rendering &run, const Value &value);

/// str() and repr().
std::string spelling(Rendering &run, const Value &value);
void appendRepr(Rendering &run, std::string &text, const Value &value);
std::string floatSpelling(double value);
std::string textRepr(std::string_view text);
std::string escapedMarkup(std::string_view text);

struct JsonStyle {
  bool ascii = false, sortKeys = false;
  std::optional<std::string> indent;
  std::string itemSeparator = ", ", keySeparator = ": ";
};
/// As Python's json.dumps.
std::string toJson(Rendering &run, const Value &value, const JsonStyle &style);

/// "..." % values
Value formatPercent(Rendering &run, const Value &format, const Value &values);
/// "...".format(...)
Value formatBraces(Rendering &run, const Value &self, const Arguments &arguments);

Builtin textMethod(std::string_view name);
Builtin sequenceMethod(std::string_view name);
Builtin dictMethod(std::string_view name);
/// Of the variable `loop`: its numbers, neighbours and methods; Missing if there is none of that name.
Value loopAttribute(Rendering &run, Loop &loop, std::string_view name);

/// A whole number argument, or an error that names it.
std::optional<int64_t> wholeArgument(Rendering &run, const char *what, const Value &value);

template <size_t count> Builtin findIn(const NamedBuiltin (&table)[count], std::string_view name) {
  for (const NamedBuiltin &entry : table)
    if (entry.name == name)
      return entry.call;
  return nullptr;
}

} // namespace vspec::chat
#endif
