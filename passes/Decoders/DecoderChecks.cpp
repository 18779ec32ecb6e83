#include "passes/Decoders/DecoderChecks.h"
#include "mlir/Analysis/DataFlow/IntegerRangeAnalysis.h"
#include "mlir/Analysis/DataFlow/Utils.h"
#include "mlir/Analysis/DataFlowFramework.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace vspec;

static constexpr unsigned mostNesting = 64, mostEntries = 1 << 16;
static constexpr uint64_t mostOperations = 1 << 16;

bool vspec::isNestedTooDeep(StringRef text) {
  unsigned depth = 0;
  for (char c : text) {
    if (StringRef("({[<").contains(c) && ++depth > mostNesting)
      return true;
    if (StringRef(")}]>").contains(c) && depth)
      --depth;
  }
  return false;
}

static bool isNumber(Type type) {
  return type.isInteger(1) || type.isInteger(8) || type.isInteger(16) || type.isInteger(32) || type.isInteger(64) || type.isF16() ||
         type.isF32() || type.isIndex();
}

static bool isAllowed(Operation *op) {
  return isa<arith::ConstantOp, arith::AddIOp, arith::SubIOp, arith::MulIOp, arith::DivUIOp, arith::RemUIOp, arith::AndIOp, arith::OrIOp,
             arith::XOrIOp, arith::ShLIOp, arith::ShRUIOp, arith::ShRSIOp, arith::MinSIOp, arith::MaxSIOp, arith::MinUIOp, arith::MaxUIOp,
             arith::CmpIOp, arith::SelectOp, arith::ExtUIOp, arith::ExtSIOp, arith::TruncIOp, arith::BitcastOp, arith::IndexCastOp,
             arith::IndexCastUIOp, arith::UIToFPOp, arith::SIToFPOp, arith::ExtFOp, arith::AddFOp, arith::SubFOp, arith::MulFOp,
             arith::NegFOp, memref::LoadOp, memref::GetGlobalOp, scf::ForOp, scf::YieldOp, func::ReturnOp>(op);
}

static LogicalResult checkTable(memref::GlobalOp table) {
  MemRefType type = table.getType();
  auto values = dyn_cast_or_null<DenseElementsAttr>(table.getConstantInitValue());
  if (!values || !type.hasStaticShape() || type.getRank() != 1 || !type.getLayout().isIdentity() || type.getMemorySpace() ||
      !isNumber(type.getElementType()) || type.getElementType().isIndex() || type.getElementType().isInteger(1))
    return table.emitError() << "table @" << table.getSymName() << " is not constant numbers of one dimension";
  if (type.getNumElements() < 1 || type.getNumElements() > mostEntries)
    return table.emitError() << "table @" << table.getSymName() << " has " << type.getNumElements() << " entries, expected 1 to "
                             << mostEntries;
  return success();
}

// What says that a result may be undefined promises more than it has to: without it the operation is always defined.
static void dropPromises(Operation *op) {
  if (auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op))
    op->setAttr(flags.getIntegerOverflowAttrName(),
                arith::IntegerOverflowFlagsAttr::get(op->getContext(), arith::IntegerOverflowFlags::none));
  if (auto flags = dyn_cast<arith::ArithFastMathInterface>(op))
    op->setAttr(flags.getFastMathAttrName(), arith::FastMathFlagsAttr::get(op->getContext(), arith::FastMathFlags::none));
  for (StringRef promise : {"isExact", "nonNeg"})
    if (op->hasAttr(promise))
      op->removeAttr(promise);
}

FailureOr<func::FuncOp> vspec::checkDecoder(ModuleOp module) {
  func::FuncOp found;
  for (Operation &op : *module.getBody()) {
    if (auto table = dyn_cast<memref::GlobalOp>(op)) {
      if (failed(checkTable(table)))
        return failure();
    } else if (auto function = dyn_cast<func::FuncOp>(op); function && !found && !function.isDeclaration()) {
      found = function;
    } else {
      return op.emitError("a decoder is one function and its tables, expected nothing else");
    }
  }
  if (!found)
    return module.emitError("has no function, expected one");
  if (!found.getBody().hasOneBlock())
    return found.emitError("has branches, expected one block");
  WalkResult walked = found.getBody().walk([&](Operation *op) {
    if (!isAllowed(op)) {
      op->emitError() << "decoders know no " << op->getName()
                      << ", only memref.load, memref.get_global, scf.for and integer and f32 arithmetic";
      return WalkResult::interrupt();
    }
    bool known = isa<memref::LoadOp, memref::GetGlobalOp>(op);
    for (Type type : llvm::concat<const Type>(SmallVector<Type>(op->getOperandTypes()), SmallVector<Type>(op->getResultTypes())))
      if (!isNumber(type) && !known) {
        op->emitError() << "decoders know no " << type << ", only index, i1, i8, i16, i32, i64, f16 and f32";
        return WalkResult::interrupt();
      }
    bool isArithmetic =
        isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::NegFOp, arith::UIToFPOp, arith::SIToFPOp, arith::ExtFOp>(op);
    if (isArithmetic && !op->getResult(0).getType().isF32()) {
      op->emitError() << "makes " << op->getResult(0).getType() << ", expected f32: f16 is only widened";
      return WalkResult::interrupt();
    }
    dropPromises(op);
    return WalkResult::advance();
  });
  if (walked.wasInterrupted())
    return failure();
  return found;
}

