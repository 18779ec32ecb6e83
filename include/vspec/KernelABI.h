// How the runtime calls a kernel. Generated code and the runtime share this and nothing else.
//
// A launch is a grid of tiles; workers take tiles in any order. A worker calls the prologue once before its first tile of a
// launch (norms and quantised activations go into its private scratch), then the tile function for ranges of tiles. What a
// tile computes never depends on who takes it.
#ifndef VSPEC_KERNELABI_H
#define VSPEC_KERNELABI_H
#include <cstdint>

namespace vspec {

/// One token of a step. The rows of a slot lie together, in ascending positions; slots count from 0 in the order of the rows.
struct Row {
  int32_t slot;     // which session's state
  int32_t position; // of the token in its session, from 0
  int32_t token;    // id
  int32_t reserved; // 0
};

/// A session's share of one state.
struct StateRef {
  uint8_t *base; // 64-byte aligned
  int64_t tiles; // of tokensPerTile tokens
};

/// What changes from step to step.
struct StepArguments {
  int64_t rows, slots, maxPosition, selected;
};

/// Operands are addresses, in the order that the launch lists them. Scratch is 64-byte aligned and belongs to the worker.
using KernelPrologue = void (*)(const StepArguments *, void *const *operands, uint8_t *scratch);
using KernelTile = void (*)(const StepArguments *, void *const *operands, uint8_t *scratch, int64_t begin, int64_t end);

} // namespace vspec
#endif
