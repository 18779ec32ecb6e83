// A unit of compilation: one entry point with everything that it reaches, in an LLVM context of its own, so that units compile
// side by side.
#ifndef VSPEC_PASSES_LOWER_IMAGE_CODEUNIT_H
#define VSPEC_PASSES_LOWER_IMAGE_CODEUNIT_H
#include "vspec/Support/Result.h"
#include "vspec/Target/CodeTarget.h"
#include <memory>
#include <string>

namespace llvm {
class TargetMachine;
}

namespace vspec {

enum class UnitOutput { Object, Assembly, LLVM };

/// The code generator for a target.
std::unique_ptr<llvm::TargetMachine> createTargetMachine(const CodeTarget &target);

/// Optimises and compiles `entry` of a module in bitcode. Returns an ELF object or text.
Result<std::string> compileUnit(const std::string &bitcode, const std::string &entry, const CodeTarget &target, UnitOutput output);

/// The object with memcpy, memmove and memset.
Result<std::string> compileSupport(const CodeTarget &target);

} // namespace vspec
#endif
