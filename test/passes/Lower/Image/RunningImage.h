// Runs a code image in the test's own process.
#ifndef VSPEC_TEST_PASSES_LOWER_IMAGE_RUNNINGIMAGE_H
#define VSPEC_TEST_PASSES_LOWER_IMAGE_RUNNINGIMAGE_H
#include "TrappedVNNI.h"
#include "passes/Lower/Image/CodeImage.h"
#include <cstring>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <sys/mman.h>

/// The image as a program: mapped anywhere, first writable, then executable.
class RunningImage {
public:
  using Kernel = void(const void *in, void *out, int64_t count);

  explicit RunningImage(const vspec::CodeImage &image) : image(image), bytes(image.bytes.size()) {
#ifdef __x86_64__
    bytes += trapped_vnni::Detours::room(bytes);
#endif
    memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_NE(memory, MAP_FAILED);
    memcpy(memory, image.bytes.data(), image.bytes.size());
    EXPECT_EQ(mprotect(memory, bytes, PROT_READ | PROT_EXEC), 0);
#ifdef __x86_64__
    detours.emplace(static_cast<uint8_t *>(memory), image.bytes.size(), bytes);
    trapped_vnni::install();
#endif
  }
  ~RunningImage() { munmap(memory, bytes); }

  Kernel *kernel(const std::string &name) const {
    for (const vspec::CodeImage::Entry &entry : image.entries)
      if (entry.name == name)
        return reinterpret_cast<Kernel *>(static_cast<uint8_t *>(memory) + entry.offset);
    ADD_FAILURE() << name << " is no entry";
    return nullptr;
  }

private:
  const vspec::CodeImage &image;
  size_t bytes;
  void *memory;
#ifdef __x86_64__
  std::optional<trapped_vnni::Detours> detours;
#endif
};

/// Whether this processor runs code for a target of these tests.
inline bool canRun(const std::string &target) {
#ifdef __x86_64__
  if (target == "v2")
    return __builtin_cpu_supports("sse4.2");
  bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  if (target == "v3" || target == "avxvnni") // whose instruction is trapped
    return v3;
  if (target == "avx512")
    return __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("gfni");
#endif
  return false;
}

#endif
