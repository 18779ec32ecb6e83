// Kernels for the host SIMT executor: the optimised LLVM IR from which their PTX is made, compiled for the processor at hand.
// What only a GPU has becomes a call of the executor. Address spaces may stay: on x86-64 and AArch64 those below 256 are one.
#ifndef VSPEC_TEST_SIMT_SIMTMODULE_H
#define VSPEC_TEST_SIMT_SIMTMODULE_H
#include "vspec/Support/Result.h"
#include <memory>
#include <string>

namespace llvm::orc {
class LLJIT;
}

namespace vspec {

class SimtModule {
public:
  /// Refuses, by name, intrinsics that the executor does not have, and inline assembly.
  static Result<SimtModule> create(const std::string &nvptxText);
  SimtModule(SimtModule &&);
  ~SimtModule();

  /// The address of an entry.
  Result<void *> find(const std::string &name) const;

private:
  explicit SimtModule(std::unique_ptr<llvm::orc::LLJIT> jit);
  std::unique_ptr<llvm::orc::LLJIT> jit;
};

} // namespace vspec
#endif
