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

Result<Memory> Memory::allocateHuge(uint64_t bytes, const char *what) {
  constexpr uint64_t hugePage = 2 << 20;
  uint64_t wanted = 0;
  if (__builtin_add_overflow(bytes, 2 * hugePage, &wanted))
    return Error{"no memory for " + std::string(what) + ": " + std::to_string(bytes) + " bytes"};
  auto whole = allocate(wanted, what);
  if (!whole || !bytes)
    return whole;
  // Give back what lies before and behind the aligned part.
  uint64_t size = (bytes + hugePage - 1) / hugePage * hugePage;
  uint8_t *base = whole->base + (hugePage - reinterpret_cast<uintptr_t>(whole->base) % hugePage) % hugePage;
  if (base > whole->base)
    munmap(whole->base, size_t(base - whole->base));
  if (uint64_t behind = size_t(whole->base + wanted - (base + size)))
    munmap(base + size, behind);
  whole->base = base;
  whole->count = size;
#ifdef MADV_HUGEPAGE
  madvise(base, size, MADV_HUGEPAGE); // only advice: no matter if refused
#endif
  return whole;
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
