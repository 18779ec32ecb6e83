// The GPU's side of KernelABI.h: one thread is one worker. An entry has a kernel's name and runs its launch,
//
//   .entry NAME(arguments, operands, scratch, scratchBytes, tiles)
//
// with StepArguments and the operand table by address in device memory, scratchBytes of scratch for each thread of the grid
// (a multiple of 64, at a 64-byte aligned address), and the tiles of the launch. Thread i of n calls the prologue into its
// own scratch and takes the tiles i, i + n, i + 2n, ...; one without tiles does nothing. Any grid gives the same result.
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

/// Adds an entry for each NAME.tile among `functions`, with NAME.prologue if the module has one, and hides everything else.
void addKernelEntries(llvm::Module &module, const std::vector<std::string> &functions);

} // namespace vspec
#endif
