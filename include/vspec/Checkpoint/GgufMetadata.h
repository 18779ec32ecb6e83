// The typed keys and values of a GGUF file: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
#ifndef VSPEC_CHECKPOINT_GGUFMETADATA_H
#define VSPEC_CHECKPOINT_GGUFMETADATA_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vspec {

enum class GgufType : uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };

/// A value where it lies in the file. The reader has checked all of it, nested arrays included.
struct GgufValue {
  GgufType type;
  GgufType elementType = GgufType::U8; // of an array
  uint64_t count = 0;                  // elements of an array
  std::string_view bytes;              // of the number, of the text, or of the array's elements

  // The value, if it is of that kind. An integer is a number too; a u64 above int64 is only a number.
  std::optional<bool> boolean() const;
  std::optional<int64_t> integer() const;
  std::optional<double> number() const;
  std::optional<std::string_view> string() const;
  /// The elements of an array, arrays among them; none for other values.
  std::optional<std::vector<GgufValue>> elements() const;
  /// "a string", "an array of i32": for messages.
  std::string describe() const;
};

/// Lookups by key. Errors read "<file>: key '<key>' is a string, expected an integer" or "<file>: has no key '<key>',
/// expected an integer". The string_views point into the mapped file.
class GgufMetadata {
public:
  struct Entry {
    std::string_view key;
    GgufValue value;
  };

  GgufMetadata(std::string file, std::vector<Entry> entries) : fileName(std::move(file)), all(std::move(entries)) {}

  const std::string &file() const { return fileName; }
  /// In the order of the file. No key stands twice.
  const std::vector<Entry> &entries() const { return all; }
  const GgufValue *find(std::string_view key) const;

  Result<bool> boolean(std::string_view key) const;
  Result<int64_t> integer(std::string_view key) const;
  Result<double> number(std::string_view key) const;
  Result<std::string_view> string(std::string_view key) const;
  Result<std::vector<bool>> booleans(std::string_view key) const;
  Result<std::vector<int64_t>> integers(std::string_view key) const;
  Result<std::vector<double>> numbers(std::string_view key) const;
  Result<std::vector<std::string_view>> strings(std::string_view key) const;

  // The same with an answer for an absent key. A value of another type is still an error.
  Result<bool> booleanOr(std::string_view key, bool otherwise) const;
  Result<int64_t> integerOr(std::string_view key, int64_t otherwise) const;
  Result<double> numberOr(std::string_view key, double otherwise) const;
  Result<std::string_view> stringOr(std::string_view key, std::string_view otherwise) const;

  /// "<file>: key '<key>' <problem>": for what only the caller can judge.
  Error error(std::string_view key, const std::string &problem) const;

private:
  std::string fileName;
  std::vector<Entry> all;
};

} // namespace vspec
#endif
