#include "passes/PlanMemory/KernelOutliner.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace vspec;

// What a kernel is called after: its anchor.
static StringRef anchorName(FusedOp fused) {
  for (Operation &op : fused.getBody().front())
    if (auto role = dyn_cast<LaunchRole>(op); role && role.isAnchor())
      return op.getName().stripDialect();
  return "kernel";
}

OutlinedLaunch vspec::KernelOutliner::outline(FusedOp fused) {
  MLIRContext *context = module.getContext();
  OpBuilder builder(module.getBody(), module.getBody()->begin());
  Location loc = UnknownLoc::get(context); // kernels are shared: they come from no one place
  auto kernel = vexec::KernelOp::create(builder, loc, "kernel");
  kernel.getBodyRegion().emplaceBlock();
  builder.setInsertionPointToStart(&kernel.getBodyRegion().front());

  // The model's symbols become the kernel's own, named by their order.
  OutlinedLaunch launch;
  DenseMap<Attribute, FlatSymbolRefAttr> names;
  fused.walk([&](Operation *op) {
    for (NamedAttribute attribute : op->getAttrs()) {
      auto symbol = dyn_cast<FlatSymbolRefAttr>(attribute.getValue());
      if (!symbol || names.contains(symbol))
        continue;
      Operation *definition = symbols.lookup(symbol.getAttr());
      bool isWeight = isa<WeightOp>(definition);
      std::string name = (isWeight ? "w" : "c") + std::to_string(names.size());
      names[symbol] = FlatSymbolRefAttr::get(context, name);
      launch.symbols.push_back(symbol);
      if (isWeight)
        WeightOp::create(builder, loc, builder.getStringAttr(name), TypeAttr::get(cast<WeightOp>(definition).getWeightType()),
                         builder.getStringAttr(""), ArrayAttr());
      else if (auto state = dyn_cast<RecurrentStateOp>(definition))
        RecurrentStateOp::create(builder, loc, builder.getStringAttr(name), TypeAttr::get(state.getStateType()));
      else
        KVCacheOp::create(builder, loc, builder.getStringAttr(name), TypeAttr::get(cast<KVCacheOp>(definition).getCacheType()));
    }
  });

  Block &region = fused.getBody().front();
  Operation *yield = region.getTerminator();
  auto type = builder.getFunctionType(region.getArgumentTypes(), yield->getOperandTypes());
  auto body = func::FuncOp::create(builder, fused.getLoc(), "body", type); // of equal regions, the first's location
  builder.setInsertionPointToStart(body.addEntryBlock());
  IRMapping map;
  map.map(region.getArguments(), body.getArguments());
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](FlatSymbolRefAttr symbol) -> std::optional<Attribute> {
    auto it = names.find(symbol);
    return it == names.end() ? std::nullopt : std::optional<Attribute>(it->second);
  });
  for (Operation &op : region.without_terminator()) {
    Operation *copy = builder.clone(op, map);
    replacer.replaceElementsIn(copy, /*replaceAttrs=*/true, /*replaceLocs=*/false, /*replaceTypes=*/false);
  }
  SmallVector<Value> results;
  for (Value value : yield->getOperands())
    results.push_back(map.lookup(value));
  func::ReturnOp::create(builder, yield->getLoc(), results);

  std::string text;
  llvm::raw_string_ostream(text) << kernel;
  auto [it, isNew] = kernels.try_emplace(text, kernel);
  if (isNew)
    kernel.setSymName((anchorName(fused) + "_" + Twine(kernels.size() - 1)).str());
  else
    kernel.erase();
  launch.kernel = it->second;
  return launch;
}
