// Reads the JSON header of a safetensors file and checks that the tensors fill the rest exactly.
#include "vspec/Checkpoint/Safetensors.h"
#include "LittleEndian.h"
#include "vspec/Support/Json.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <tuple>

using namespace vspec;

constexpr uint64_t lengthBytes = 8;
constexpr uint64_t maxHeaderBytes = 100000000; // of the reference implementation

/// A number of a header: an integer that is not negative.
static Result<int64_t> readExtent(const Json &value) {
  Result<int64_t> extent = value.integer();
  if (extent && *extent < 0)
    return value.error("is " + std::to_string(*extent) + ", expected at least 0");
  return extent;
}

static Result<std::vector<int64_t>> readExtents(const Json &entry, const char *key) {
  Result<Json> array = entry.array(key);
  if (!array)
    return array.error();
  std::vector<int64_t> extents;
  for (Json element : *array) {
    Result<int64_t> extent = readExtent(element);
    if (!extent)
      return extent.error();
    extents.push_back(*extent);
  }
  return extents;
}

/// `offset` counts from the first byte after the header until the caller places it in the file.
static Result<Tensor> readTensor(const Json &entry, uint64_t dataBytes) {
  Result<std::string_view> dtype = entry.string("dtype");
  if (!dtype)
    return dtype.error();
  std::optional<Encoding> encoding = encodingOfSafetensors(*dtype);
  if (!encoding)
    return entry.error("has the dtype " + quote(*dtype) + ", which is none of safetensors'");
  Result<std::vector<int64_t>> shape = readExtents(entry, "shape");
  if (!shape)
    return shape.error();
  Result<std::vector<int64_t>> offsets = readExtents(entry, "data_offsets");
  if (!offsets)
    return offsets.error();
  if (offsets->size() != 2)
    return entry.error("has " + std::to_string(offsets->size()) + " data_offsets, expected 2");
  auto begin = uint64_t((*offsets)[0]), end = uint64_t((*offsets)[1]);
  std::string range = std::to_string(begin) + " to " + std::to_string(end);
  if (begin > end || end > dataBytes)
    return entry.error("has data_offsets " + range + ", expected a range of the file's " + std::to_string(dataBytes) + " bytes of data");
  std::optional<uint64_t> bytes = encodedBytes(*encoding, *shape);
  if (!bytes)
    return entry.error("has a shape that is no whole number of bytes below 2^63");
  if (*bytes != end - begin)
    return entry.error("has data_offsets " + range + ", but its shape and dtype say " + std::to_string(*bytes) + " bytes");
  return Tensor{std::string(entry.key()), *encoding, std::move(*shape), nullptr, *bytes, begin, 0};
}

static Result<void> readMetadata(const Json &entry, Safetensors &result) {
  if (Result<Json> object = entry.object(); !object)
    return object.error();
  for (Json member : entry) {
    Result<std::string_view> text = member.string();
    if (!text)
      return text.error();
    result.metadata.emplace_back(member.key(), *text);
  }
  return {};
}

/// Whether the tensors, sorted by offset, follow each other up to the end of the data.
static Result<void> checkLayout(const std::vector<Tensor> &tensors, uint64_t dataBytes, const std::string &file) {
  uint64_t end = 0;
  for (const Tensor &tensor : tensors) {
    if (tensor.offset != end)
      return Error{file + ": tensor " + quote(tensor.name) + " begins at byte " + std::to_string(tensor.offset) +
                   " of the data, expected " + std::to_string(end) + ", where the tensor before it ends"};
    end += tensor.bytes;
  }
  if (end != dataBytes)
    return Error{file + ": has " + std::to_string(dataBytes) + " bytes of data, but its tensors end at " + std::to_string(end)};
  return {};
}

Result<Safetensors> vspec::parseSafetensors(std::string_view bytes, const std::string &file) {
  if (bytes.size() < lengthBytes)
    return Error{file + ": has " + std::to_string(bytes.size()) + " bytes, expected a header length of 8"};
  auto headerBytes = loadLittle<uint64_t>(bytes);
  uint64_t most = std::min<uint64_t>(maxHeaderBytes, bytes.size() - lengthBytes);
  if (headerBytes > most)
    return Error{file + ": says that its header has " + std::to_string(headerBytes) + " bytes, expected at most " + std::to_string(most)};
  std::string_view text = bytes.substr(lengthBytes, headerBytes);
  if (text.substr(0, 1) != "{")
    return Error{file + ": header starts with " + quote(text.substr(0, 1)) + ", expected '{'"};
  Result<Json> header = Json::parse(text, file + ": header");
  if (!header)
    return header.error();

  Safetensors result;
  uint64_t start = lengthBytes + headerBytes, dataBytes = bytes.size() - start;
  for (Json entry : *header) {
    if (entry.key() == "__metadata__") {
      if (auto read = readMetadata(entry, result); !read)
        return read.error();
      continue;
    }
    Result<Tensor> tensor = readTensor(entry, dataBytes);
    if (!tensor)
      return tensor.error();
    result.tensors.push_back(std::move(*tensor));
  }
  // By size too: an empty tensor stands before the one that begins where it lies.
  std::sort(result.tensors.begin(), result.tensors.end(),
            [](const Tensor &a, const Tensor &b) { return std::tie(a.offset, a.bytes, a.name) < std::tie(b.offset, b.bytes, b.name); });
  if (auto checked = checkLayout(result.tensors, dataBytes, file); !checked)
    return checked.error();
  for (Tensor &tensor : result.tensors) {
    tensor.offset += start;
    tensor.data = reinterpret_cast<const uint8_t *>(bytes.data()) + tensor.offset;
  }
  return result;
}
