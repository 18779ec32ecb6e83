// Writes files that appear whole or not at all, with POSIX calls.
#include "vspec/Support/AtomicFile.h"
#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace vspec;

static constexpr uint64_t pieceBytes = 4 << 20; // two huge pages

static Error failure(const std::string &path, const std::string &what) {
  return Error{path + ": cannot " + what + ": " + std::strerror(errno)};
}

Result<AtomicFile> AtomicFile::create(const std::string &path) {
  struct stat status;
  if (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    return Error{path + ": is " + (S_ISDIR(status.st_mode) ? "a folder" : "not a regular file") + ", expected a file or nothing"};
  static std::atomic<unsigned> number{0};
  for (int attempt = 0; attempt < 100; ++attempt) {
    std::string temporary = path + ".tmp-" + std::to_string(getpid()) + "-" + std::to_string(number++);
    int descriptor = open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0)
      return AtomicFile(path, temporary, descriptor);
    if (errno != EEXIST)
      return failure(temporary, "create");
  }
  errno = EEXIST;
  return failure(path, "create a temporary file beside it");
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : finalName(std::move(other.finalName)), temporaryName(std::move(other.temporaryName)), descriptor(other.descriptor), end(other.end), pending(std::move(other.pending)) {
  other.descriptor = -1;
}

AtomicFile &AtomicFile::operator=(AtomicFile &&other) noexcept {
  std::swap(finalName, other.finalName);
  std::swap(temporaryName, other.temporaryName);
  std::swap(descriptor, other.descriptor);
  std::swap(end, other.end);
  std::swap(pending, other.pending);
  return *this;
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() {
  if (descriptor < 0)
    return;
  close(descriptor);
  unlink(temporaryName.c_str());
  descriptor = -1;
}

Result<void> AtomicFile::overwrite(uint64_t offset, const void *bytes, uint64_t count) {
  assert(descriptor >= 0 && offset + count <= end);
  if (offset + count > end - pending.size())
    if (auto flushed = flush(); !flushed)
      return flushed;
  return writeAt(offset, bytes, count);
}

Result<void> AtomicFile::flush() {
  auto written = writeAt(end - pending.size(), pending.data(), pending.size());
  pending.clear();
  return written;
}

Result<void> AtomicFile::writeAt(uint64_t offset, const void *bytes, uint64_t count) {
  auto *from = static_cast<const char *>(bytes);
  while (count > 0) {
    // A single call writes at most 2 GiB, and less when the disk fills up: the next call then says why.
    ssize_t written = pwrite(descriptor, from, std::min<uint64_t>(count, 1u << 30), off_t(offset));
    if (written < 0 && errno == EINTR)
      continue;
    if (written == 0)
      errno = ENOSPC;
    if (written <= 0)
      return failure(temporaryName, "write " + std::to_string(count) + " bytes at offset " + std::to_string(offset));
    from += written;
    offset += uint64_t(written);
    count -= uint64_t(written);
  }
  return {};
}

Result<void> AtomicFile::write(const void *bytes, uint64_t count) {
  auto *from = static_cast<const char *>(bytes);
  while (count > 0) {
    uint64_t taken = std::min(count, pieceBytes - end % pieceBytes);
    pending.append(from, taken);
    from += taken;
    end += taken;
    count -= taken;
    if (end % pieceBytes == 0)
      if (auto flushed = flush(); !flushed)
        return flushed;
  }
  return {};
}

Result<void> AtomicFile::padTo(uint64_t alignment) {
  static const char zeros[4096] = {};
  for (uint64_t missing = (alignment - end % alignment) % alignment; missing > 0;) {
    uint64_t count = std::min<uint64_t>(missing, sizeof(zeros));
    if (auto written = write(zeros, count); !written)
      return written;
    missing -= count;
  }
  return {};
}

Result<void> AtomicFile::commit() {
  assert(descriptor >= 0);
  if (auto flushed = flush(); !flushed)
    return flushed;
  if (fsync(descriptor) != 0)
    return failure(temporaryName, "bring to the disk");
  if (rename(temporaryName.c_str(), finalName.c_str()) != 0)
    return failure(temporaryName, "rename to " + finalName);
  int committed = descriptor;
  descriptor = -1;
  if (close(committed) != 0)
    return failure(finalName, "close");
  // The new name itself is in the folder. Some file systems cannot sync a folder; the file is complete all the same.
  size_t slash = finalName.rfind('/');
  std::string folder = slash == std::string::npos ? "." : finalName.substr(0, slash + 1);
  int folderDescriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folderDescriptor >= 0) {
    fsync(folderDescriptor);
    close(folderDescriptor);
  }
  return {};
}
