#include "passes/Lower/PTX/KernelEntries.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/IntrinsicsNVPTX.h"
#include "llvm/IR/Module.h"

using namespace llvm;
using namespace vspec;

namespace {
// Inlined into its entry, where the optimiser sees one tile at a time. What the CPU wants of a stack means nothing here.
void makeDeviceFunction(Function &function) {
  function.setLinkage(GlobalValue::InternalLinkage);
  function.removeFnAttr("stackrealign");
  function.removeFnAttr(Attribute::StackAlignment);
  function.addFnAttr(Attribute::AlwaysInline);
  function.addFnAttr(Attribute::NoUnwind);
}

void addEntry(Module &module, const std::string &name, Function &function) {
  IRBuilder<> b(module.getContext());
  Type *pointer = b.getPtrTy(), *i64 = b.getInt64Ty();
  auto *type = FunctionType::get(b.getVoidTy(), {pointer, pointer, pointer, i64, i64, pointer}, false);
  Function *entry = Function::Create(type, GlobalValue::ExternalLinkage, name, module);
  entry->setCallingConv(CallingConv::PTX_Kernel);
  entry->addFnAttr("nvvm.maxntid", std::to_string(entryBlockThreads));
  entry->addFnAttr(Attribute::NoUnwind);
  const char *names[] = {"arguments", "operands", "scratch", "scratchBytes", "tiles", "panel"};
  for (Argument &argument : entry->args())
    argument.setName(names[argument.getArgNo()]);
  Argument *arguments = entry->getArg(0), *operands = entry->getArg(1), *tiles = entry->getArg(4);
  BasicBlock *start = BasicBlock::Create(b.getContext(), "start", entry), *loop = BasicBlock::Create(b.getContext(), "loop", entry),
             *done = BasicBlock::Create(b.getContext(), "done", entry);
  b.SetInsertPoint(start);
  auto number = [&](Intrinsic::ID id) { return b.CreateZExt(b.CreateIntrinsic(id, {}), i64); };
  Value *blockThreads = number(Intrinsic::nvvm_read_ptx_sreg_ntid_x);
  Value *worker = b.CreateAdd(b.CreateMul(number(Intrinsic::nvvm_read_ptx_sreg_ctaid_x), blockThreads),
                              number(Intrinsic::nvvm_read_ptx_sreg_tid_x), "worker");
  Value *workers = b.CreateMul(number(Intrinsic::nvvm_read_ptx_sreg_nctaid_x), blockThreads, "workers");
  Value *scratch = b.CreateGEP(b.getInt8Ty(), entry->getArg(2), b.CreateMul(worker, entry->getArg(3)));
  b.CreateCondBr(b.CreateICmpSLT(worker, tiles), loop, done);

  b.SetInsertPoint(loop);
  PHINode *index = b.CreatePHI(i64, 2, "tile");
  b.CreateCall(&function, {arguments, operands, scratch, index, b.CreateAdd(index, b.getInt64(1)), entry->getArg(5)});
  Value *next = b.CreateAdd(index, workers);
  index->addIncoming(worker, start);
  index->addIncoming(next, loop);
  b.CreateCondBr(b.CreateICmpSLT(next, tiles), loop, done);

  b.SetInsertPoint(done);
  b.CreateRetVoid();
}
} // namespace

void vspec::addKernelEntries(Module &module, const std::vector<std::string> &functions) {
  for (Function &function : module)
    if (!function.isDeclaration())
      makeDeviceFunction(function);
  for (StringRef function : functions) {
    auto [kernel, part] = function.rsplit('.');
    addEntry(module, part == "prologue" ? (kernel + "_prologue").str() : kernel.str(), *module.getFunction(function));
  }
}
