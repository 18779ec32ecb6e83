// Reads only the bodies that an entry point needs: a module of many kernels is parsed once for each of them.
#include "passes/Lower/Image/Reachable.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using vspec::Result;

namespace {
class Reach {
public:
  // In the order in which they were found; the caller may add while walking.
  SetVector<GlobalValue *> kept;

  Error follow() {
    for (size_t i = 0; i < kept.size(); ++i) {
      GlobalValue *value = kept[i];
      if (Error error = value->materialize())
        return error;
      visitOperands(*value);
      if (auto *function = dyn_cast<Function>(value))
        for (BasicBlock &block : *function)
          for (Instruction &instruction : block)
            visitOperands(instruction);
    }
    return Error::success();
  }

private:
  SmallPtrSet<Constant *, 32> seen;

  void visitOperands(User &user) {
    for (Value *operand : user.operands()) {
      if (auto *value = dyn_cast<GlobalValue>(operand))
        kept.insert(value);
      else if (auto *constant = dyn_cast<Constant>(operand); constant && seen.insert(constant).second)
        visitOperands(*constant);
    }
  }
};
} // namespace

Result<std::unique_ptr<Module>> vspec::readReachable(LLVMContext &context, const std::string &bitcode, const std::string &entry) {
  auto failure = [&](llvm::Error error) { return vspec::Error{"function '" + entry + "': " + toString(std::move(error))}; };
  Expected<std::unique_ptr<Module>> lazy = getLazyBitcodeModule(MemoryBufferRef(bitcode, "kernels"), context);
  if (!lazy)
    return failure(lazy.takeError());
  Module &module = **lazy;
  Function *function = module.getFunction(entry);
  if (!function || function->isDeclaration())
    return vspec::Error{"the module does not define function '" + entry + "'"};

  Reach reach;
  reach.kept.insert(function);
  for (GlobalVariable &variable : module.globals())
    if (variable.hasAppendingLinkage()) // constructors, which must not vanish unseen
      reach.kept.insert(&variable);
  if (llvm::Error error = reach.follow())
    return failure(std::move(error));
  for (Function &other : module)
    if (!other.isDeclaration() && !reach.kept.contains(&other)) {
      other.deleteBody();
      other.setComdat(nullptr);
    }
  for (GlobalValue &value : module.global_values())
    if (!value.isDeclaration() && !value.hasAppendingLinkage())
      value.setLinkage(&value == function ? GlobalValue::ExternalLinkage : GlobalValue::InternalLinkage);
  if (llvm::Error error = module.materializeAll())
    return failure(std::move(error));
  StripDebugInfo(module);
  module.setSourceFileName("kernels"); // whatever it was, it does not belong in the object
  return std::move(*lazy);
}
