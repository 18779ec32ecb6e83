// A file's bytes, mapped read-only. Nothing is read before it is touched, and processes share the pages.
#ifndef VSPEC_SUPPORT_MAPPEDFILE_H
#define VSPEC_SUPPORT_MAPPEDFILE_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <string>
#include <string_view>

namespace vspec {

/// Owns the mapping; addresses stay the same when it is moved. The file must not shrink while it is mapped: the system
/// then ends the process that touches the missing pages.
class MappedFile {
public:
  /// Refuses what is not a regular file. An empty file has no bytes and is not an error.
  static Result<MappedFile> open(const std::string &path);

  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  const std::string &path() const { return name; }
  const uint8_t *data() const { return bytes; }
  uint64_t size() const { return count; }
  std::string_view view() const { return {reinterpret_cast<const char *>(bytes), count}; }

private:
  MappedFile(std::string path, const uint8_t *bytes, uint64_t count) : name(std::move(path)), bytes(bytes), count(count) {}

  std::string name;
  const uint8_t *bytes;
  uint64_t count;
};

} // namespace vspec
#endif
