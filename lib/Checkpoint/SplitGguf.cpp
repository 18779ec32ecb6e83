// Joins the parts of a split GGUF file, as gguf-split and Hugging Face's uploads make them: NAME-00001-of-00003.gguf holds all
// metadata, and every part its number, their count and the count of all tensors.
#include "SplitGguf.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <cstdio>

using namespace vspec;

static constexpr int64_t mostParts = 65535; // the key is a u16

static std::string partEnding(int64_t part, int64_t count) {
  char text[64];
  std::snprintf(text, sizeof(text), "-%05d-of-%05d.gguf", int(part + 1), int(count));
  return text;
}

static bool endsWith(const std::string &text, const std::string &end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

Result<int64_t> vspec::splitCount(const GgufMetadata &metadata) {
  Result<int64_t> count = metadata.integerOr("split.count", 1);
  if (count && (*count < 0 || *count > mostParts))
    return metadata.error("split.count", "is " + std::to_string(*count) + ", expected 0 to " + std::to_string(mostParts));
  return count;
}

/// Other parts repeat nothing of the first one, or the same.
static Result<void> checkSameMetadata(const GgufMetadata &first, const GgufMetadata &part) {
  for (const GgufMetadata::Entry &entry : part.entries()) {
    if (entry.key.substr(0, 6) == "split.")
      continue;
    const GgufValue *value = first.find(entry.key);
    if (!value || value->type != entry.value.type || value->elementType != entry.value.elementType || value->bytes != entry.value.bytes)
      return part.error(entry.key, "is not what " + first.file() + " says");
  }
  return {};
}

static Result<void> checkNumber(const GgufMetadata &metadata, const char *key, int64_t expected) {
  Result<int64_t> number = metadata.integer(key);
  if (!number)
    return number.error();
  if (*number != expected)
    return metadata.error(key, "is " + std::to_string(*number) + ", expected " + std::to_string(expected));
  return {};
}

Result<std::vector<SplitPart>> vspec::openSplitParts(const Gguf &first, int64_t count) {
  const GgufMetadata &metadata = first.metadata;
  const std::string &path = metadata.file();
  Result<int64_t> number = metadata.integer("split.no"), tensors = metadata.integer("split.tensors.count");
  if (!number)
    return number.error();
  if (*number < 0 || *number >= count)
    return metadata.error("split.no", "is " + std::to_string(*number) + ", expected 0 to " + std::to_string(count - 1));
  std::string ending = partEnding(*number, count), begin = path.substr(0, path.size() - std::min(path.size(), ending.size()));
  if (!endsWith(path, ending))
    return Error{path + ": is part " + std::to_string(*number + 1) + " of " + std::to_string(count) +
                 " of a split GGUF file, expected a name that ends with '" + ending + "', by which the other parts are found"};
  if (*number)
    return Error{path + ": is part " + std::to_string(*number + 1) + " of " + std::to_string(count) +
                 " of a split GGUF file, expected the first one, " + begin + partEnding(0, count)};
  if (!tensors)
    return tensors.error();

  std::vector<SplitPart> parts;
  std::vector<std::pair<std::string_view, int64_t>> names; // and their part
  for (const Tensor &tensor : first.tensors)
    names.push_back({tensor.name, 0});
  for (int64_t part = 1; part < count; ++part) {
    Result<MappedFile> file = MappedFile::open(begin + partEnding(part, count));
    if (!file)
      return file.error();
    Result<Gguf> gguf = parseGguf(file->view(), file->path());
    if (!gguf)
      return gguf.error();
    for (auto [key, expected] : {std::pair("split.no", part), {"split.count", count}, {"split.tensors.count", *tensors}})
      if (Result<void> checked = checkNumber(gguf->metadata, key, expected); !checked)
        return checked.error();
    if (Result<void> same = checkSameMetadata(metadata, gguf->metadata); !same)
      return same.error();
    parts.push_back({std::move(*file), std::move(gguf->tensors)});
    for (const Tensor &tensor : parts.back().tensors)
      names.push_back({tensor.name, part});
  }
  if (*tensors != int64_t(names.size()))
    return metadata.error("split.tensors.count", "is " + std::to_string(*tensors) + ", but the " + std::to_string(count) + " parts hold " +
                                                     std::to_string(names.size()) + " tensors");
  std::sort(names.begin(), names.end());
  auto twice = std::adjacent_find(names.begin(), names.end(), [](auto &a, auto &b) { return a.first == b.first; });
  if (twice != names.end())
    return Error{path + ": tensor " + quote(twice->first) + " stands in part " + std::to_string(twice->second + 1) + " and in part " +
                 std::to_string(std::next(twice)->second + 1)};
  return parts;
}
