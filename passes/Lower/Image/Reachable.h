// Cuts a module down to one function and what it reaches.
#ifndef VSPEC_PASSES_LOWER_IMAGE_REACHABLE_H
#define VSPEC_PASSES_LOWER_IMAGE_REACHABLE_H
#include "vspec/Support/Result.h"
#include <memory>
#include <string>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace vspec {

/// Reads `entry` and what it reaches out of a module in bitcode. Only `entry` can be seen from outside.
Result<std::unique_ptr<llvm::Module>> readReachable(llvm::LLVMContext &context, const std::string &bitcode, const std::string &entry);

} // namespace vspec
#endif
