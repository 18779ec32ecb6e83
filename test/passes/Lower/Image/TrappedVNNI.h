// AVX-VNNI on processors without it: its instruction traps there, and a signal handler computes what the manual says. So the
// very bytes of an image run, a few microseconds for each product. Processors with AVX-512 often have the same instruction in
// another encoding: there an instruction that has trapped once becomes a jump to its other encoding.
#ifndef VSPEC_TEST_PASSES_LOWER_IMAGE_TRAPPEDVNNI_H
#define VSPEC_TEST_PASSES_LOWER_IMAGE_TRAPPEDVNNI_H
#ifdef __x86_64__
#include <csignal>
#include <cstdint>
#include <cstring>
#include <sys/mman.h>
#include <ucontext.h>

namespace trapped_vnni {

// The registers of the interrupted code, as XSAVE lays them out in a signal frame.
class Registers {
public:
  explicit Registers(ucontext_t *context)
      : general(context->uc_mcontext.gregs), area(reinterpret_cast<uint8_t *>(context->uc_mcontext.fpregs)) {}

  uint64_t &instruction() { return reinterpret_cast<uint64_t &>(general[REG_RIP]); }
  uint64_t value(unsigned number) const {
    static constexpr int order[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
    return uint64_t(general[order[number]]);
  }
  void read(unsigned number, uint8_t *ymm) const {
    memcpy(ymm, area + 160 + 16 * number, 16);
    if (present() & upperHalves)
      memcpy(ymm + 16, area + 576 + 16 * number, 16);
    else
      memset(ymm + 16, 0, 16);
  }
  void write(unsigned number, const uint8_t *ymm) {
    memcpy(area + 160 + 16 * number, ymm, 16);
    if (!(present() & upperHalves))
      memset(area + 576, 0, 16 * 16);
    memcpy(area + 576 + 16 * number, ymm + 16, 16);
    uint64_t bits = present() | sse | upperHalves;
    memcpy(area + 512, &bits, 8);
  }

private:
  static constexpr uint64_t sse = 2, upperHalves = 4;
  uint64_t present() const {
    uint64_t bits;
    memcpy(&bits, area + 512, 8);
    return bits;
  }
  greg_t *general;
  uint8_t *area;
};

// vpdpbusd ymm, ymm, ymm or memory: C4, R X B and map 2, W vvvv L pp, 50, and the operands. False: something else trapped.
inline bool emulate(Registers registers) {
  auto *code = reinterpret_cast<const uint8_t *>(registers.instruction());
  if (code[0] != 0xc4 || (code[1] & 0x1f) != 2 || (code[2] & 0x87) != 0x05 || code[3] != 0x50)
    return false;
  unsigned r = code[1] & 0x80 ? 0 : 8, x = code[1] & 0x40 ? 0 : 8, b = code[1] & 0x20 ? 0 : 8;
  unsigned mode = code[4] >> 6, to = (code[4] >> 3 & 7) | r, low = code[4] & 7, first = ~(code[2] >> 3) & 15;
  const uint8_t *next = code + 5;
  uint8_t sums[32], codes[32], activations[32];
  registers.read(to, sums);
  registers.read(first, codes);
  if (mode == 3) {
    registers.read(low | b, activations);
  } else {
    uint64_t address = 0;
    bool isFar = mode == 2; // a displacement of four bytes
    if (low == 4) {
      uint8_t scaled = *next++;
      unsigned index = (scaled >> 3 & 7) | x, base = scaled & 7;
      address += index == 4 ? 0 : registers.value(index) << (scaled >> 6);
      if (mode == 0 && base == 5)
        isFar = true;
      else
        address += registers.value(base | b);
    } else if (mode == 0 && low == 5) {
      isFar = true;
      address = uint64_t(next) + 4; // of the next instruction
    } else {
      address = registers.value(low | b);
    }
    if (isFar) {
      int32_t distance;
      memcpy(&distance, next, 4);
      address += uint64_t(int64_t(distance));
      next += 4;
    } else if (mode == 1) {
      address += uint64_t(int64_t(int8_t(*next++)));
    }
    memcpy(activations, reinterpret_cast<const void *>(address), 32);
  }
  for (int lane = 0; lane < 8; ++lane) {
    uint32_t sum;
    memcpy(&sum, sums + 4 * lane, 4);
    for (int i = 4 * lane; i < 4 * lane + 4; ++i)
      sum += uint32_t(int(codes[i]) * int(int8_t(activations[i])));
    memcpy(sums + 4 * lane, &sum, 4);
  }
  registers.write(to, sums);
  registers.instruction() = uint64_t(next);
  return true;
}

/// Where the other encodings of an image's instructions go: into the room behind it. One thread runs the image.
class Detours {
public:
  /// Sixteen bytes for an instruction of five or more.
  static size_t room(size_t imageBytes) { return 4 * imageBytes; }

