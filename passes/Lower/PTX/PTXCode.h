// LLVM IR of kernels to PTX text: one module with an entry for each kernel. The text needs nothing but a driver, which
// compiles it for the GPU that is there. No MLIR.
//
// Bits are the CPU's where the GPU has the same operations: every rounding is written out (add.rn, div.rn, sqrt.rn), which
// also keeps ptxas from contracting, and denormals stay.
#ifndef VSPEC_PASSES_LOWER_PTX_PTXCODE_H
#define VSPEC_PASSES_LOWER_PTX_PTXCODE_H
#include "vspec/Support/Result.h"
#include "vspec/Target/CodeTarget.h"
#include <string>
#include <vector>

namespace llvm {
class Module;
}

namespace vspec {

/// The PTX of the kernels whose functions are `functions`, named as in the module; see KernelEntries.h. The module is not
/// changed.
Result<std::string> emitPTX(const llvm::Module &module, const CodeTarget &target, const std::vector<std::string> &functions);

/// The optimised LLVM IR that the PTX is made from.
Result<std::string> emitPTXModule(const llvm::Module &module, const CodeTarget &target, const std::vector<std::string> &functions);

} // namespace vspec
#endif
