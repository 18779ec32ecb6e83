// Walks a GGUF file once, front to back, and believes nothing: a count is compared with the bytes left before anything is
// allocated for it, an address with the file's end before anything points there.
#include "vspec/Checkpoint/Gguf.h"
#include "GgufTypes.h"
#include "LittleEndian.h"
#include "vspec/Support/Quote.h"
#include <algorithm>

using namespace vspec;

namespace {
constexpr unsigned maxNesting = 4;
constexpr uint32_t maxDimensions = 4;
constexpr uint64_t maxNameBytes = 65535;
// Of a key: its length, its type, a value of one byte. Of a tensor: its length, no dimension, type and offset.
constexpr uint64_t leastKeyBytes = 8 + 4 + 1, leastTensorBytes = 8 + 4 + 4 + 8;

/// Functions return false once they have put the reason into `problem`.
class Reader {
public:
  explicit Reader(std::string_view bytes) : bytes(bytes) {}

  bool header(uint32_t &version);
  bool metadata();
  bool tensorTable();
  bool placeTensors();

  std::string problem;
  std::vector<GgufMetadata::Entry> entries;
  std::vector<Tensor> tensors;
  uint64_t alignment = 32;

private:
  bool fail(const std::string &reason) {
    problem = (place.empty() ? "" : place + ": ") + reason;
    return false;
  }
  bool need(uint64_t count) {
    if (count <= bytes.size() - at)
      return true;
    return fail("needs " + std::to_string(count) + " bytes at byte " + std::to_string(at) + ", but the file has " +
                std::to_string(bytes.size()));
  }
  template <typename T> bool take(T &value) {
    if (!need(sizeof(T)))
      return false;
    value = loadLittle<T>(bytes.substr(at));
    at += sizeof(T);
    return true;
  }
  bool takeString(std::string_view &text);
  bool takeName(std::string_view &name);
  bool takeCount(uint64_t &count, uint64_t leastBytes, const char *things);
  bool checkValue(GgufType type, unsigned nesting);
  bool takeType(GgufType &type);
  bool takeTensor();
  bool checkAlignment();

  std::string_view bytes;
  uint64_t at = 0;
  std::string place; // for messages; empty: the file as a whole
  uint64_t keyCount = 0, tensorCount = 0;
};
} // namespace

bool Reader::takeString(std::string_view &text) {
  uint64_t size;
  if (!take(size) || !need(size))
    return false;
  text = bytes.substr(at, size);
  at += size;
  size_t valid = validUtf8(text);
  return valid == text.size() || fail("text is not UTF-8 at its byte " + std::to_string(valid));
}

bool Reader::takeName(std::string_view &name) {
  if (!takeString(name))
    return false;
  return name.size() <= maxNameBytes ||
         fail("name has " + std::to_string(name.size()) + " bytes, expected at most " + std::to_string(maxNameBytes));
}

bool Reader::takeCount(uint64_t &count, uint64_t leastBytes, const char *things) {
  if (!take(count))
    return false;
  uint64_t most = (bytes.size() - at) / leastBytes;
  return count <= most || fail("says " + std::to_string(count) + " " + things + ", but the " + std::to_string(bytes.size() - at) +
                               " bytes left hold at most " + std::to_string(most));
}

bool Reader::header(uint32_t &version) {
  std::string_view magic = bytes.substr(0, 4);
  if (magic != "GGUF")
    return fail("not a GGUF file: starts with " + quote(magic) + ", expected 'GGUF'");
  at = 4;
  if (!take(version))
    return false;
  if (uint32_t swapped = __builtin_bswap32(version); swapped >= 1 && swapped <= 3)
    return fail("is a big-endian GGUF file, expected little endian");
  if (version != 2 && version != 3)
    return fail("is GGUF version " + std::to_string(version) + ", expected 2 or 3");
  return takeCount(tensorCount, leastTensorBytes, "tensors") && takeCount(keyCount, leastKeyBytes, "metadata keys");
}

bool Reader::takeType(GgufType &type) {
  uint32_t number;
  if (!take(number))
    return false;
  if (number >= ggufTypes)
    return fail("has value type " + std::to_string(number) + ", expected 0 to " + std::to_string(ggufTypes - 1));
  type = GgufType(number);
  return true;
}

/// Steps over a value after checking all of it.
bool Reader::checkValue(GgufType type, unsigned nesting) {
  if (type == GgufType::String) {
    std::string_view text;
    return takeString(text);
  }
  uint64_t count = 1;
  if (type == GgufType::Array) {
    if (nesting == maxNesting)
      return fail("has arrays nested deeper than " + std::to_string(maxNesting));
    if (!takeType(type) || !takeCount(count, ggufLeastBytes(type), "elements"))
      return false;
    if (ggufNumberBytes(type) == 0) {
      for (uint64_t i = 0; i < count; ++i)
        if (!checkValue(type, nesting + 1))
          return false;
      return true;
    }
  }
  uint64_t size = count * ggufNumberBytes(type);
  if (!need(size))
    return false;
  if (type == GgufType::Bool)
    for (char value : bytes.substr(at, size))
      if (uint8_t(value) > 1)
        return fail("has a bool of value " + std::to_string(uint8_t(value)) + ", expected 0 or 1");
  at += size;
  return true;
}

