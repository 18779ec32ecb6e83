#include "runtime/FileBytes.h"
#include "vspec/ModelFormat.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace vspec {
namespace {

// The number, not strerror: that one asks the locale.
std::string systemError() { return "system error " + std::to_string(errno); }

} // namespace

Result<FileBytes> FileBytes::map(int descriptor, uint64_t base, std::string name) {
  if (base % file::sectionAlignment)
    return Error{name + ": the model file starts at byte " + std::to_string(base) + ", which is not a multiple of 65536"};
  struct stat status;
  if (fstat(descriptor, &status))
    return Error{name + ": cannot be read: " + systemError()};
  if (!S_ISREG(status.st_mode))
    return Error{name + ": is not a regular file"};
  if (uint64_t(status.st_size) <= base)
    return Error{name + ": has " + std::to_string(status.st_size) + " bytes, but the model file starts at byte " + std::to_string(base)};
  FileBytes file;
  uint64_t count = uint64_t(status.st_size) - base;
  file.descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (file.descriptor < 0)
    return Error{name + ": cannot be kept open: " + systemError()};
  void *bytes = mmap(nullptr, count, PROT_READ, MAP_PRIVATE, file.descriptor, off_t(base));
  if (bytes == MAP_FAILED)
    return Error{name + ": cannot be mapped: " + systemError()};
#ifdef MADV_HUGEPAGE
  madvise(bytes, count, MADV_HUGEPAGE); // what is not in the cache yet is read in huge pages, if the file system has them
#endif
  file.bytes = static_cast<const uint8_t *>(bytes);
  file.count = count;
  file.base = base;
  file.called = std::move(name);
  return file;
}

Result<FileBytes> FileBytes::mapPath(const std::string &path) {
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return Error{path + ": cannot be opened: " +
                 (errno == ENOENT   ? "no such file"
                  : errno == EACCES ? "permission denied"
                                    : systemError())};
  auto file = map(descriptor, 0, path);
  close(descriptor);
  return file;
}

Result<FileBytes> FileBytes::wrap(const void *bytes, uint64_t count) {
  FileBytes file;
  file.called = "model file in memory";
  if (reinterpret_cast<uintptr_t>(bytes) % 64)
    return Error{file.called + ": is not aligned to 64 bytes"};
  file.bytes = static_cast<const uint8_t *>(bytes);
  file.count = count;
  return file;
}

FileBytes::FileBytes(FileBytes &&other) noexcept
    : bytes(std::exchange(other.bytes, nullptr)), count(other.count), base(other.base), descriptor(std::exchange(other.descriptor, -1)),
      called(std::move(other.called)) {}

FileBytes::~FileBytes() {
  if (descriptor < 0)
    return;
  if (bytes)
    munmap(const_cast<uint8_t *>(bytes), count);
  close(descriptor);
}

void FileBytes::readAhead(uint64_t offset, uint64_t wanted) const {
  if (descriptor >= 0 && wanted)
    madvise(const_cast<uint8_t *>(bytes) + offset, wanted, MADV_WILLNEED); // only advice: no matter if refused
}

Result<CodeImage> CodeImage::map(const FileBytes &file, uint64_t offset, uint64_t bytes, bool copy) {
  CodeImage image;
  void *base = MAP_FAILED;
  if (file.descriptor >= 0 && !copy)
    base = mmap(nullptr, bytes, PROT_READ | PROT_EXEC, MAP_PRIVATE, file.descriptor, off_t(file.base + offset));
  if (base == MAP_FAILED) {
    base = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
      return Error{file.name() + ": no memory for the code: " + std::to_string(bytes) + " bytes"};
    image.isCopy = true;
  }
  image.base = static_cast<uint8_t *>(base);
  image.count = bytes;
  if (!image.isCopy)
    return image;
  std::memcpy(image.base, file.bytes + offset, bytes);
  if (mprotect(base, bytes, PROT_READ | PROT_EXEC))
    return Error{file.name() + ": the code cannot be made executable: this system forbids both mapping it from the file and copying it"};
  __builtin___clear_cache(reinterpret_cast<char *>(image.base), reinterpret_cast<char *>(image.base) + bytes);
  return image;
}

CodeImage::CodeImage(CodeImage &&other) noexcept : base(std::exchange(other.base, nullptr)), count(other.count), isCopy(other.isCopy) {}

CodeImage::~CodeImage() {
  if (base)
    munmap(base, count);
}

} // namespace vspec
