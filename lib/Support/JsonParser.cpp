// Keeps the events of nlohmann-json's parser as a flat list of nodes in the order of the text. The only file that includes
// nlohmann-json.
#include "JsonDocument.h"
#include "vspec/Support/MappedFile.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <nlohmann/json.hpp>

namespace vspec {

/// What nlohmann-json calls while it reads. Returning false stops it.
struct JsonBuilder {
  Json::Document &document;
  std::vector<uint32_t> open = {}; // objects and arrays around the place
  JsonText pendingKey = {0, 0};
  std::string problem = {};

  JsonNode *add(Json::Kind kind) {
    JsonNode node = {};
    node.kind = kind;
    node.parent = open.empty() ? 0 : open.back();
    node.key = pendingKey;
    pendingKey = {0, 0};
    auto index = uint32_t(document.nodes.size());
    node.next = index + 1;
    document.nodes.push_back(node);
    if (!open.empty())
      ++document.nodes[open.back()].children;
    return &document.nodes.back();
  }
  JsonText keep(const std::string &text) {
    JsonText kept = {uint32_t(document.characters.size()), uint32_t(text.size())};
    document.characters += text;
    return kept;
  }
  bool begin(Json::Kind kind) {
    if (open.size() == Json::maxDepth)
      return problem = "values nested deeper than " + std::to_string(Json::maxDepth), false;
    add(kind);
    open.push_back(uint32_t(document.nodes.size() - 1));
    return true;
  }
  bool end() {
    document.nodes[open.back()].next = uint32_t(document.nodes.size());
    open.pop_back();
    return true;
  }
  bool allKeysDiffer(uint32_t object) {
    std::vector<std::string_view> keys;
    for (uint32_t i = object + 1; i < document.nodes.size(); i = document.nodes[i].next)
      keys.push_back(document.view(document.nodes[i].key));
    std::sort(keys.begin(), keys.end());
    auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end())
      problem = "the object that ends here has " + quote(*twice) + " twice";
    return twice == keys.end();
  }

  bool null() { return add(Json::Kind::Null); }
  bool boolean(bool value) { return add(Json::Kind::Boolean)->boolean = value, true; }
  bool number_integer(int64_t value) { return add(Json::Kind::Integer)->integer = value, true; }
  bool number_unsigned(uint64_t value) {
    if (value <= uint64_t(INT64_MAX))
      return number_integer(int64_t(value));
    return number_float(double(value), {});
  }
  bool number_float(double value, const std::string &) { return add(Json::Kind::Number)->number = value, true; }
  bool string(const std::string &value) {
    JsonText kept = keep(value);
    return add(Json::Kind::String)->string = kept, true;
  }
  bool binary(const nlohmann::json::binary_t &) { return false; } // not in text
  bool start_object(size_t) { return begin(Json::Kind::Object); }
  bool key(const std::string &value) { return pendingKey = keep(value), true; }
  bool end_object() { return allKeysDiffer(open.back()) && end(); }
  bool start_array(size_t) { return begin(Json::Kind::Array); }
  bool end_array() { return end(); }
  bool parse_error(size_t, const std::string &, const nlohmann::json::exception &exception) {
    // "[json.exception...] parse error at line 1, column 5: <what we keep>; last read: '<bytes of the file>'"
    std::string_view what = exception.what();
    if (exception.id == 406)
      return problem = "a number beyond the range of double", false;
    size_t column = what.find(", column ");
    size_t start = what.find(": ", column == std::string_view::npos ? 0 : column);
    what.remove_prefix(start == std::string_view::npos ? 0 : start + 2);
    problem = what.substr(0, what.find("; last "));
    return false;
  }
};

} // namespace vspec

using namespace vspec;

/// Counts what the parser has taken, because its stops other than syntax errors come without a position.
namespace {
struct CountingIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = ptrdiff_t;
  using pointer = const char *;
  using reference = const char &;
  const char *at;
  const char **furthest;
  const char &operator*() const { return *at; }
  CountingIterator &operator++() {
    *furthest = ++at;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator &other) const { return at == other.at; }
  bool operator!=(const CountingIterator &other) const { return at != other.at; }
};
} // namespace

// Python writes Infinity, though JSON has no such number: a limit that is none. It counts as null, in as many bytes.
static std::string withoutInfinity(std::string_view text) {
  static constexpr std::string_view infinity = "Infinity", nothing = "null    ";
  std::string result(text);
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"')
      inString = !inString;
    else if (text[i] == '\\' && inString)
      ++i;
    else if (!inString && text.substr(i, infinity.size()) == infinity)
      result.replace(i, infinity.size(), nothing);
  }
  return result;
}

Result<Json> Json::parse(std::string_view text, const std::string &file) {
  if (text.size() > maxBytes)
    return Error{file + ": has " + std::to_string(text.size()) + " bytes of JSON, expected at most " + std::to_string(maxBytes)};
  std::string changed;
  if (text.find("Infinity") != std::string_view::npos)
    text = changed = withoutInfinity(text);
  auto document = std::make_shared<Document>();
  document->file = file;
  JsonBuilder builder{*document};
  const char *furthest = text.data();
  CountingIterator first{text.data(), &furthest}, last{text.data() + text.size(), &furthest};
  if (!nlohmann::json::sax_parse(first, last, &builder))
    return Error{file + ": not JSON at byte " + std::to_string(furthest - text.data()) + ": " + builder.problem};
  return Json(std::move(document), 0);
}

Result<Json> Json::read(const std::string &path) {
  Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped)
    return mapped.error();
  return parse(mapped->view(), path);
}