bool Reader::metadata() {
  for (uint64_t i = 0; i < keyCount; ++i) {
    place = "metadata entry " + std::to_string(i);
    std::string_view key;
    if (!takeName(key))
      return false;
    place = "key " + quote(key);
    GgufType type;
    if (!takeType(type))
      return false;
    std::string_view value = bytes.substr(at);
    if (!checkValue(type, 0))
      return false;
    entries.push_back({key, takeGgufValue(type, value)});
  }
  std::vector<std::string_view> keys;
  for (const GgufMetadata::Entry &entry : entries)
    keys.push_back(entry.key);
  std::sort(keys.begin(), keys.end());
  auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (place.clear(); twice != keys.end())
    return fail("has the key " + quote(*twice) + " twice");
  return checkAlignment();
}

bool Reader::checkAlignment() {
  for (const GgufMetadata::Entry &entry : entries) {
    if (entry.key != "general.alignment")
      continue;
    place = "key 'general.alignment'";
    if (entry.value.type != GgufType::U32)
      return fail("is " + entry.value.describe() + ", expected a u32");
    alignment = uint64_t(*entry.value.integer());
    if (alignment < 8 || (alignment & (alignment - 1)) != 0)
      return fail("is " + std::to_string(alignment) + ", expected a power of two of at least 8");
  }
  return true;
}

bool Reader::takeTensor() {
  std::string_view name;
  if (!takeName(name))
    return false;
  place = "tensor " + quote(name);
  uint32_t dimensions, type;
  if (!take(dimensions))
    return false;
  if (dimensions > maxDimensions)
    return fail("has " + std::to_string(dimensions) + " dimensions, expected at most " + std::to_string(maxDimensions));
  Tensor tensor = {std::string(name), Encoding::F32, std::vector<int64_t>(dimensions), nullptr, 0, 0, 0};
  for (uint32_t i = dimensions; i-- > 0;) { // the file has the innermost first
    uint64_t extent;
    if (!take(extent))
      return false;
    if (extent > uint64_t(INT64_MAX))
      return fail("has a dimension of " + std::to_string(extent) + ", expected at most 2^63 - 1");
    tensor.shape[i] = int64_t(extent);
  }
  if (!take(type) || !take(tensor.offset))
    return false;
  std::optional<Encoding> encoding = encodingOfGgml(type);
  if (!encoding) {
    std::string_view removed = removedGgmlType(type);
    return fail("has type " + std::to_string(type) + ", " +
                (removed.empty() ? "which is none of ggml's" : std::string(removed) + ", which ggml has removed"));
  }
  tensor.encoding = *encoding;
  int64_t columns = dimensions == 0 ? 1 : tensor.shape.back();
  if (columns % blockElements(*encoding) != 0)
    return fail("has rows of " + std::to_string(columns) + " elements, expected a multiple of the " +
                std::to_string(blockElements(*encoding)) + " in a block of " + encodingName(*encoding));
  std::optional<uint64_t> size = encodedBytes(*encoding, tensor.shape);
  if (!size)
    return fail("has more than 2^63 bytes");
  tensor.bytes = *size;
  tensors.push_back(std::move(tensor));
  return true;
}

bool Reader::tensorTable() {
  for (uint64_t i = 0; i < tensorCount; ++i) {
    place = "tensor entry " + std::to_string(i);
    if (!takeTensor())
      return false;
  }
  place.clear();
  std::vector<std::string_view> names;
  for (const Tensor &tensor : tensors)
    names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  auto twice = std::adjacent_find(names.begin(), names.end());
  return twice == names.end() || fail("has the tensor " + quote(*twice) + " twice");
}

/// Turns offsets in the data, which follows the tensor table, into places in the file.
bool Reader::placeTensors() {
  uint64_t start = at + (alignment - at % alignment) % alignment;
  for (Tensor &tensor : tensors) {
    place = "tensor " + quote(tensor.name);
    if (tensor.offset % alignment != 0)
      return fail("has offset " + std::to_string(tensor.offset) + ", expected a multiple of the alignment " + std::to_string(alignment));
    uint64_t left = start > bytes.size() ? 0 : bytes.size() - start;
    if (start > bytes.size() || tensor.offset > left || tensor.bytes > left - tensor.offset)
      return fail("has " + std::to_string(tensor.bytes) + " bytes at offset " + std::to_string(tensor.offset) +
                  " of the data, of which the file has " + std::to_string(left));
    tensor.offset += start;
    tensor.data = reinterpret_cast<const uint8_t *>(bytes.data()) + tensor.offset;
  }
  place.clear();
  std::vector<const Tensor *> byOffset;
  for (const Tensor &tensor : tensors)
    if (tensor.bytes > 0)
      byOffset.push_back(&tensor);
  std::sort(byOffset.begin(), byOffset.end(), [](const Tensor *a, const Tensor *b) { return a->offset < b->offset; });
  for (size_t i = 1; i < byOffset.size(); ++i)
    if (const Tensor &before = *byOffset[i - 1]; before.offset + before.bytes > byOffset[i]->offset)
      return fail("tensors " + quote(before.name) + " and " + quote(byOffset[i]->name) + " overlap: bytes " +
                  std::to_string(before.offset) + " to " + std::to_string(before.offset + before.bytes) + ", and from " +
                  std::to_string(byOffset[i]->offset));
  return true;
}

Result<Gguf> vspec::parseGguf(std::string_view bytes, const std::string &file) {
  Reader reader(bytes);
  uint32_t version = 0;
  if (!reader.header(version) || !reader.metadata() || !reader.tensorTable() || !reader.placeTensors())
    return Error{file + ": " + reader.problem};
  return Gguf{version, reader.alignment, GgufMetadata(file, std::move(reader.entries)), std::move(reader.tensors)};
}
