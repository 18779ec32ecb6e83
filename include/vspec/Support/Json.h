// JSON from files that may be hostile. nlohmann-json reads the text, once; what is kept is flat and knows where it stands,
// so that an error can say "config.json: rope_scaling.factor is a string, expected a number".
#ifndef VSPEC_SUPPORT_JSON_H
#define VSPEC_SUPPORT_JSON_H
#include "vspec/Support/Result.h"
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vspec {

/// A value of a parsed document. Copies are cheap and share the document, which lives as long as the last of them; so do
/// the string_views. Elements and members are visited in the order of the text:
///   for (Json element : merges) ...
///   for (Json member : vocab) use(member.key(), member.integer());
/// (A loop over *json.array("merges") itself would outlive the Result: give the array a name first.)
/// Looking up one member reads the members before it; code that looks up thousands builds its own table.
class Json {
public:
  /// Integer is a number without fraction or exponent that fits in int64; every other number is a Number.
  enum class Kind : uint8_t { Null, Boolean, Integer, Number, String, Array, Object };
  static constexpr unsigned maxDepth = 64;
  static constexpr size_t maxBytes = size_t(1) << 27; // of text: memory may reach 16 times as much

  /// Refuses, with the byte at which it was noticed: what is not JSON or not UTF-8, values nested deeper than maxDepth, an
  /// object that has a key twice, a number beyond the range of double, text after the value. Python's Infinity counts as null.
  /// `file` is what errors name.
  static Result<Json> parse(std::string_view text, const std::string &file);
  /// Maps and parses a file.
  static Result<Json> read(const std::string &path);

  Kind kind() const;
  bool isNull() const { return kind() == Kind::Null; }
  bool isString() const { return kind() == Kind::String; }
  bool isArray() const { return kind() == Kind::Array; }
  bool isObject() const { return kind() == Kind::Object; }

  // The value, or "<file>: <path> is a <kind>, expected <what>".
  Result<bool> boolean() const;
  Result<int64_t> integer() const;
  Result<double> number() const; // an integer is one too
  Result<std::string_view> string() const;
  Result<Json> array() const; // itself, if it is one
  Result<Json> object() const;

  /// The member of that name; none if this is not an object or has no such member.
  std::optional<Json> find(std::string_view key) const;
  /// The member of that name, or "<file>: <path> has no <key>".
  Result<Json> member(std::string_view key) const;
  Result<bool> boolean(std::string_view key) const;
  Result<int64_t> integer(std::string_view key) const;
  Result<double> number(std::string_view key) const;
  Result<std::string_view> string(std::string_view key) const;
  Result<Json> array(std::string_view key) const;
  Result<Json> object(std::string_view key) const;

  // The same with an answer for a member that is absent or null. A member of another kind is still an error.
  Result<bool> booleanOr(std::string_view key, bool otherwise) const;
  Result<int64_t> integerOr(std::string_view key, int64_t otherwise) const;
  Result<double> numberOr(std::string_view key, double otherwise) const;
  Result<std::string_view> stringOr(std::string_view key, std::string_view otherwise) const;

  /// The name of this member in its object; empty for elements and the whole document.
  std::string_view key() const;
  /// Elements of an array, members of an object; 0 for everything else.
  size_t size() const;

  class Iterator;
  Iterator begin() const;
  Iterator end() const;

  const std::string &file() const;
  /// From the whole document to this value: rope_scaling.factor, merges[3], ["odd key"]; empty for the document itself.
  std::string path() const;
  /// "<file>: <path> <problem>": for what only the caller can judge ("is 7, expected a multiple of 8").
  Error error(const std::string &problem) const;

private:
  friend struct JsonBuilder;
  struct Document;
  Json(std::shared_ptr<const Document> document, uint32_t index) : document(std::move(document)), index(index) {}
  Error expected(const char *what) const;

  std::shared_ptr<const Document> document;
  uint32_t index; // of its node
};

class Json::Iterator {
public:
  using iterator_category = std::input_iterator_tag;
  using value_type = Json;
  using difference_type = ptrdiff_t;
  using pointer = const Json *;
  using reference = Json;

  Json operator*() const { return Json(document, index); }
  Iterator &operator++();
  bool operator==(const Iterator &other) const { return index == other.index; }
  bool operator!=(const Iterator &other) const { return index != other.index; }

private:
  friend class Json;
  Iterator(std::shared_ptr<const Document> document, uint32_t index) : document(std::move(document)), index(index) {}

  std::shared_ptr<const Document> document;
  uint32_t index;
};

} // namespace vspec
#endif
