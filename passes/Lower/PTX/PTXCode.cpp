#include "passes/Lower/PTX/PTXCode.h"
#include "passes/Lower/OptimiseModule.h"
#include "passes/Lower/PTX/KernelEntries.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include <mutex>

using namespace llvm;
using namespace vspec;

namespace {
enum class Output { PTX, LLVM };

std::unique_ptr<TargetMachine> createMachine(const CodeTarget &target) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
  std::string error;
  Triple triple{StringRef(target.triple)};
  const Target *found = TargetRegistry::lookupTarget(triple, error);
  if (!found)
    return nullptr;
  TargetOptions options;
  options.AllowFPOpFusion = FPOpFusion::Strict; // mul.rn and add.rn, which nobody contracts
  return std::unique_ptr<TargetMachine>(
      found->createTargetMachine(triple, target.cpu, target.llvmFeatures, options, Reloc::PIC_, std::nullopt, CodeGenOptLevel::Aggressive));
}

// A GPU has no library: the driver would refuse the text on the user's machine.
const Function *firstImport(const Module &module) {
  for (const Function &function : module)
    if (function.isDeclaration() && !function.isIntrinsic() && !function.use_empty())
      return &function;
  return nullptr;
}

Result<std::string> compile(const Module &kernels, const CodeTarget &target, const std::vector<std::string> &functions, Output output) {
  std::unique_ptr<TargetMachine> machine = createMachine(target);
  if (!machine)
    return vspec::Error{"this compiler was built without " + std::string(target.triple)};
  std::unique_ptr<Module> module = CloneModule(kernels);
  module->setTargetTriple(machine->getTargetTriple());
  module->setDataLayout(machine->createDataLayout());
  addKernelEntries(*module, functions);
  std::string text;
  raw_string_ostream message(text);
  if (verifyModule(*module, &message))
    return vspec::Error{"invalid LLVM IR: " + StringRef(text).trim().str()};
  optimiseModule(*module, *machine);
  if (const Function *import = firstImport(*module))
    return vspec::Error{"the kernels call '" + import->getName().str() + "', which a GPU does not have"};

  SmallString<0> bytes;
  raw_svector_ostream os(bytes);
  if (output == Output::LLVM) {
    module->print(os, nullptr);
    return bytes.str().str();
  }
  legacy::PassManager codegen;
  if (machine->addPassesToEmitFile(codegen, os, nullptr, CodeGenFileType::AssemblyFile))
    return vspec::Error{"LLVM cannot write code for " + std::string(target.triple)};
  codegen.run(*module);
  return bytes.str().str();
}

Result<std::string> named(Result<std::string> result, const CodeTarget &target) {
  if (!result)
    return vspec::Error{"code for " + std::string(target.name) + ": " + result.error().message};
  return result;
}
} // namespace

Result<std::string> vspec::emitPTX(const Module &module, const CodeTarget &target, const std::vector<std::string> &functions) {
  return named(compile(module, target, functions, Output::PTX), target);
}

Result<std::string> vspec::emitPTXModule(const Module &module, const CodeTarget &target, const std::vector<std::string> &functions) {
  return named(compile(module, target, functions, Output::LLVM), target);
}
