// Optimises and compiles one unit, so that its code can stand anywhere and needs nobody.
#include "passes/Lower/Image/CodeUnit.h"
#include "passes/Lower/Image/Reachable.h"
#include "passes/Lower/OptimiseModule.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include <mutex>

using namespace llvm;
using namespace vspec;

namespace {
const char supportText[] =
#include "passes/Lower/Image/Support.inc"
    ;

enum class Role { Kernel, Support };

// Without it the context would print an error and exit.
struct DiagnosticCollector : DiagnosticHandler {
  explicit DiagnosticCollector(std::string &errors) : errors(errors) {}
  bool handleDiagnostics(const DiagnosticInfo &diagnostic) override {
    if (diagnostic.getSeverity() != DS_Error)
      return true;
    std::string text;
    raw_string_ostream os(text);
    DiagnosticPrinterRawOStream printer(os);
    diagnostic.print(printer);
    errors += (errors.empty() ? "" : "; ") + StringRef(text).split('\n').first.str(); // the rest is a picture
    return true;
  }
  std::string &errors;
};

void prepare(Module &module, const TargetMachine &machine, const CodeTarget &target, Role role) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  module.setPICLevel(PICLevel::BigPIC);
  module.setPIELevel(PIELevel::Large); // nothing here can be preempted
  for (GlobalValue &value : module.global_values()) {
    auto *function = dyn_cast<Function>(&value);
    if (value.hasLocalLinkage() || value.hasAppendingLinkage() || (function && function->isIntrinsic()))
      continue;
    value.setVisibility(GlobalValue::HiddenVisibility); // no global offset table, no procedure linkage table
    value.setDSOLocal(true);
  }
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
    function.addFnAttr("prefer-vector-width", std::to_string(8 * target.registerBytes));
    function.addFnAttr("frame-pointer", "reserved"); // never a plain register: profilers can walk the stack
    function.addFnAttr(Attribute::NoUnwind);
    function.setUWTableKind(UWTableKind::None); // no .eh_frame
    if (role == Role::Support) {
      function.addFnAttr("no-builtins"); // or memcpy's loop would become a call of memcpy
    } else if (target.registerBytes > 16) {
      // LLVM spills to slots that are aligned like the caller's stack, 16 bytes: where a hot one straddles a page, a kernel
      // takes up to 3 times as long.
      function.addFnAttr("stackrealign");
      function.addFnAttr(Attribute::getWithStackAlignment(module.getContext(), Align(64)));
    }
  }
}

// Through others: the inspector sees that.
bool callsItself(const Function &function) {
  return any_of(function.users(), [&](const User *user) {
    auto *call = dyn_cast<CallBase>(user);
    return call && call->getFunction() == &function;
  });
}

Result<std::string> compile(Module &module, const CodeTarget &target, Role role, UnitOutput output, const std::string &errors) {
  std::unique_ptr<TargetMachine> machine = createTargetMachine(target);
  if (!machine)
    return vspec::Error{"this compiler was built without " + std::string(target.triple)};
  std::string text;
  raw_string_ostream message(text);
  if (verifyModule(module, &message))
    return vspec::Error{"invalid LLVM IR: " + StringRef(text).trim().str()};
  prepare(module, *machine, target, role);

  optimiseModule(module, *machine);
  for (const Function &function : module)
    if (callsItself(function))
      return vspec::Error{"'" + function.getName().str() + "' calls itself, so that its stack has no bound"};

  SmallString<0> bytes;
  raw_svector_ostream os(bytes);
  if (output == UnitOutput::LLVM) {
    module.print(os, nullptr);
  } else {
    legacy::PassManager codegen;
    codegen.add(new TargetLibraryInfoWrapperPass(noLibrary(machine->getTargetTriple())));
    auto type = output == UnitOutput::Object ? CodeGenFileType::ObjectFile : CodeGenFileType::AssemblyFile;
    if (machine->addPassesToEmitFile(codegen, os, nullptr, type))
      return vspec::Error{"LLVM cannot write code for " + std::string(target.triple)};
    codegen.run(module);
  }
  if (!errors.empty())
    return vspec::Error{errors};
  return bytes.str().str();
}
} // namespace

std::unique_ptr<TargetMachine> vspec::createTargetMachine(const CodeTarget &target) {
  static std::once_flag once;
  std::call_once(once, [] {
    InitializeAllTargetInfos();
    InitializeAllTargets();
    InitializeAllTargetMCs();
    InitializeAllAsmPrinters();
    InitializeAllAsmParsers();
    InitializeAllDisassemblers();
  });
  std::string error;
  Triple triple{StringRef(target.triple)};
  const Target *found = TargetRegistry::lookupTarget(triple, error);
  if (!found)
    return nullptr;
  TargetOptions options;
  options.FunctionSections = options.DataSections = true; // unused functions vanish, and the guilty have names
  options.EmitStackSizeSection = true;
  options.AllowFPOpFusion = FPOpFusion::Strict; // bits must not depend on what LLVM likes to contract
  return std::unique_ptr<TargetMachine>(found->createTargetMachine(triple, target.cpu, target.llvmFeatures, options, Reloc::PIC_,
                                                                   CodeModel::Small, CodeGenOptLevel::Aggressive));
}

Result<std::string> vspec::compileUnit(const std::string &bitcode, const std::string &entry, const CodeTarget &target, UnitOutput output) {
  LLVMContext context;
  std::string errors;
  context.setDiagnosticHandler(std::make_unique<DiagnosticCollector>(errors));
  Result<std::unique_ptr<Module>> module = readReachable(context, bitcode, entry);
  if (!module)
    return module.error();
  Result<std::string> code = compile(**module, target, Role::Kernel, output, errors);
  if (!code)
    return vspec::Error{"function '" + entry + "': " + code.error().message};
  return code;
}

Result<std::string> vspec::compileSupport(const CodeTarget &target) {
  LLVMContext context;
  std::string errors;
  context.setDiagnosticHandler(std::make_unique<DiagnosticCollector>(errors));
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module = parseAssemblyString(supportText, diagnostic, context);
  assert(module && "Support.ll does not parse");
  return compile(*module, target, Role::Support, UnitOutput::Object, errors);
}
