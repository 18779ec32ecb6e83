// LLVM's optimiser as all our code goes through it, for processors and GPUs alike.
#ifndef VSPEC_PASSES_LOWER_OPTIMISEMODULE_H
#define VSPEC_PASSES_LOWER_OPTIMISEMODULE_H

namespace llvm {
class Module;
class TargetLibraryInfoImpl;
class TargetMachine;
class Triple;
} // namespace llvm

namespace vspec {

/// Of a machine where kernels run: no loop becomes memset, no pow becomes exp2.
llvm::TargetLibraryInfoImpl noLibrary(const llvm::Triple &triple);

/// O3 without a library and without the loop vectoriser.
void optimiseModule(llvm::Module &module, llvm::TargetMachine &machine);

} // namespace vspec
#endif
