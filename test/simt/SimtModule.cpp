#include "test/simt/SimtModule.h"
#include "test/simt/SimtExecutor.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include <cstring>

using namespace llvm;
using namespace vspec;

namespace {
SimtExecutor &executor() { return SimtExecutor::running(); }

// What the intrinsics do. They are called by generated code.
uint32_t threadIndex() { return executor().thread(); }
uint32_t blockThreads() { return executor().grid().blockThreads; }
uint32_t blockIndex() { return executor().block(); }
uint32_t blocks() { return executor().grid().blocks; }
uint32_t laneIndex() { return executor().lane(); }
void barrier(uint32_t) { executor().barrier(); }
template <ShuffleMode mode> uint32_t shuffle(uint32_t mask, uint32_t value, uint32_t operand, uint32_t clamp) {
  return executor().shuffle(mode, mask, value, operand, clamp);
}
template <ShuffleMode mode> float shuffleFloat(uint32_t mask, float value, uint32_t operand, uint32_t clamp) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  bits = shuffle<mode>(mask, bits, operand, clamp);
  std::memcpy(&value, &bits, sizeof bits);
  return value;
}

// prmt, in its mode without a name (PTX ISA, "prmt").
uint32_t permute(uint32_t low, uint32_t high, uint32_t places) {
  uint64_t bytes = uint64_t(high) << 32 | low;
  uint32_t result = 0;
  for (unsigned i = 0; i < 4; ++i) {
    uint32_t place = places >> 4 * i & 15, byte = uint8_t(bytes >> 8 * (place & 7));
    if (place & 8)
      byte = byte & 128 ? 255 : 0;
    result |= byte << 8 * i;
  }
  return result;
}

// dp4a.u32.s32 (PTX ISA, "dp4a").
uint32_t dotOfFour(uint32_t a, uint32_t b, uint32_t sum) {
  for (unsigned shift = 0; shift < 32; shift += 8)
    sum += uint32_t(int32_t(uint8_t(a >> shift)) * int8_t(b >> shift));
  return sum;
}

struct Hook {
  StringRef intrinsic; // behind llvm.nvvm.
  void *function;
};
template <typename F> Hook hook(StringRef intrinsic, F *function) { return {intrinsic, reinterpret_cast<void *>(function)}; }

const Hook hooks[] = {
    hook("read.ptx.sreg.tid.x", threadIndex),
    hook("read.ptx.sreg.ntid.x", blockThreads),
    hook("read.ptx.sreg.ctaid.x", blockIndex),
    hook("read.ptx.sreg.nctaid.x", blocks),
    hook("read.ptx.sreg.laneid", laneIndex),
    hook("barrier.cta.sync.aligned.all", barrier),
    hook("prmt", permute),
    hook("idp4a.u.s", dotOfFour),
    hook("shfl.sync.up.i32", shuffle<ShuffleMode::Up>),
    hook("shfl.sync.down.i32", shuffle<ShuffleMode::Down>),
    hook("shfl.sync.bfly.i32", shuffle<ShuffleMode::Butterfly>),
    hook("shfl.sync.idx.i32", shuffle<ShuffleMode::Index>),
    hook("shfl.sync.up.f32", shuffleFloat<ShuffleMode::Up>),
    hook("shfl.sync.down.f32", shuffleFloat<ShuffleMode::Down>),
    hook("shfl.sync.bfly.f32", shuffleFloat<ShuffleMode::Butterfly>),
    hook("shfl.sync.idx.f32", shuffleFloat<ShuffleMode::Index>),
};
constexpr StringRef intrinsicPrefix = "llvm.nvvm.", hookPrefix = "simt.";

// The module as one for the host: the same functions, which call hooks instead of intrinsics.
Result<void> retarget(Module &module) {
  for (Function &function : make_early_inc_range(module)) {
    StringRef name = function.getName();
    if (name.consume_front(intrinsicPrefix)) {
      if (none_of(hooks, [&](const Hook &hook) { return hook.intrinsic == name; }))
        return vspec::Error{"the SIMT executor has no " + function.getName().str()};
      auto *call = Function::Create(function.getFunctionType(), GlobalValue::ExternalLinkage, hookPrefix + name, module);
      function.replaceAllUsesWith(call);
      function.eraseFromParent();
      continue;
    }
    function.setCallingConv(CallingConv::C);
    for (const char *attribute : {"nvvm.maxntid", "target-cpu", "target-features"})
      function.removeFnAttr(attribute);
    for (Instruction &instruction : instructions(function))
      if (auto *call = dyn_cast<CallBase>(&instruction); call && call->isInlineAsm())
        return vspec::Error{"'" + function.getName().str() + "' has inline assembly, which the SIMT executor does not run"};
  }
  return {};
}

Result<std::unique_ptr<orc::LLJIT>> createJIT() {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  auto failed = [](llvm::Error error) { return vspec::Error{toString(std::move(error))}; };
  Expected<orc::JITTargetMachineBuilder> host = orc::JITTargetMachineBuilder::detectHost();
  if (!host)
    return failed(host.takeError());
  host->getOptions().AllowFPOpFusion = FPOpFusion::Strict;
  Expected<std::unique_ptr<orc::LLJIT>> jit = orc::LLJITBuilder().setJITTargetMachineBuilder(*host).create();
  if (!jit)
    return failed(jit.takeError());
  orc::SymbolMap symbols;
  for (const Hook &hook : hooks)
    symbols[(*jit)->mangleAndIntern((hookPrefix + hook.intrinsic).str())] = {orc::ExecutorAddr::fromPtr(hook.function),
                                                                             JITSymbolFlags::Exported | JITSymbolFlags::Callable};
  if (llvm::Error error = (*jit)->getMainJITDylib().define(orc::absoluteSymbols(std::move(symbols))))
    return failed(std::move(error));
  return std::move(*jit);
}
} // namespace

SimtModule::SimtModule(std::unique_ptr<orc::LLJIT> jit) : jit(std::move(jit)) {}
SimtModule::SimtModule(SimtModule &&) = default;
SimtModule::~SimtModule() = default;

Result<SimtModule> SimtModule::create(const std::string &nvptxText) {
  auto context = std::make_unique<LLVMContext>();
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module = parseAssemblyString(nvptxText, diagnostic, *context);
  if (!module)
    return vspec::Error{"line " + std::to_string(diagnostic.getLineNo()) + ": " + diagnostic.getMessage().str()};
  if (Result<void> retargeted = retarget(*module); !retargeted)
    return retargeted.error();
  Result<std::unique_ptr<orc::LLJIT>> jit = createJIT();
  if (!jit)
    return jit.error();
  module->setTargetTriple((*jit)->getTargetTriple());
  module->setDataLayout((*jit)->getDataLayout());
  if (llvm::Error error = (*jit)->addIRModule(orc::ThreadSafeModule(std::move(module), std::move(context))))
    return vspec::Error{toString(std::move(error))};
  return SimtModule(std::move(*jit));
}

Result<void *> SimtModule::find(const std::string &name) const {
  Expected<orc::ExecutorAddr> address = jit->lookup(name);
  if (!address)
    return vspec::Error{toString(address.takeError())};
  return address->toPtr<void *>();
}
