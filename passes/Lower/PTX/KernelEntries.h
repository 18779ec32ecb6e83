// The GPU's side of KernelABI.h: one thread is one worker, and all share a panel. An entry has a kernel's name and runs its tiles;
// where the kernel prepares rows, another one runs before it, and its tiles are the rows of the step.
//
//   .entry NAME_prologue(arguments, operands, scratch, scratchBytes, rows, panel)
//   .entry NAME(arguments, operands, scratch, scratchBytes, tiles, panel)
//
// StepArguments and the operand table lie in device memory, like scratchBytes of scratch for each thread of the grid (a multiple of
// 64, at a 64-byte aligned address) and the panel. Thread i of n takes the tiles i, i + n, i + 2n, ...; one without tiles does
// nothing. Any grid gives the same result.
#ifndef VSPEC_PASSES_LOWER_PTX_KERNELENTRIES_H
#define VSPEC_PASSES_LOWER_PTX_KERNELENTRIES_H
#include <string>
#include <vector>

namespace llvm {
class Module;
}

namespace vspec {

/// Most threads of a block: what ptxas divides the registers by.
constexpr unsigned entryBlockThreads = 128;

/// Adds an entry for each NAME.tile and NAME.prologue among `functions`, and hides everything else.
void addKernelEntries(llvm::Module &module, const std::vector<std::string> &functions);

} // namespace vspec
#endif
