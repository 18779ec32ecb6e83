#include "passes/PlanMemory/LaunchTiles.h"
#include "vspec/Quant/PackedLayout.h"
#include "llvm/ADT/EquivalenceClasses.h"
#include "llvm/ADT/SetVector.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

namespace {
// The size of the heads that an epilogue works on; 1 if it is elementwise.
int64_t headSize(Operation *op) {
  if (auto norm = dyn_cast<RMSNormOp>(op))
    return norm.getOutput().getType().getDimSize(1) / norm.getHeads().value_or(1);
  if (auto rope = dyn_cast<RopeOp>(op))
    return rope.getOutput().getType().getDimSize(1) / rope.getHeads();
  if (auto append = dyn_cast<KVAppendOp>(op))
    return SymbolTable::lookupNearestSymbolFrom<KVCacheOp>(op, append.getCacheAttr()).getCacheType().getHeadSize();
  return 1;
}

// From a linear's input back to the argument that it comes from.
LogicalResult walkPrologue(Value input, SmallVector<Operation *> &prologue, Value &source) {
  while (Operation *op = input.getDefiningOp()) {
    if (!isa<QuantizeOp, RMSNormOp, SelectRowsOp>(op))
      return op->emitOpError("stands before a linear of its launch, but is no prologue");
    if (!isa<QuantizeOp>(op))
      prologue.push_back(op);
    input = op->getOperand(0);
  }
  std::reverse(prologue.begin(), prologue.end());
  source = input;
  return success();
}
} // namespace

FailureOr<LinearLaunch> vspec::analyzeLinears(func::FuncOp body) {
  LinearLaunch launch;
  SmallVector<LinearOp> linears = llvm::to_vector(body.getOps<LinearOp>());
  for (LinearOp linear : linears) {
    SmallVector<Operation *> prologue;
    Value source;
    if (failed(walkPrologue(linear.getInput(), prologue, source)))
      return failure();
    if (linear == linears.front()) {
      launch.prologue = prologue;
      launch.source = source;
    } else if (prologue != launch.prologue || source != launch.source) {
      return linear.emitOpError("reads another prologue than the first linear of its launch");
    }
  }
  for (Operation *op : launch.prologue)
    if (auto select = dyn_cast<SelectRowsOp>(op))
      launch.select = select.getSelect();

  // Which linears meet, and what each result depends on.
  llvm::EquivalenceClasses<Operation *> meet;
  DenseMap<Operation *, int64_t> unit;
  DenseMap<Value, SetVector<Operation *>> origin;
  for (LinearOp linear : linears) {
    meet.insert(linear);
    unit[linear] = tileRows;
    origin[linear.getOutput()].insert(linear);
  }
  for (Operation &op : body.getBody().front()) {
    if (isa<LinearOp, QuantizeOp, SelectRowsOp, func::ReturnOp>(op) || llvm::is_contained(launch.prologue, &op))
      continue;
    SetVector<Operation *> from;
    for (Value operand : op.getOperands())
      for (Operation *linear : origin[operand]) {
        from.insert(linear);
        unit[linear] = std::lcm(unit[linear], headSize(&op));
      }
    if (!isa<KVAppendOp>(op))
      for (Operation *linear : from)
        meet.unionSets(from[0], linear);
    for (Value result : op.getResults())
      origin[result] = from;
  }
  DenseMap<Operation *, unsigned> segmentOf;
  for (LinearOp linear : linears) {
    Operation *leader = meet.getLeaderValue(linear);
    auto [it, isNew] = segmentOf.try_emplace(leader, launch.segments.size());
    if (isNew)
      launch.segments.push_back({{}, linear.getOutput().getType().getDimSize(1), tileRows, 0});
    Segment &segment = launch.segments[it->second];
    if (segment.width != linear.getOutput().getType().getDimSize(1))
      return linear.emitOpError() << "has " << linear.getOutput().getType().getDimSize(1)
                                  << " outputs, but meets a linear with " << segment.width;
    segment.linears.push_back(linear);
    segment.unit = std::lcm(segment.unit, unit[linear]);
  }
  for (Segment &segment : launch.segments)
    segment.tiles = (segment.width + segment.unit - 1) / segment.unit;
  return launch;
}

FailureOr<vexec::GridAttr> vspec::gridOf(func::FuncOp body) {
  MLIRContext *context = body.getContext();
  if (auto attention = onlyOp<AttentionOp>(body)) {
    auto cache = SymbolTable::lookupNearestSymbolFrom<KVCacheOp>(attention, attention.getCacheAttr());
    return vexec::GridAttr::get(context, /*factor=*/cache.getCacheType().getHeads(), 0, /*rows=*/1, 0, 0, 0, 1);
  }
  if (onlyOp<EmbedOp>(body))
    return vexec::GridAttr::get(context, 1, 0, /*rows=*/1, 0, 0, 0, 1);
  FailureOr<LinearLaunch> launch = analyzeLinears(body);
  if (failed(launch))
    return failure();
  int64_t tiles = 0;
  for (const Segment &segment : launch->segments)
    tiles += segment.tiles;
  if (!launch->select)
    return vexec::GridAttr::get(context, tiles, /*constant=*/1, 0, 0, 0, 0, 1);
  // None if no row is selected, all otherwise.
  return vexec::GridAttr::get(context, tiles, 0, 0, 0, 0, /*selected=*/1, /*divisor=*/1 << 30);
}
