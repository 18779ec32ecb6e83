// Decodes GGUF values where they lie and says what is wrong with those that were expected to be something else.
#include "vspec/Checkpoint/GgufMetadata.h"
#include "GgufTypes.h"
#include "LittleEndian.h"
#include "vspec/Support/Quote.h"
#include <cassert>

using namespace vspec;

std::optional<bool> GgufValue::boolean() const {
  if (type != GgufType::Bool)
    return std::nullopt;
  return bytes[0] != 0;
}

std::optional<int64_t> GgufValue::integer() const {
  switch (type) {
  case GgufType::U8:
    return loadLittle<uint8_t>(bytes);
  case GgufType::I8:
    return loadLittle<int8_t>(bytes);
  case GgufType::U16:
    return loadLittle<uint16_t>(bytes);
  case GgufType::I16:
    return loadLittle<int16_t>(bytes);
  case GgufType::U32:
    return loadLittle<uint32_t>(bytes);
  case GgufType::I32:
    return loadLittle<int32_t>(bytes);
  case GgufType::I64:
    return loadLittle<int64_t>(bytes);
  case GgufType::U64:
    if (auto value = loadLittle<uint64_t>(bytes); value <= uint64_t(INT64_MAX))
      return int64_t(value);
    return std::nullopt;
  default:
    return std::nullopt;
  }
}

std::optional<double> GgufValue::number() const {
  if (type == GgufType::F32)
    return loadLittle<float>(bytes);
  if (type == GgufType::F64)
    return loadLittle<double>(bytes);
  if (type == GgufType::U64)
    return double(loadLittle<uint64_t>(bytes));
  if (std::optional<int64_t> value = integer())
    return double(*value);
  return std::nullopt;
}

std::optional<std::string_view> GgufValue::string() const {
  if (type != GgufType::String)
    return std::nullopt;
  return bytes;
}

std::optional<std::vector<GgufValue>> GgufValue::elements() const {
  if (type != GgufType::Array)
    return std::nullopt;
  std::vector<GgufValue> all;
  all.reserve(count); // at most one for each byte of the file: the reader has seen them all
  std::string_view rest = bytes;
  for (uint64_t i = 0; i < count; ++i)
    all.push_back(takeGgufValue(elementType, rest));
  return all;
}

GgufValue vspec::takeGgufValue(GgufType type, std::string_view &rest) {
  GgufValue value = {type, GgufType::U8, 0, {}};
  uint64_t size = ggufNumberBytes(type);
  std::string_view before = rest;
  if (type == GgufType::String) {
    size = loadLittle<uint64_t>(rest);
    before = rest = rest.substr(8);
  } else if (type == GgufType::Array) {
    value.elementType = GgufType(loadLittle<uint32_t>(rest));
    value.count = loadLittle<uint64_t>(rest.substr(4));
    before = rest = rest.substr(12);
    if (uint64_t each = ggufNumberBytes(value.elementType)) {
      size = value.count * each;
    } else {
      for (uint64_t i = 0; i < value.count; ++i)
        takeGgufValue(value.elementType, rest);
      size = before.size() - rest.size();
    }
  }
  value.bytes = before.substr(0, size);
  rest = before.substr(size);
  return value;
}

static const char *typeName(GgufType type) {
  constexpr const char *names[] = {"u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "array", "u64", "i64", "f64"};
  return names[size_t(type)];
}

std::string GgufValue::describe() const {
  if (type == GgufType::Array)
    return std::string("an array of ") + typeName(elementType);
  bool vowel = type == GgufType::I8 || type == GgufType::I16 || type == GgufType::I32 || type == GgufType::I64 || type == GgufType::F32 ||
               type == GgufType::F64;
  std::string text = std::string(vowel ? "an " : "a ") + typeName(type);
  if (type == GgufType::U64 && !integer())
    text += " of " + std::to_string(loadLittle<uint64_t>(bytes)); // else "is a u64, expected an integer" would say nothing
  return text;
}

const GgufValue *GgufMetadata::find(std::string_view key) const {
  for (const Entry &entry : all)
    if (entry.key == key)
      return &entry.value;
  return nullptr;
}

Error GgufMetadata::error(std::string_view key, const std::string &problem) const {
  return Error{fileName + ": key " + quote(key) + " " + problem};
}

/// The value of `key` as `read` sees it, which gives none for a value of another kind.
template <typename T>
static Result<T> lookup(const GgufMetadata &metadata, std::string_view key, std::optional<T> (GgufValue::*read)() const, const char *what) {
  const GgufValue *value = metadata.find(key);
  if (!value)
    return Error{metadata.file() + ": has no key " + quote(key) + ", expected " + what};
  if (std::optional<T> found = (value->*read)())
    return *found;
  return metadata.error(key, "is " + value->describe() + ", expected " + what);
}

template <typename T>
static Result<std::vector<T>> lookupAll(const GgufMetadata &metadata, std::string_view key, std::optional<T> (GgufValue::*read)() const,
                                        const char *what) {
  const GgufValue *value = metadata.find(key);
  if (!value)
    return Error{metadata.file() + ": has no key " + quote(key) + ", expected " + what};
  Error unexpected = metadata.error(key, "is " + value->describe() + ", expected " + what);
  if (value->type != GgufType::Array)
    return unexpected;
  std::vector<T> all;
  all.reserve(value->count);
  std::string_view rest = value->bytes;
  for (uint64_t i = 0; i < value->count; ++i) {
    std::optional<T> found = (takeGgufValue(value->elementType, rest).*read)();
    if (!found)
      return unexpected;
    all.push_back(*found);
  }
  return all;
}

Result<bool> GgufMetadata::boolean(std::string_view key) const { return lookup(*this, key, &GgufValue::boolean, "a bool"); }
Result<int64_t> GgufMetadata::integer(std::string_view key) const { return lookup(*this, key, &GgufValue::integer, "an integer"); }
Result<double> GgufMetadata::number(std::string_view key) const { return lookup(*this, key, &GgufValue::number, "a number"); }
Result<std::string_view> GgufMetadata::string(std::string_view key) const { return lookup(*this, key, &GgufValue::string, "a string"); }
Result<std::vector<bool>> GgufMetadata::booleans(std::string_view key) const {
  return lookupAll(*this, key, &GgufValue::boolean, "an array of bool");
}
Result<std::vector<int64_t>> GgufMetadata::integers(std::string_view key) const {
  return lookupAll(*this, key, &GgufValue::integer, "an array of integers");
}
Result<std::vector<double>> GgufMetadata::numbers(std::string_view key) const {
  return lookupAll(*this, key, &GgufValue::number, "an array of numbers");
}
Result<std::vector<std::string_view>> GgufMetadata::strings(std::string_view key) const {
  return lookupAll(*this, key, &GgufValue::string, "an array of strings");
}

Result<bool> GgufMetadata::booleanOr(std::string_view key, bool otherwise) const { return find(key) ? boolean(key) : otherwise; }
Result<int64_t> GgufMetadata::integerOr(std::string_view key, int64_t otherwise) const { return find(key) ? integer(key) : otherwise; }
Result<double> GgufMetadata::numberOr(std::string_view key, double otherwise) const { return find(key) ? number(key) : otherwise; }
Result<std::string_view> GgufMetadata::stringOr(std::string_view key, std::string_view otherwise) const {
  return find(key) ? string(key) : otherwise;
}
