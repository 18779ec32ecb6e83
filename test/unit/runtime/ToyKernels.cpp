// The kernels of the toy model. They lie in a section of their own and touch nothing outside of it: no calls, no constants in
// memory. So the section's bytes are a flat code image.
#include "test/unit/runtime/ToyKernels.h"
#include <cstddef>

#define TOY extern "C" __attribute__((section("toykernels"), used, noinline, TOY_PLAIN))
#if defined(__clang__)
#define TOY_PLAIN no_sanitize("all"), disable_sanitizer_instrumentation, no_stack_protector
#else
#define TOY_PLAIN no_sanitize_address, no_sanitize_undefined, optimize("no-tree-vectorize", "no-tree-loop-distribute-patterns")
#endif

using namespace vspec;

// The place of a token in a state with one int32 a token.
static inline __attribute__((always_inline)) int32_t *cell(const StateRef &state, int64_t position) {
  return reinterpret_cast<int32_t *>(state.base + position / toyTile % state.tiles * (toyTile * 4)) + position % toyTile;
}

// Operands: rows, growing state, ring state. One tile a row.
TOY void toyAppend(const StepArguments *, void *const *operands, uint8_t *, int64_t begin, int64_t end, uint8_t *) {
  auto *rows = static_cast<const Row *>(operands[0]);
  for (int64_t r = begin; r < end; ++r) {
    *cell(static_cast<const StateRef *>(operands[1])[rows[r].slot], rows[r].position) = rows[r].token;
    *cell(static_cast<const StateRef *>(operands[2])[rows[r].slot], rows[r].position) = rows[r].token;
  }
}

// Operands: rows, growing state, ring state, weights int32 [1], hidden int32 [rows]. One tile a row.
TOY void toyAttend(const StepArguments *, void *const *operands, uint8_t *, int64_t begin, int64_t end, uint8_t *) {
  auto *rows = static_cast<const Row *>(operands[0]);
  for (int64_t r = begin; r < end; ++r) {
    int32_t sum = *static_cast<const int32_t *>(operands[3]);
    for (int64_t t = 0; t <= rows[r].position; ++t) {
      __asm__ volatile("" ::: "memory"); // or a compiler makes vectors with constants in memory
      sum += int32_t(t + 1) * *cell(static_cast<const StateRef *>(operands[1])[rows[r].slot], t);
    }
    for (int64_t t = rows[r].position; t >= 0 && t > rows[r].position - toyWindow; --t) {
      __asm__ volatile("" ::: "memory");
      sum += 100 * *cell(static_cast<const StateRef *>(operands[2])[rows[r].slot], t);
    }
    static_cast<int32_t *>(operands[4])[r] = sum;
  }
}

// Operands: select, hidden, logits. The prologue gathers selected rows into the panel.
TOY void toyGather(const StepArguments *step, void *const *operands, uint8_t *, int64_t begin, int64_t end, uint8_t *panel) {
  for (int64_t o = begin * step->selected / step->rows; o < end * step->selected / step->rows; ++o) {
    __asm__ volatile("" ::: "memory");
    reinterpret_cast<int32_t *>(panel)[o] = static_cast<const int32_t *>(operands[1])[static_cast<const int32_t *>(operands[0])[o]];
  }
}

// Four tiles for each selected row.
TOY void toyLogits(const StepArguments *, void *const *operands, uint8_t *, int64_t begin, int64_t end, uint8_t *panel) {
  for (int64_t tile = begin; tile < end; ++tile)
    for (int32_t i = 0; i < toyVocabulary / 4; ++i) {
      __asm__ volatile("" ::: "memory");
      int32_t token = int32_t(tile % 4) * (toyVocabulary / 4) + i, hidden = reinterpret_cast<int32_t *>(panel)[tile / 4];
      static_cast<float *>(operands[2])[tile / 4 * toyVocabulary + token] = float((hidden * 31 + token * token * 7) & 1023);
    }
}

extern "C" const uint8_t __start_toykernels[], __stop_toykernels[];

std::vector<uint8_t> toyCode() { return {__start_toykernels, __stop_toykernels}; }

static uint64_t offsetOf(uintptr_t function) { return function - reinterpret_cast<uintptr_t>(__start_toykernels); }

std::vector<file::KernelEntry> toyEntries() {
  constexpr uint64_t none = file::KernelEntry::none;
  return {{none, offsetOf(reinterpret_cast<uintptr_t>(&toyAppend))},
          {none, offsetOf(reinterpret_cast<uintptr_t>(&toyAttend))},
          {offsetOf(reinterpret_cast<uintptr_t>(&toyGather)), offsetOf(reinterpret_cast<uintptr_t>(&toyLogits))}};
}

float toyLogit(const std::vector<int32_t> &tokens, int32_t token) {
  uint32_t hidden = toyBias;
  for (size_t t = 0; t < tokens.size(); ++t)
    hidden += uint32_t(t + 1) * uint32_t(tokens[t]) + (t + toyWindow >= tokens.size() ? 100 * uint32_t(tokens[t]) : 0);
  return float((hidden * 31 + uint32_t(token * token * 7)) & 1023);
}