  /// The image starts a mapping of `bytes`, its room included.
  Detours(uint8_t *image, size_t imageBytes, size_t bytes) : image(image), bytes(bytes), free(image + imageBytes), others(all) {
    all = this;
  }
  ~Detours() {
    Detours **link = &all;
    while (*link != this)
      link = &(*link)->others;
    *link = others;
  }
  Detours(const Detours &) = delete;
  Detours &operator=(const Detours &) = delete;

  /// `code` is an instruction that was emulated, `next` the one behind it.
  static void add(uint8_t *code, const uint8_t *next) {
    for (Detours *detours = all; detours; detours = detours->others)
      if (detours->image <= code && code < detours->image + detours->bytes)
        return detours->divert(code, next);
  }

private:
  // C4, R X B and map 2, W vvvv L pp  -->  62, R X B R' and map 2, W vvvv 1 pp, z L'L b V' aaa; the rest is the same, but a
  // displacement of one byte would count in registers.
  void divert(uint8_t *code, const uint8_t *next) {
    unsigned mode = code[4] >> 6;
    if (mode == 0 && (code[4] & 7) == 5)
      return; // relative to where it is
    mprotect(image, bytes, PROT_READ | PROT_WRITE);
    uint8_t *detour = free;
    const int wider[] = {0x62, (code[1] & 0xe0) | 0x12 | (mode == 3 ? 0x40 : 0), code[2], 0x28, 0x50, mode == 1 ? code[4] ^ 0xc0 : code[4]};
    for (int byte : wider)
      *free++ = uint8_t(byte);
    for (const uint8_t *byte = code + 5; byte < next - (mode == 1); ++byte)
      *free++ = *byte;
    if (mode == 1) {
      int32_t distance = int8_t(next[-1]);
      memcpy(free, &distance, 4);
      free += 4;
    }
    free = jump(free, next);
    jump(code, detour);
    mprotect(image, bytes, PROT_READ | PROT_EXEC);
  }
  static uint8_t *jump(uint8_t *from, const uint8_t *to) {
    auto distance = int32_t(to - (from + 5));
    *from = 0xe9;
    memcpy(from + 1, &distance, 4);
    return from + 5;
  }

  static inline Detours *all = nullptr;
  uint8_t *image;
  size_t bytes;
  uint8_t *free;
  Detours *others;
};

inline void handle(int, siginfo_t *, void *context) {
  Registers registers(static_cast<ucontext_t *>(context));
  auto *code = reinterpret_cast<uint8_t *>(registers.instruction());
  if (!emulate(registers))
    signal(SIGILL, SIG_DFL); // it traps again, for good
  else if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vl"))
    Detours::add(code, reinterpret_cast<const uint8_t *>(registers.instruction()));
}

/// From now on code for AVX-VNNI runs in this process, whatever the processor has. LLVM's own handlers, which it sets when it
/// writes a file, come before ours and would end the process: to be called behind the last compilation.
inline void install() {
  struct sigaction action {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGILL, &action, nullptr);
}

} // namespace trapped_vnni
#endif
#endif
