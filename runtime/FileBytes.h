// The bytes of a model file, mapped read-only or in the caller's memory, and the code image that a processor runs from them.
#ifndef VSPEC_RUNTIME_FILEBYTES_H
#define VSPEC_RUNTIME_FILEBYTES_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <string>

namespace vspec {

class FileBytes {
public:
  /// Maps the file from `base` (a multiple of 64 KiB) to its end. The descriptor is the caller's; `name` is for messages.
  static Result<FileBytes> map(int descriptor, uint64_t base, std::string name);
  static Result<FileBytes> mapPath(const std::string &path);
  /// The caller's memory, 64-byte aligned, which stays as it is.
  static Result<FileBytes> wrap(const void *bytes, uint64_t count);
  FileBytes(FileBytes &&other) noexcept;
  FileBytes &operator=(FileBytes &&) = delete;
  ~FileBytes();

  const uint8_t *data() const { return bytes; }
  uint64_t size() const { return count; }
  const std::string &name() const { return called; }
  /// Tells the system that [offset, offset + bytes) is needed soon.
  void readAhead(uint64_t offset, uint64_t bytes) const;

private:
  friend class CodeImage;
  FileBytes() = default;
  const uint8_t *bytes = nullptr;
  uint64_t count = 0, base = 0;
  int descriptor = -1; // -1: memory
  std::string called;
};

/// Kernel code, readable and executable. Straight from the file where the file system allows it, else (noexec, memory, or on
/// request) a copy that is writable first and executable afterwards, never both.
class CodeImage {
public:
  static Result<CodeImage> map(const FileBytes &file, uint64_t offset, uint64_t bytes, bool copy);
  CodeImage(CodeImage &&other) noexcept;
  CodeImage &operator=(CodeImage &&) = delete;
  ~CodeImage();

  const uint8_t *data() const { return base; }
  uint64_t bytes() const { return count; }
  bool copied() const { return isCopy; }

private:
  CodeImage() = default;
  uint8_t *base = nullptr;
  uint64_t count = 0;
  bool isCopy = false;
};

} // namespace vspec
#endif
