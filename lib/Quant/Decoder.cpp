// The decoders of this process.
#include "vspec/Quant/Decoder.h"
#include <map>
#include <mutex>

using namespace vspec;

namespace {
struct Entry {
  std::function<std::unique_ptr<const Decoder>()> make;
  std::unique_ptr<const Decoder> made;
};
struct Library {
  std::recursive_mutex mutex; // a decoder is made of text that names a format, which may be another decoder
  std::map<std::string, Entry, std::less<>> entries;
};
} // namespace

static Library &library() {
  static Library all;
  return all;
}

const Decoder *vspec::findDecoder(std::string_view name) {
  std::lock_guard<std::recursive_mutex> lock(library().mutex);
  auto found = library().entries.find(name);
  if (found == library().entries.end())
    return nullptr;
  Entry &entry = found->second;
  if (!entry.made)
    entry.made = entry.make();
  return entry.made.get();
}

std::string vspec::decoderNames() {
  std::lock_guard<std::recursive_mutex> lock(library().mutex);
  std::string names;
  for (const auto &[name, entry] : library().entries)
    names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "none" : names;
}

Result<void> vspec::addDecoder(std::string name, std::function<std::unique_ptr<const Decoder>()> make) {
  std::lock_guard<std::recursive_mutex> lock(library().mutex);
  if (!library().entries.try_emplace(name, Entry{std::move(make), nullptr}).second)
    return Error{"there is a decoder @" + name + " already"};
  return {};
}
