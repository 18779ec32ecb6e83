// The filters, by what they are applied to. Each returns null for a name that is not its own.
#ifndef VSPEC_LIB_CHAT_FILTERS_H
#define VSPEC_LIB_CHAT_FILTERS_H
#include "Operations.h"

namespace vspec::chat {

Builtin textFilter(std::string_view name);
Builtin sequenceFilter(std::string_view name); // of sequences, for a sequence
Builtin summaryFilter(std::string_view name);  // of sequences, for one value; and of numbers

/// What sort, unique, min, max and dictsort compare: text in lower case, unless the case counts.
Value sortKey(Rendering &run, const Value &value, const Value &caseSensitive);

/// The items in the order of their keys. Stable, backwards too.
std::vector<Value> sorted(Rendering &run, const std::vector<Value> &items, const std::vector<Value> &keys, bool backwards);

} // namespace vspec::chat
#endif
