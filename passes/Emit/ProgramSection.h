// Turns a vexec program into the tables of a Program section.
#ifndef VSPEC_PASSES_EMIT_PROGRAMSECTION_H
#define VSPEC_PASSES_EMIT_PROGRAMSECTION_H
#include "dialects/VExec/VExec.h"
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/LowerKernels.h"
#include "vspec/ModelFile/ProgramTables.h"
#include "llvm/ADT/StringMap.h"

namespace vspec {

struct WeightPlace {
  uint64_t offset, bytes; // in the Weights section
};

/// `memory` by kernel; `weights` by symbol. Kernels are numbered in the order of the module.
Result<std::vector<uint8_t>> buildProgramSection(mlir::ModuleOp module, const llvm::StringMap<KernelMemory> &memory,
                                                 const llvm::StringMap<WeightPlace> &weights);

} // namespace vspec
#endif
