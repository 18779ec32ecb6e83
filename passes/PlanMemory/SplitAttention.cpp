#include "mlir/IR/IRMapping.h"
#include "passes/PlanMemory/LaunchTiles.h"

using namespace mlir;
using namespace vspec;

namespace {
// Rows and heads of a step that are tiles enough for any number of workers. The parts of more would take much memory, and where
// few of the rows are used, the tiles of the others time.
constexpr int64_t tilesEnough = 128;

// %a = fused { attention }  -->  %b, %parts = fused { attention parts }; %a = fused { merge_splits %b, %parts }
// Only if a row has several splits, at places that do not move with a window.
void split(FusedOp fused, AttentionOp attention, KVCacheType cache, int64_t rowCapacity) {
  int64_t heads = attention.getHeads(), splits = (cache.getCapacity() + int64_t(attention.getSplit()) - 1) / int64_t(attention.getSplit());
  if (attention.getParts() || cache.getWindow() || splits < 2 || rowCapacity * cache.getHeads() > tilesEnough)
    return;
  OpBuilder builder(fused);
  Location loc = fused.getLoc();
  Type output = attention.getOutput().getType();
  Type parts = RankedTensorType::get({ShapedType::kDynamic, splits * heads * (cache.getHeadSize() + 2)}, builder.getF32Type());
  auto open = [&](TypeRange results, ValueRange inputs) {
    auto launch = FusedOp::create(builder, loc, results, inputs);
    Block &block = launch.getBody().emplaceBlock();
    for (Value input : inputs)
      block.addArgument(input.getType(), loc);
    return launch;
  };
  auto first = open({output, parts}, fused.getInputs());
  auto inputOf = [&](Value argument) { return fused.getInputs()[cast<BlockArgument>(argument).getArgNumber()]; };
  auto second = open(output, {first.getOutputs()[0], first.getOutputs()[1], inputOf(attention.getRows())});

  IRMapping map;
  map.map(fused.getBody().front().getArguments(), first.getBody().front().getArguments());
  builder.setInsertionPointToEnd(&first.getBody().front());
  auto summed = AttentionOp::create(builder, attention.getLoc(), TypeRange{output, parts},
                                    ValueRange{map.lookup(attention.getQuery()), map.lookup(attention.getRows())}, attention->getAttrs());
  YieldOp::create(builder, loc, summed.getResults());
  Block &merging = second.getBody().front();
  builder.setInsertionPointToEnd(&merging);
  Value merged =
      MergeSplitsOp::create(builder, attention.getLoc(), output, merging.getArgument(0), merging.getArgument(1), merging.getArgument(2),
                            attention.getHeadsAttr(), attention.getSplitAttr(), attention.getSinksAttr());
  YieldOp::create(builder, loc, merged);
  fused.replaceAllUsesWith(second.getOutputs());
  fused.erase();
}
} // namespace

void vspec::splitAttention(func::FuncOp step, const SymbolTable &symbols, int64_t rowCapacity) {
  for (auto fused : llvm::make_early_inc_range(step.getBody().getOps<FusedOp>())) {
    Block &body = fused.getBody().front();
    auto attention = dyn_cast<AttentionOp>(body.front());
    // Anything else has no grid either.
    if (attention && attention->getNextNode() == body.getTerminator() && body.getTerminator()->getOperands() == attention->getResults())
      split(fused, attention, symbols.lookup<KVCacheOp>(attention.getCache()).getCacheType(), rowCapacity);
  }
}
