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
  if (auto norm = dyn_cast<LayerNormOp>(op))
    return norm.getOutput().getType().getDimSize(1) / norm.getHeads().value_or(1);
  if (auto rope = dyn_cast<RopeOp>(op))
    return rope.getOutput().getType().getDimSize(1) / rope.getHeads();
  if (auto append = dyn_cast<KVAppendOp>(op))
    return SymbolTable::lookupNearestSymbolFrom<KVCacheOp>(op, append.getCacheAttr()).getCacheType().getHeadSize();
  return 1;
}

// From a linear's input back to the argument that it comes from. The rounding belongs to the linear.
LogicalResult walkPrologue(Value input, SmallVector<Operation *> &prologue, Value &source) {
  if (auto rounding = input.getDefiningOp<QuantizeOp>())
    input = rounding.getInput();
  bool selects = false;
  while (Operation *op = input.getDefiningOp()) {
    bool isSecond = isa<SelectRowsOp>(op) && selects;
    if (!isa<RMSNormOp, LayerNormOp, RoundBF16Op, PermuteColumnsOp, SelectRowsOp>(op) || isSecond)
      return op->emitOpError(
          "cannot stand there: before a linear of a launch are norms, permutations, one row selection and, at last, one rounding");
    selects |= isa<SelectRowsOp>(op);
    prologue.push_back(op);
    input = op->getOperand(0);
  }
  std::reverse(prologue.begin(), prologue.end());
  source = input;
  return success();
}

// What experts ask for beside: all linears have the same ones, and what stands around them keeps the choices of a row apart.
LogicalResult readRoutes(func::FuncOp body, ArrayRef<LinearOp> linears, LinearLaunch &launch) {
  LinearOp first = linears.front();
  launch.routes = first.getRoutes();
  if (launch.routes) {
    auto type = cast<RoutesType>(launch.routes.getType());
    launch.experts = type.getExperts(), launch.chosen = type.getChosen();
  }
  for (LinearOp linear : linears) {
    auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(linear, linear.getWeightAttr());
    int64_t parts = linear.getInput().getType().getDimSize(1) / weight.getWeightType().getColumns();
    if (linear.getRoutes() != launch.routes)
      return linear.emitOpError("has other routes than the first linear of its launch");
    if (linear != first && parts != launch.parts)
      return linear.emitOpError("reads other parts of a row than the first linear of its launch");
    launch.parts = parts;
    auto rounding = linear.getInput().getDefiningOp<QuantizeOp>();
    if (int64_t rounded = rounding ? int64_t(rounding.getParts().value_or(1)) : parts; rounded != parts)
      return linear.emitOpError() << "reads rows of " << parts << " parts, which were rounded as " << rounded;
  }
  for (Operation *op : launch.prologue)
    if (launch.routes && (isa<SelectRowsOp>(op) || (isa<RMSNormOp>(op) && launch.parts != 1)))
      return op->emitOpError("cannot stand there: experts read the rows of the whole step, and norms only those that all choices share");
  for (Operation &op : body.getBody().front()) {
    bool isEpilogue =
        !isa<LinearOp>(op) && isa<LaunchRole>(op) && cast<LaunchRole>(op).isEpilogue() && !llvm::is_contained(launch.prologue, &op);
    auto bias = dyn_cast<AddBiasOp>(op);
    if (isEpilogue && (bias ? bias.getRoutes() != launch.routes : isa<CombineOp>(op) || (launch.routes && !isa<AddOp, GateOp>(op))))
      return op.emitOpError("cannot follow there: behind experts are sums, gates and biases of the same routes");
  }
  return success();
}
} // namespace

int64_t LinearLaunch::tiles() const {
  int64_t sum = 0;
  for (const Segment &segment : segments)
    sum += segment.tiles;
  return sum;
}

FailureOr<LinearLaunch> vspec::analyzeLinears(func::FuncOp body) {
  LinearLaunch launch;
  SmallVector<LinearOp> linears = llvm::to_vector(body.getOps<LinearOp>());
  if (linears.empty())
    return body.emitOpError("has no embedding, attention, recurrence or linear to make tiles of");
  QuantizeOp rounding;
  for (LinearOp linear : linears) {
    if (auto other = linear.getInput().getDefiningOp<QuantizeOp>()) {
      if (rounding && rounding.getBlock() != other.getBlock())
        return linear.emitOpError() << "reads rows rounded by blocks of " << other.getBlock() << ", but a linear before by blocks of "
                                    << rounding.getBlock();
      rounding = other;
    }
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
  if (failed(readRoutes(body, linears, launch)))
    return failure();

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
    auto role = dyn_cast<LaunchRole>(op);
    if (role && role.needsWholeRow())
      return op.emitOpError("takes whole rows, but the linears of its launch make them tile by tile");
    if (Value numbers = role ? role.rowNumbers() : Value(); numbers && numbers.getDefiningOp())
      return op.emitOpError("weighs rows by what its own launch makes");
    for (Value operand : op.getOperands()) {
      if (operand.getDefiningOp() && origin[operand].empty())
        return op.emitOpError("reads what a prologue prepares, but only linears can");
      for (Operation *linear : origin[operand]) {
        from.insert(linear);
        unit[linear] = std::lcm(unit[linear], headSize(&op));
      }
    }
    if (from.empty())
      return op.emitOpError("is no epilogue: it reads the output of no linear of its launch");
    if (!isa<KVAppendOp>(op))
      for (Operation *linear : from)
        meet.unionSets(from[0], linear);
    for (Value result : op.getResults())
      origin[result] = from;
  }
  Operation *end = body.getBody().front().getTerminator();
  for (Value result : end->getOperands())
    if (origin[result].empty())
      return end->emitOpError("returns what no linear of the launch makes");
  DenseMap<Operation *, unsigned> segmentOf;
  for (LinearOp linear : linears) {
    Operation *leader = meet.getLeaderValue(linear);
    auto [it, isNew] = segmentOf.try_emplace(leader, launch.segments.size());
    int64_t width = linear.getOutput().getType().getDimSize(1) / launch.chosen;
    if (isNew)
      launch.segments.push_back({{}, width, tileRows, 0});
    Segment &segment = launch.segments[it->second];
    assert(segment.width == width && "epilogues keep the type of their inputs");
    segment.linears.push_back(linear);
    segment.unit = std::lcm(segment.unit, unit[linear]);
  }
  for (Segment &segment : launch.segments)
    segment.tiles = (segment.width + segment.unit - 1) / segment.unit;
  return launch;
}