// Saturates.
static FailureOr<uint64_t> costOf(Region &region) {
  uint64_t cost = 0;
  for (Operation &op : region.front()) {
    uint64_t here = 1;
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      APInt begin, end, step;
      if (!matchPattern(loop.getLowerBound(), m_ConstantInt(&begin)) || !matchPattern(loop.getUpperBound(), m_ConstantInt(&end)) ||
          !matchPattern(loop.getStep(), m_ConstantInt(&step)) || !step.isStrictlyPositive())
        return loop.emitError("loop has bounds that are no constants, expected constants and a step above 0");
      FailureOr<uint64_t> body = costOf(loop.getRegion());
      if (failed(body))
        return body;
      uint64_t trips = begin.sge(end) ? 0 : (uint64_t(end.getSExtValue()) - uint64_t(begin.getSExtValue()) - 1) / step.getZExtValue() + 1;
      here = *body > mostOperations || trips > mostOperations ? UINT64_MAX / 4 : *body * trips + 1;
    }
    cost = std::min(cost + here, UINT64_MAX / 4);
  }
  return cost;
}

LogicalResult vspec::checkCost(func::FuncOp function, uint64_t calls) {
  FailureOr<uint64_t> cost = costOf(function.getBody());
  if (failed(cost))
    return failure();
  if (*cost > mostOperations / calls)
    return function.emitError() << "takes more than " << mostOperations << " operations for a block, in its " << calls << " calls";
  return success();
}

namespace {
// Bounds of values, as far as their operations tell.
class Ranges {
public:
  explicit Ranges(ModuleOp module) {
    dataflow::loadBaselineAnalyses(solver);
    solver.load<dataflow::IntegerRangeAnalysis>();
    known = succeeded(solver.initializeAndRun(module));
  }
  uint64_t most(Value value) {
    auto *state = known ? solver.lookupState<dataflow::IntegerValueRangeLattice>(value) : nullptr;
    return !state || state->getValue().isUninitialized() ? UINT64_MAX : state->getValue().getValue().umax().getZExtValue();
  }

private:
  DataFlowSolver solver;
  bool known;
};
} // namespace

LogicalResult vspec::checkBlock(ModuleOp module) {
  Ranges ranges(module);
  WalkResult walked = module.walk([&](Operation *op) {
    auto refuse = [&](const Twine &text) {
      op->emitError(text);
      return WalkResult::interrupt();
    };
    if (isa<scf::ForOp>(op))
      return refuse("loop cannot be written out");
    if (auto load = dyn_cast<memref::LoadOp>(op)) {
      int64_t size = load.getMemRefType().getNumElements();
      bool isBlock = isa<BlockArgument>(load.getMemref());
      if (isBlock && !matchPattern(load.getIndices()[0], m_Constant()))
        return refuse("place in the block depends on its bytes, expected one that is known for each call");
      if (uint64_t most = ranges.most(load.getIndices()[0]); most >= uint64_t(size))
        return refuse(Twine("place may be ") + Twine(most) + " and more, but " + (isBlock ? "the block" : "the table") + " has " +
                      Twine(size) + " elements");
    } else if (isa<arith::ShLIOp, arith::ShRUIOp, arith::ShRSIOp>(op)) {
      unsigned bits = op->getResult(0).getType().isIndex() ? 64 : op->getResult(0).getType().getIntOrFloatBitWidth();
      if (uint64_t most = ranges.most(op->getOperand(1)); most >= bits)
        return refuse(Twine("shift may be by ") + Twine(most) + " and more, expected less than " + Twine(bits));
    } else if (isa<arith::DivUIOp, arith::RemUIOp>(op)) {
      return refuse("division of what depends on the block, expected shifts or a table");
    } else if (op->getNumResults() == 1 && op->getResult(0).getType().isIndex() &&
               !isa<arith::ConstantOp, arith::IndexCastOp, arith::IndexCastUIOp>(op)) {
      return refuse("index depends on the block, expected integers until the place in a table is known");
    }
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}
