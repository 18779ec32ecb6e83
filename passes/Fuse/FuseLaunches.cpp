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
/// The operations of one launch, in program order.
struct Group {
  SetVector<Operation *> prologues; // copied
  SetVector<Operation *> members;   // moved: anchors and epilogues
};

bool isAnchor(Operation *op) {
  auto role = dyn_cast<LaunchRole>(op);
  return role && role.isAnchor();
}
bool isEpilogue(Operation *op) {
  auto role = dyn_cast<LaunchRole>(op);
  return role && role.isEpilogue();
}

/// The prologue operations between an anchor's input and the value that they prepare, nearest first.
SmallVector<Operation *> prologueOf(Value input) {
  SmallVector<Operation *> chain;
  while (Operation *op = input.getDefiningOp()) {
    auto role = dyn_cast<LaunchRole>(op);
    if (!role || !role.isPrologue() || role.isEpilogue())
      break;
    chain.push_back(op);
    input = op->getOperand(0);
  }
  return chain;
}

/// The chain without the rounding, which weights of one launch may read or not.
SmallVector<Operation *> preparedRow(LinearOp linear) {
  SmallVector<Operation *> chain = prologueOf(linear.getInput());
  llvm::erase_if(chain, [](Operation *op) { return isa<QuantizeOp>(op); });
  return chain;
}

Value sourceOf(LinearOp linear) {
  SmallVector<Operation *> chain = prologueOf(linear.getInput());
  return chain.empty() ? Value(linear.getInput()) : chain.back()->getOperand(0);
}

struct FuseLaunches : vspec::impl::FuseLaunchesBase<FuseLaunches> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && failed(fuse(function)))
        return signalPassFailure();
  }

  LogicalResult fuse(func::FuncOp function) {
    Block &block = function.getBody().front();
    std::vector<Group> groups;
    DenseMap<Operation *, size_t> groupOf;
    for (Operation &op : block) {
      if (!isAnchor(&op))
        continue;
      auto linear = dyn_cast<LinearOp>(op);
      bool joins = linear && !groups.empty() && canJoin(groups.back(), linear);
      if (!joins)
        groups.emplace_back();
      groups.back().members.insert(&op);
      groupOf[&op] = groups.size() - 1;
      if (linear)
        for (Operation *prologue : llvm::reverse(prologueOf(linear.getInput())))
          groups.back().prologues.insert(prologue);
    }
    // Epilogues join the last launch that makes one of their inputs: by then all others are there.
    for (Operation &op : block) {
      if (!isEpilogue(&op) || isAnchor(&op))
        continue;
      std::optional<size_t> last;
      for (Value operand : op.getOperands())
        if (auto it = groupOf.find(operand.getDefiningOp()); it != groupOf.end())
          last = std::max(last.value_or(0), it->second);
      if (!last || !isa<LinearOp>(groups[*last].members.front())) {
        op.emitRemark("joins no launch: none of its inputs is made by a linear");
        continue;
      }
      groups[*last].members.insert(&op);
      groupOf[&op] = *last;
    }
    for (Group &group : groups)
      outline(group);
    // What is left over are prologues, whose copies are in the launches.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (op.use_empty() && isa<LaunchRole>(op) && isMemoryEffectFree(&op))
        op.erase();
    for (Operation &op : block)
      if (isa<LaunchRole>(op))
        return op.emitOpError("finds no place in a launch: it is no prologue of an anchor and no epilogue of a linear");
    return success();
  }

  // Linears share a launch if they read the same prepared row, and what they read is there where the launch begins.
  static bool canJoin(const Group &group, LinearOp linear) {
    auto first = dyn_cast<LinearOp>(group.members.front());
    return first && sourceOf(first) == sourceOf(linear) && preparedRow(first) == preparedRow(linear);
  }

  void outline(Group &group) {
    SmallVector<Operation *> members = group.members.takeVector();
    llvm::sort(members, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    SmallVector<Operation *> operations = group.prologues.takeVector();
    operations.append(members);
    DenseSet<Operation *> inside(operations.begin(), operations.end());
    SetVector<Value> inputs, outputs;
    for (Operation *op : operations)
      for (Value operand : op->getOperands())
        if (!operand.getDefiningOp() || !inside.contains(operand.getDefiningOp()))
          inputs.insert(operand);
    for (Operation *op : members)
      for (Value result : op->getResults())
        if (llvm::any_of(result.getUsers(), [&](Operation *user) { return !llvm::is_contained(members, user); }))
          outputs.insert(result);

    // At the last member: everything that the launch reads is there by then.
    Operation *last = members.back();
    OpBuilder builder(last);
    SmallVector<Type> types;
    for (Value output : outputs)
      types.push_back(output.getType());
    auto fused = FusedOp::create(builder, members.front()->getLoc(), types, inputs.getArrayRef());
    Block *body = new Block();
    fused.getBody().push_back(body);
    IRMapping map;
    for (Value input : inputs)
      map.map(input, body->addArgument(input.getType(), input.getLoc()));
    builder.setInsertionPointToEnd(body);
    for (Operation *op : operations)
      builder.clone(*op, map);
    SmallVector<Value> yielded;
    for (Value output : outputs)
      yielded.push_back(map.lookup(output));
    YieldOp::create(builder, last->getLoc(), yielded);
    for (auto [index, output] : llvm::enumerate(outputs))
      Value(output).replaceAllUsesWith(fused.getOutputs()[index]);
    for (Operation *op : llvm::reverse(members))
      op->erase();
  }
};
} // namespace
