// A file that appears whole or not at all: written under a temporary name in its own folder and renamed when complete.
#ifndef VSPEC_SUPPORT_ATOMICFILE_H
#define VSPEC_SUPPORT_ATOMICFILE_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <string>
#include <string_view>

namespace vspec {

/// Bytes go to the file in aligned pieces of some MiB: where a file system caches what is written in pages as large as the writes,
/// whoever maps the file later finds huge pages. Unless committed, the destructor unlinks the temporary file and what was at `path` before stays as it was. A write that
/// the disk cannot hold is an error that names the file and the system's reason; after one, only destruct.
class AtomicFile {
public:
  /// Makes `path`.tmp-<process>-<number>, which must not exist yet. Refuses a `path` that exists and is not a regular file.
  static Result<AtomicFile> create(const std::string &path);

  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile &operator=(AtomicFile &&other) noexcept;
  ~AtomicFile();

  const std::string &path() const { return finalName; }
  const std::string &temporaryPath() const { return temporaryName; }
  /// Where the next write begins: the bytes written so far.
  uint64_t position() const { return end; }

  Result<void> write(const void *bytes, uint64_t count);
  Result<void> write(std::string_view text) { return write(text.data(), text.size()); }
  /// Zero bytes up to the next multiple of `alignment`.
  Result<void> padTo(uint64_t alignment);
  /// Overwrites bytes that `write` has written already: a header whose hashes are known last.
  Result<void> overwrite(uint64_t offset, const void *bytes, uint64_t count);
  /// Brings the bytes to the disk, then renames: `path` is replaced in one step. Only once, and nothing after it.
  Result<void> commit();

private:
  AtomicFile(std::string path, std::string temporary, int descriptor)
      : finalName(std::move(path)), temporaryName(std::move(temporary)), descriptor(descriptor) {}
  void discard();
  Result<void> flush();
  Result<void> writeAt(uint64_t offset, const void *bytes, uint64_t count);

  std::string finalName, temporaryName;
  int descriptor; // -1: committed, or moved from
  uint64_t end = 0;
  std::string pending; // the last bytes, which are not in the file yet
};

} // namespace vspec
#endif
