#include "passes/PlanKV/Passes.h"
#include "vspec/Plan/CacheLayout.h"

namespace vspec {
#define GEN_PASS_DEF_PLANKV
#include "passes/PlanKV/Passes.h.inc"
} // namespace vspec

using namespace mlir;
using namespace vspec;

namespace {
constexpr int64_t mostTokens = 0x7fffffff; // positions are 32 bits

int64_t wholeTiles(int64_t tokens) {
  return (tokens + CacheLayout::tokensPerTile - 1) / CacheLayout::tokensPerTile * CacheLayout::tokensPerTile;
}

// nullptr if heads turn instead. Its positions are all that there are.
EmbedOp learnedPositions(ModuleOp module) {
  EmbedOp found;
  module.walk([&](EmbedOp embed) { found = embed.getPositionsAttr() ? embed : found; });
  return found;
}

int64_t mostContext(ModuleOp module) {
  EmbedOp learned = learnedPositions(module);
  return learned ? SymbolTable::lookupNearestSymbolFrom<WeightOp>(learned, learned.getPositionsAttr()).getWeightType().getRows()
                 : mostTokens;
}

struct PlanKV : vspec::impl::PlanKVBase<PlanKV> {
  using PlanKVBase::PlanKVBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto trained = module->getAttrOfType<IntegerAttr>("vspec.trained_context");
    int64_t tokens = context;
    if (tokens < 0 || tokens > mostTokens || chunk < 1 || chunk > mostTokens) {
      module.emitError() << "context is " << tokens << " and chunk " << chunk.getValue() << ", expected at least 0 and 1, and at most "
                         << mostTokens;
      return signalPassFailure();
    }
    if (int64_t most = mostContext(module); tokens > most) {
      learnedPositions(module).emitOpError() << "has " << most << " learned positions, but the context is " << tokens
                                             << "; expected at most " << most;
      return signalPassFailure();
    }
    if (!tokens)
      tokens = defaultContext(module);
    else if (trained && trained.getInt() && tokens > trained.getInt())
      module.emitWarning() << "context of " << tokens << " tokens, but the checkpoint was made for " << trained.getInt();
    for (auto cache : module.getOps<KVCacheOp>()) {
      KVCacheType type = cache.getCacheType();
      Result<CacheLayout> layout = CacheLayout::create(type.getHeads(), type.getHeadSize(), keys.getValue(), values.getValue());
      if (!layout) {
        cache.emitError() << "@" << cache.getSymName() << ": " << layout.error().message;
        return signalPassFailure();
      }
      int64_t capacity = wholeTiles(tokens);
      bool ring = false;
      if (type.getWindow()) {
        int64_t kept = wholeTiles(type.getWindow() + chunk - 1);
        ring = kept < capacity;
        capacity = std::min(kept, capacity);
      }
      cache.setType(KVCacheType::get(&getContext(), type.getHeads(), type.getHeadSize(), type.getWindow(), keys.getValue(),
                                     values.getValue(), capacity, ring));
    }
    module->setAttr("vspec.context", IntegerAttr::get(IntegerType::get(&getContext(), 64), tokens));
  }
};
} // namespace

int64_t vspec::defaultContext(ModuleOp module) {
  auto trained = module->getAttrOfType<IntegerAttr>("vspec.trained_context");
  // Recurrent state does not grow with the context.
  bool isRecurrent = module.getOps<KVCacheOp>().empty() && !module.getOps<RecurrentStateOp>().empty();
  return std::min(mostContext(module), std::max<int64_t>(trained ? trained.getInt() : 0, isRecurrent ? 1 << 20 : 512));
}
