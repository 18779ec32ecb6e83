#include "passes/Emit/ProgramSection.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "vspec/Plan/CacheLayout.h"

using namespace mlir;
using namespace vspec;

namespace {
/// What the buffers of a launch hold, in its order; null of weights and states.
SmallVector<Type> heldTypes(vexec::KernelOp kernel, unsigned buffers) {
  FunctionType body = kernel.lookupSymbol<func::FuncOp>("body").getFunctionType();
  SmallVector<Type> types(body.getInputs());
  types.resize(buffers - body.getNumResults());
  llvm::append_range(types, body.getResults());
  return types;
}

class ProgramSection {
public:
  ProgramSection(ModuleOp module, const llvm::StringMap<WeightPlace> &weights) : module(module), weights(weights) {}

  Result<std::vector<uint8_t>> build(const llvm::StringMap<KernelMemory> &memory) {
    for (auto kernel : module.getOps<vexec::KernelOp>()) {
      KernelMemory bytes = memory.lookup(kernel.getSymName());
      kernels[kernel.getSymName()] = tables.kernel(kernel.getSymName().str(), uint64_t(bytes.scratch), uint64_t(bytes.panel));
    }
    for (auto cache : module.getOps<KVCacheOp>())
      if (Result<void> added = addState(cache); !added)
        return added.error();
    for (auto state : module.getOps<RecurrentStateOp>())
      states[state.getSymName()] = tables.fixedState(state.getSymName().str(), uint64_t(state.getStateType().getBytes()));
    auto program = module.lookupSymbol<vexec::ProgramOp>("step");
    for (auto variant : program.getBodyRegion().getOps<vexec::VariantOp>())
      addVariant(variant);
    return tables.bytes();
  }

private:
  Result<void> addState(KVCacheOp cache) {
    KVCacheType type = cache.getCacheType();
    Result<CacheLayout> layout = CacheLayout::create(type.getHeads(), type.getHeadSize(), type.getK().str(), type.getV().str());
    if (!layout)
      return layout.error();
    uint64_t ring = type.getRing() ? uint64_t(type.getCapacity()) : 0;
    states[cache.getSymName()] = tables.state(cache.getSymName().str(), CacheLayout::tokensPerTile, uint64_t(layout->bytesPerTile()), ring);
    return {};
  }

  file::Operand operand(Value value, Type held) {
    Operation *op = value.getDefiningOp();
    if (auto slice = dyn_cast<vexec::SliceOp>(op))
      return {isa_and_nonnull<RoutesType>(held) ? file::OperandKind::Routes : file::OperandKind::Arena, 0, slice.getOffset(),
              slice.getBytes()};
    if (auto weight = dyn_cast<vexec::WeightRefOp>(op)) {
      WeightPlace place = weights.lookup(weight.getWeight());
      return {file::OperandKind::Weight, 0, place.offset, place.bytes};
    }
    if (auto state = dyn_cast<vexec::StateRefOp>(op))
      return {file::OperandKind::State, states.lookup(state.getState()), 0, 0};
    return {isa<vexec::RowsOp>(op) ? file::OperandKind::Rows : file::OperandKind::Select, 0, 0, 0};
  }

  void addVariant(vexec::VariantOp op) {
    file::Variant variant{};
    variant.rowCapacity = uint32_t(op.getRowCapacity());
    variant.arenaBytes = op.getArenaBytes();
    variant.logitsCapacity = variant.rowCapacity;
    auto logits = *op.getBodyRegion().getOps<vexec::LogitsOp>().begin();
    auto place = logits.getBuffer().getDefiningOp<vexec::SliceOp>();
    variant.logitsOffset = place.getOffset();
    variant.logitsBytes = place.getBytes();
    uint32_t number = tables.variant(op.getSymName().str(), variant);

    DenseMap<Value, std::pair<uint32_t, uint32_t>> lives;
    uint32_t index = 0;
    for (auto launch : op.getBodyRegion().getOps<vexec::LaunchOp>()) {
      std::vector<file::Operand> operands;
      auto kernel = module.lookupSymbol<vexec::KernelOp>(launch.getKernel());
      for (auto [value, held] : llvm::zip_equal(launch->getOperands(), heldTypes(kernel, launch->getNumOperands()))) {
        operands.push_back(operand(value, held));
        lives.try_emplace(value, index, index).first->second.second = index;
      }
      vexec::GridAttr grid = launch.getGrid();
      file::Grid table{int32_t(grid.getFactor()),   int32_t(grid.getConstant()), int32_t(grid.getRows()),    int32_t(grid.getSlots()),
                       int32_t(grid.getPosition()), int32_t(grid.getSelected()), int32_t(grid.getDivisor()), int32_t(grid.getMaximum())};
      tables.launch(launch.getName().str(), kernels.lookup(launch.getKernel()), table, operands);
      ++index;
    }
    lives.try_emplace(logits.getBuffer(), index - 1, index - 1).first->second.second = index - 1;
    for (auto slice : op.getBodyRegion().getOps<vexec::SliceOp>()) {
      auto [first, last] = lives.lookup(slice.getBuffer());
      tables.slice(number, slice.getName().str(), first, last, slice.getOffset(), slice.getBytes());
    }
  }

  ModuleOp module;
  const llvm::StringMap<WeightPlace> &weights;
  ProgramTables tables;
  llvm::StringMap<uint32_t> kernels, states;
};
} // namespace

Result<std::vector<uint8_t>> vspec::buildProgramSection(ModuleOp module, const llvm::StringMap<KernelMemory> &memory,
                                                        const llvm::StringMap<WeightPlace> &weights) {
  return ProgramSection(module, weights).build(memory);
}