bool vspec::isRowLaunch(func::FuncOp body) {
  auto operations = body.getBody().front().without_terminator();
  return !operations.empty() &&
         llvm::all_of(operations, [](Operation &op) { return isa<RMSNormOp, LayerNormOp>(op) || cast<LaunchRole>(op).isEpilogue(); });
}

FailureOr<vexec::GridAttr> vspec::gridOf(func::FuncOp body, int64_t rowCapacity) {
  MLIRContext *context = body.getContext();
  for (Operation &op : body.getBody().front()) {
    Operation *end = body.getBody().front().getTerminator();
    if (isa<AttentionOp, MergeSplitsOp, EmbedOp, RouteOp, CausalConv1dOp, SSMScanOp, GatedDeltaOp, GatedLinearOp, SparseLinearOp>(op) &&
        (op.getNextNode() != end || op.getPrevNode() || end->getOperands() != op.getResults()))
      return op.emitOpError("needs a launch of its own, which yields its result");
  }
  if (onlyOp<RouteOp>(body))
    return vexec::GridAttr::get(context, 1, /*constant=*/1, 0, 0, 0, 0, 1);
  if (auto attention = onlyOp<AttentionOp>(body)) {
    auto cache = SymbolTable::lookupNearestSymbolFrom<KVCacheOp>(attention, attention.getCacheAttr());
    int64_t heads = cache.getCacheType().getHeads();
    if (!attention.getParts())
      return vexec::GridAttr::get(context, /*factor=*/heads, 0, /*rows=*/1, 0, 0, 0, 1);
    return vexec::GridAttr::get(context, rowCapacity * heads, /*constant=*/1, 0, 0, /*position=*/1, 0, int64_t(attention.getSplit()));
  }
  // None as long as every row has one split, all otherwise.
  if (auto merge = onlyOp<MergeSplitsOp>(body))
    return vexec::GridAttr::get(context, rowCapacity * int64_t(merge.getHeads()), 1 - int64_t(merge.getSplit()), 0, 0, /*position=*/1, 0,
                                /*divisor=*/1 << 30);
  if (onlyOp<EmbedOp>(body) || isRowLaunch(body))
    return vexec::GridAttr::get(context, 1, 0, /*rows=*/1, 0, 0, 0, 1);
  if (auto convolution = onlyOp<CausalConv1dOp>(body)) {
    int64_t channels = convolution.getOutput().getType().getDimSize(1);
    return vexec::GridAttr::get(context, (channels + tileChannels - 1) / tileChannels, 0, 0, /*slots=*/1, 0, 0, 1);
  }
  if (auto scan = onlyOp<SSMScanOp>(body))
    return vexec::GridAttr::get(context, /*factor=*/scan.getDt().getType().getDimSize(1), 0, 0, /*slots=*/1, 0, 0, 1);
  if (auto delta = onlyOp<GatedDeltaOp>(body))
    return vexec::GridAttr::get(context, /*factor=*/delta.getDt().getType().getDimSize(1), 0, 0, /*slots=*/1, 0, 0, 1);
  if (auto gated = onlyOp<GatedLinearOp>(body)) {
    int64_t gates = gated.getGate().getType().getDimSize(1);
    return vexec::GridAttr::get(context, (gates + tileGates - 1) / tileGates, /*constant=*/1, 0, 0, 0, 0, 1);
  }
  if (auto sparse = onlyOp<SparseLinearOp>(body)) {
    int64_t splits = SparseLinearOp::splitsOf(sparse.getInput().getType().getDimSize(1), sparse.getSplit());
    return vexec::GridAttr::get(context, splits, /*constant=*/1, 0, 0, 0, 0, 1);
  }
  FailureOr<LinearLaunch> launch = analyzeLinears(body);
  if (failed(launch))
    return failure();
  int64_t tiles = launch->tiles();
  if (launch->routes) // so many experts a step may choose; where it chooses fewer, the last tiles are empty
    return vexec::GridAttr::get(context, tiles, 0, /*rows=*/launch->chosen, 0, 0, 0, 1, /*maximum=*/launch->experts);
  if (!launch->select)
    return vexec::GridAttr::get(context, tiles, /*constant=*/1, 0, 0, 0, 0, 1);
  // None if no row is selected, all otherwise.
  return vexec::GridAttr::get(context, tiles, 0, 0, 0, 0, /*selected=*/1, /*divisor=*/1 << 30);
}
