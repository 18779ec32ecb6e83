#include "runtime/Memory.h"
#include <sys/mman.h>

namespace vspec {

Result<Memory> Memory::allocate(uint64_t bytes, const char *what) {
  Memory memory;
  if (!bytes)
    return memory;
  void *base = bytes > PTRDIFF_MAX ? MAP_FAILED : mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED)
    return Error{"no memory for " + std::string(what) + ": " + std::to_string(bytes) + " bytes"};
  memory.base = static_cast<uint8_t *>(base);
  memory.count = bytes;
  return memory;
}

Memory &Memory::operator=(Memory &&other) noexcept {
  std::swap(base, other.base);
  std::swap(count, other.count);
  return *this;
}

Memory::~Memory() {
  if (base)
    munmap(base, count);
}

} // namespace vspec
