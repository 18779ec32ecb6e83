// Checked access to a parsed document, and the place of a value for messages.
#include "JsonDocument.h"
#include "vspec/Support/Quote.h"
#include <algorithm>

using namespace vspec;

static const char *kindName(Json::Kind kind) {
  constexpr const char *names[] = {"null", "a boolean", "an integer", "a number", "a string", "an array", "an object"};
  return names[size_t(kind)];
}

static bool isPlainKey(std::string_view key) {
  return !key.empty() && key.size() <= 100 && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
  });
}

Json::Kind Json::kind() const { return document->nodes[index].kind; }
std::string_view Json::key() const { return document->view(document->nodes[index].key); }
size_t Json::size() const { return document->nodes[index].children; }
const std::string &Json::file() const { return document->file; }
Json::Iterator Json::begin() const { return Iterator(document, index + 1); }
Json::Iterator Json::end() const { return Iterator(document, document->nodes[index].next); }

Json::Iterator &Json::Iterator::operator++() {
  index = document->nodes[index].next;
  return *this;
}

std::string Json::path() const {
  std::string path;
  for (uint32_t i = index; i != 0; i = document->nodes[i].parent) {
    const JsonNode &node = document->nodes[i];
    std::string step;
    if (document->nodes[node.parent].kind == Kind::Array) {
      size_t position = 0;
      for (uint32_t before = node.parent + 1; before != i; before = document->nodes[before].next)
        ++position;
      step = "[" + std::to_string(position) + "]";
    } else if (std::string_view key = document->view(node.key); isPlainKey(key)) {
      step = (node.parent == 0 ? "" : ".") + std::string(key);
    } else {
      step = "[" + quote(key) + "]";
    }
    path.insert(0, step);
  }
  return path;
}

Error Json::error(const std::string &problem) const {
  std::string place = path();
  return Error{file() + ": " + (place.empty() ? "the document" : place) + " " + problem};
}

Error Json::expected(const char *what) const { return error(std::string("is ") + kindName(kind()) + ", expected " + what); }

Result<bool> Json::boolean() const {
  if (kind() != Kind::Boolean)
    return expected("a boolean");
  return document->nodes[index].boolean;
}

Result<int64_t> Json::integer() const {
  if (kind() != Kind::Integer)
    return expected("an integer");
  return document->nodes[index].integer;
}

Result<double> Json::number() const {
  if (kind() == Kind::Integer)
    return double(document->nodes[index].integer);
  if (kind() != Kind::Number)
    return expected("a number");
  return document->nodes[index].number;
}

Result<std::string_view> Json::string() const {
  if (kind() != Kind::String)
    return expected("a string");
  return document->view(document->nodes[index].string);
}

Result<Json> Json::array() const {
  if (kind() != Kind::Array)
    return expected("an array");
  return *this;
}

Result<Json> Json::object() const {
  if (kind() != Kind::Object)
    return expected("an object");
  return *this;
}

std::optional<Json> Json::find(std::string_view key) const {
  if (isObject())
    for (Json member : *this)
      if (member.key() == key)
        return member;
  return std::nullopt;
}

Result<Json> Json::member(std::string_view key) const {
  if (!isObject())
    return expected("an object");
  if (std::optional<Json> found = find(key))
    return *found;
  return error("has no " + (isPlainKey(key) ? std::string(key) : quote(key)));
}

/// Calls `read` on the member, or passes on why there is none.
template <typename Read> static auto readMember(const Json &object, std::string_view key, Read read) -> decltype(read(object)) {
  Result<Json> member = object.member(key);
  if (!member)
    return member.error();
  return read(*member);
}

template <typename T, typename Read> static Result<T> readOr(const Json &object, std::string_view key, T otherwise, Read read) {
  std::optional<Json> member = object.find(key);
  if (!member || member->isNull())
    return otherwise;
  return read(*member);
}

Result<bool> Json::boolean(std::string_view key) const {
  return readMember(*this, key, [](const Json &member) { return member.boolean(); });
}
Result<int64_t> Json::integer(std::string_view key) const {
  return readMember(*this, key, [](const Json &member) { return member.integer(); });
}
Result<double> Json::number(std::string_view key) const {
  return readMember(*this, key, [](const Json &member) { return member.number(); });
}
Result<std::string_view> Json::string(std::string_view key) const {
  return readMember(*this, key, [](const Json &member) { return member.string(); });
}
Result<Json> Json::array(std::string_view key) const {
  return readMember(*this, key, [](const Json &member) { return member.array(); });
}
Result<Json> Json::object(std::string_view key) const {
  return readMember(*this, key, [](const Json &member) { return member.object(); });
}

Result<bool> Json::booleanOr(std::string_view key, bool otherwise) const {
  return readOr(*this, key, otherwise, [](const Json &member) { return member.boolean(); });
}
Result<int64_t> Json::integerOr(std::string_view key, int64_t otherwise) const {
  return readOr(*this, key, otherwise, [](const Json &member) { return member.integer(); });
}
Result<double> Json::numberOr(std::string_view key, double otherwise) const {
  return readOr(*this, key, otherwise, [](const Json &member) { return member.number(); });
}
Result<std::string_view> Json::stringOr(std::string_view key, std::string_view otherwise) const {
  return readOr(*this, key, otherwise, [](const Json &member) { return member.string(); });
}
