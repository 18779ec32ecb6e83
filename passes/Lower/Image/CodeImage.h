// LLVM IR of kernels to one flat code image: bytes that are mapped read + execute wherever there is room, whose entry points
// are offsets. There is nothing to load: no relocations, imports, writable data, thread-locals or system calls, and whatever
// would need one is refused with the name of the guilty function. No MLIR.
//
// What makes it flat: every symbol is hidden and position-independent, the C library's memcpy, memmove and memset are inside
// (Support.ll), and no loop may become a call of anything else. What proves it: relocations of the objects are looked at
// before the link, instructions after it, and the image is linked at two addresses, which must give the same bytes.
//
// lld resets every llvm::cl option to its default: a program that calls this must keep its own options elsewhere.
#ifndef VSPEC_PASSES_LOWER_IMAGE_CODEIMAGE_H
#define VSPEC_PASSES_LOWER_IMAGE_CODEIMAGE_H
#include "vspec/Support/Result.h"
#include "vspec/Target/CodeTarget.h"
#include <cstdint>
#include <string>
#include <vector>

namespace llvm {
class Module;
}

namespace vspec {

struct CodeImage {
  struct Entry {
    std::string name;
    uint64_t offset;     // in `bytes`
    uint64_t stackBytes; // most that a call takes, with all that it calls
  };
  std::vector<uint8_t> bytes; // code, then constants; to be mapped at a page, for AArch64 counts in pages of 4 KiB
  std::vector<Entry> entries; // in the order in which they were asked for
};

struct ImageOptions {
  unsigned threads = 1; // the image does not depend on it
};

/// Compiles the functions `entries` of a module, each by itself with what it reaches, and links them. The module may belong to
/// any context and is not changed. The same module gives the same bytes on every machine. May be called from several threads.
Result<CodeImage> compileImage(const llvm::Module &module, const CodeTarget &target, const std::vector<std::string> &entries,
                               const ImageOptions &options = {});

/// The assembly text of what compileImage would link, entry by entry; nothing is refused.
Result<std::string> emitAssembly(const llvm::Module &module, const CodeTarget &target, const std::vector<std::string> &entries,
                                 const ImageOptions &options = {});

/// The same as optimised LLVM IR.
Result<std::string> emitLLVM(const llvm::Module &module, const CodeTarget &target, const std::vector<std::string> &entries,
                             const ImageOptions &options = {});

} // namespace vspec
#endif
