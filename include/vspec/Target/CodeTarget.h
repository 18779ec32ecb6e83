// The instruction sets and GPU chips that kernels are compiled for. This table, never the machine that compiles, decides what is
// generated, so a model file is the same wherever it was made.
#ifndef VSPEC_TARGET_CODETARGET_H
#define VSPEC_TARGET_CODETARGET_H
#include "vspec/ModelFormat.h"
#include "vspec/Support/Result.h"
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vspec {

struct CodeTarget {
  std::string_view name; // of the code section, and what VSPEC_ISA and --target say
  file::Target machine;
  uint64_t features;             // file::Features that a processor must have
  std::string_view triple;       // LLVM's; "none-elf": the code belongs to no operating system
  std::string_view cpu;          // LLVM's
  std::string_view llvmFeatures; // what it has beyond `cpu`, as LLVM spells it
  std::string_view vkern;        // target of vspec-convert-vkern
  unsigned registerBytes;        // of a vector register: the width of vkern's code vectors
  unsigned registers;            // how many vector registers there are
};

/// All targets of the cpu class. Of those that a processor can run, the first is the best.
const std::vector<CodeTarget> &codeTargets();
/// All chips of the cuda class, by age. PTX of one runs on every later chip too.
const std::vector<CodeTarget> &cudaTargets();

/// Whether the instructions that its conversion of vkern writes are among the target's features: LLVM ends the process over an
/// instruction that it may not use.
Result<void> checkConversion(const CodeTarget &target);

/// The target of the cpu class of this name, or those of a machine, "x86_64" or "aarch64", or "all"; best first.
Result<std::vector<const CodeTarget *>> chooseCodeTargets(std::string_view name);

/// The target of this name in its class; the error lists the names that there are.
Result<const CodeTarget *> findCodeTarget(std::string_view name);
Result<const CodeTarget *> findCudaTarget(std::string_view name);

} // namespace vspec
#endif
