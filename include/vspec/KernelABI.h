// How the runtime calls a kernel. Generated code and the runtime share this and nothing else.
//
// A launch is a grid of tiles; workers take tiles in any order, and what a tile computes never depends on who takes it. A kernel
// that prepares rows first (norms, quantised activations) has a prologue: it fills a panel, which every tile of the launch reads.
// With few rows each worker fills a panel of its own before its first tile, and nobody waits for anybody. With many the workers
// share one panel and its rows, like the tiles of a launch before this one.
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

/// Tiles [begin, end) of the launch; of a prologue rows [begin, end) of the step. Operands are addresses, in the order that the
/// launch lists them. Scratch and panel are 64-byte aligned; scratch belongs to the worker, and means nothing to the next call.
using KernelFunction = void (*)(const StepArguments *, void *const *operands, uint8_t *scratch, int64_t begin, int64_t end, uint8_t *panel);

} // namespace vspec
#endif
