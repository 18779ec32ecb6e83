// Which operations share a launch. What a launch computes is left to PlanMemory and Lower.
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "passes/Fuse/Passes.h"
#include "llvm/ADT/SetVector.h"

namespace vspec {
#define GEN_PASS_DEF_FUSELAUNCHES
#include "passes/Fuse/Passes.h.inc"
} // namespace vspec

using namespace mlir;
using namespace vspec;

namespace {
bool isAnchor(Operation *op) {
  auto role = dyn_cast<LaunchRole>(op);
  return role && role.isAnchor();
}
bool isEpilogue(Operation *op) {
  auto role = dyn_cast<LaunchRole>(op);
  return role && role.isEpilogue();
}
bool isPrologue(Operation *op) {
  auto role = dyn_cast<LaunchRole>(op);
  return role && role.isPrologue();
}

/// Whether an operation, or one inside of it, names the symbol.
bool names(Operation *op, FlatSymbolRefAttr symbol) {
  WalkResult walked = op->walk([&](Operation *inner) {
    auto isSymbol = [&](NamedAttribute attribute) { return attribute.getValue() == symbol; };
    return llvm::any_of(inner->getAttrs(), isSymbol) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return walked.wasInterrupted();
}

/// Whether only linears read it, possibly through other prologues: then each launch of theirs makes it anew.
bool isForLinearsOnly(Operation *op) {
  return llvm::all_of(op->getUsers(), [](Operation *user) {
    return isa<LinearOp>(user) || (isPrologue(user) && !isEpilogue(user) && isForLinearsOnly(user));
  });
}

/// What a linear reads. Its rounding is apart: weights of one launch may read rounded rows or not.
struct PreparedRow {
  Value source;
  SmallVector<Operation *> steps; // nearest to the linear first
  QuantizeOp rounding;            // or none
  Value routes;                   // or none
};

/// The operations of one launch.
struct Group {
  SmallVector<Operation *> members; // moved: anchors and epilogues in program order; or a launch that was there before
  SmallVector<PreparedRow> rows;    // of each linear; the operations in them are copied
  bool isOfRows = false;            // no anchor: norms and epilogues of whole rows
  bool hasLinears() const { return isa<LinearOp>(members.front()); }
};

/// The launches of a function. They run in the order of their first anchors: an operation joins one whose inputs all come from
/// launches up to it.
class LaunchList {
public:
  explicit LaunchList(Block &block) : block(block) {}

  LogicalResult gather();
  void outline() {
    for (Group &group : groups)
      outline(group);
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isPrologue(&op)) // its copies are in the launches
        op.erase();
  }

private:
  PreparedRow rowOf(LinearOp linear) const;
  void addAnchor(Operation *op);
  LogicalResult addEpilogue(Operation *op);
  void addToRows(Operation *op);
  LogicalResult verifyPrologue(Operation *op) const;
  void outline(Group &group);

  Block &block;
  std::vector<Group> groups;
  DenseMap<Operation *, size_t> groupOf; // of members
};

LogicalResult LaunchList::gather() {
  for (Operation &op : block.without_terminator()) {
    if (isa<FusedOp>(op) || isAnchor(&op))
      addAnchor(&op);
    else if (!isa<LaunchRole>(op))
      return op.emitOpError("has no role in a launch");
    else if (isEpilogue(&op) && failed(addEpilogue(&op)))
      return failure();
    else if (isa<RMSNormOp, LayerNormOp>(op) && !isEpilogue(&op) && !isForLinearsOnly(&op))
      addToRows(&op);
  }
  for (Operation &op : block.without_terminator())
    if (!groupOf.contains(&op) && failed(verifyPrologue(&op)))
      return failure();
  return success();
}

PreparedRow LaunchList::rowOf(LinearOp linear) const {
  PreparedRow row{linear.getInput(), {}, linear.getInput().getDefiningOp<QuantizeOp>(), linear.getRoutes()};
  if (row.rounding)
    row.source = row.rounding.getInput();
  while (Operation *op = row.source.getDefiningOp()) {
    if (!isPrologue(op) || groupOf.contains(op))
      break;
    row.steps.push_back(op);
    row.source = op->getOperand(0);
  }
  return row;
}

// A linear joins the launch before if all read the same prepared row: then what it reads is there where the launch begins.
void LaunchList::addAnchor(Operation *op) {
  bool joins = false;
  PreparedRow row;
  if (auto linear = dyn_cast<LinearOp>(op)) {
    row = rowOf(linear);
    joins = !groups.empty() && groups.back().hasLinears() && llvm::all_of(groups.back().rows, [&](PreparedRow &other) {
      bool sameBlock = !row.rounding || !other.rounding || row.rounding.getBlock() == other.rounding.getBlock();
      return row.source == other.source && row.steps == other.steps && row.routes == other.routes && sameBlock;
    });
  }
  if (!joins)
    groups.emplace_back();
  groups.back().members.push_back(op);
  if (row.source)
    groups.back().rows.push_back(row);
  groupOf[op] = groups.size() - 1;
}

// An epilogue joins the last launch that makes one of its inputs, if that has linears or rows: by then all others are there. Else,
// behind attention or an embedding, it is of a launch of rows.
LogicalResult LaunchList::addEpilogue(Operation *op) {
  std::optional<size_t> last;
  for (Value operand : op->getOperands())
    if (auto it = groupOf.find(operand.getDefiningOp()); it != groupOf.end())
      last = std::max(last.value_or(0), it->second);
  // What a linear makes tile by tile meets in a launch of rows.
  auto role = cast<LaunchRole>(op);
  auto maker = groupOf.find(role.rowNumbers() ? role.rowNumbers().getDefiningOp() : nullptr);
  bool readsTiles = last && groups[*last].hasLinears() && maker != groupOf.end() && maker->second == *last;
  if (!last || !(groups[*last].hasLinears() || groups[*last].isOfRows) || readsTiles || role.needsWholeRow()) {
    if (!isPrologue(op) || !isForLinearsOnly(op)) // a norm by head may be either
      addToRows(op);
    return success();
  }
  if (auto append = dyn_cast<KVAppendOp>(op))
    for (const Group &passed : ArrayRef(groups).drop_front(*last + 1))
      for (Operation *member : passed.members)
        if (names(member, append.getCacheAttr())) {
          InFlightDiagnostic diagnostic =
              op->emitOpError("joins the launch of its keys and values, but another use of the cache stands between");
          diagnostic.attachNote(member->getLoc()) << "used here";
          return diagnostic;
        }
  groups[*last].members.push_back(op);
  groupOf[op] = *last;
  return success();
}

// The last launch takes it if that is of rows: what it reads is there, or made in the same row before.
void LaunchList::addToRows(Operation *op) {
  if (groups.empty() || !groups.back().isOfRows)
    groups.emplace_back().isOfRows = true;
  groups.back().members.push_back(op);
  groupOf[op] = groups.size() - 1;
}

// Prologues are copied: workers prepare rows for themselves, and nothing but the linears of the launch can read those.
LogicalResult LaunchList::verifyPrologue(Operation *op) const {
  for (Operation *user : op->getUsers())
    if (!isa<LinearOp>(user) && (!isPrologue(user) || groupOf.contains(user))) {
      InFlightDiagnostic diagnostic = op->emitOpError("finds no place in a launch: more than linears read it");
      diagnostic.attachNote(user->getLoc()) << "read by '" << user->getName() << "'";
      return diagnostic;
    }
  return success();
}

void LaunchList::outline(Group &group) {
  if (isa<FusedOp>(group.members.front()))
    return group.members.front()->moveBefore(block.getTerminator());
  SetVector<Operation *> operations;
  for (const PreparedRow &row : group.rows) {
    operations.insert(row.steps.rbegin(), row.steps.rend());
    if (row.rounding)
      operations.insert(row.rounding);
  }
  operations.insert(group.members.begin(), group.members.end());
  SetVector<Value> inputs, outputs;
  for (Operation *op : operations)
    for (Value operand : op->getOperands())
      if (!operand.getDefiningOp() || !operations.contains(operand.getDefiningOp()))
        inputs.insert(operand);
  for (Operation *op : group.members)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !llvm::is_contained(group.members, user); }))
        outputs.insert(result);

  OpBuilder builder(block.getTerminator());
  auto fused =
      FusedOp::create(builder, group.members.front()->getLoc(), TypeRange(ValueRange(outputs.getArrayRef())), inputs.getArrayRef());
  Block *body = &fused.getBody().emplaceBlock();
  IRMapping map;
  for (Value input : inputs)
    map.map(input, body->addArgument(input.getType(), input.getLoc()));
  builder.setInsertionPointToEnd(body);
  for (Operation *op : operations)
    builder.clone(*op, map);
  SmallVector<Value> yielded;
  for (Value output : outputs)
    yielded.push_back(map.lookup(output));
  YieldOp::create(builder, group.members.back()->getLoc(), yielded);
  for (auto [output, result] : llvm::zip_equal(outputs, fused.getOutputs()))
    Value(output).replaceAllUsesWith(result);
  for (Operation *op : llvm::reverse(group.members))
    op->erase();
}

struct FuseLaunches : vspec::impl::FuseLaunchesBase<FuseLaunches> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && failed(fuse(function)))
        return signalPassFailure();
  }

  static LogicalResult fuse(func::FuncOp function) {
    if (!function.getBody().hasOneBlock())
      return function.emitOpError() << "has " << function.getBody().getBlocks().size() << " blocks, expected one list of operations";
    Block &block = function.getBody().front();
    if (llvm::none_of(block, llvm::IsaPred<LaunchRole>))
      return success();
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op))
        op.erase();
    LaunchList launches(block);
    if (failed(launches.gather()))
      return failure();
    launches.outline();
    return success();
  }
};
} // namespace
