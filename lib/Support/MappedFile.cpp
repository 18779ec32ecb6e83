// Maps files with POSIX mmap.
#include "vspec/Support/MappedFile.h"
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace vspec;

Result<MappedFile> MappedFile::open(const std::string &path) {
  // Without O_NONBLOCK, opening a named pipe would wait for its writer.
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0)
    return Error{path + ": cannot open: " + std::strerror(errno)};
  struct stat status;
  if (fstat(descriptor, &status) != 0) {
    Error error{path + ": cannot tell its size: " + std::strerror(errno)};
    close(descriptor);
    return error;
  }
  if (!S_ISREG(status.st_mode)) {
    close(descriptor);
    return Error{path + ": is " + (S_ISDIR(status.st_mode) ? "a folder" : "not a regular file") + ", expected a file"};
  }
  auto size = uint64_t(status.st_size);
  void *bytes = nullptr;
  if (size > 0 && (bytes = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0)) == MAP_FAILED) {
    Error error{path + ": cannot map " + std::to_string(size) + " bytes: " + std::strerror(errno)};
    close(descriptor);
    return error;
  }
  close(descriptor);
  MappedFile file(path, static_cast<const uint8_t *>(bytes), size);
  if (constexpr std::string_view start = "version https://git-lfs"; size < 1024 && file.view().substr(0, start.size()) == start)
    return Error{path + ": is what stands for a large file in git, not the file; `git lfs pull` fetches it"};
  return file;
}

MappedFile::MappedFile(MappedFile &&other) noexcept : name(std::move(other.name)), bytes(other.bytes), count(other.count) {
  other.bytes = nullptr;
  other.count = 0;
}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(name, other.name);
  std::swap(bytes, other.bytes);
  std::swap(count, other.count);
  return *this;
}

MappedFile::~MappedFile() {
  if (bytes)
    munmap(const_cast<uint8_t *>(bytes), count);
}
