#include "passes/PlanMemory/KernelOutliner.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include "passes/PlanMemory/Passes.h"
#include "vspec/Plan/ArenaPlanner.h"
#include "vspec/Plan/RouteTable.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

namespace vspec {
#define GEN_PASS_DEF_PLANMEMORY
#include "passes/PlanMemory/Passes.h.inc"
} // namespace vspec

using namespace mlir;
using namespace vspec;

namespace {
constexpr int64_t mostRows = 4096; // of a step

/// A value that passes from launch to launch.
struct Buffer {
  std::string name;
  Type type;
  uint32_t first, last;        // launches
  std::optional<Value> reuses; // may overwrite it in place
};

// Bytes of a value of so many rows.
uint64_t bytesOf(Type type, int64_t rows) {
  if (auto routes = dyn_cast<RoutesType>(type))
    return uint64_t(RouteTable::bytes(rows, routes.getChosen()));
  return llvm::SaturatingMultiply<uint64_t>(uint64_t(rows) * 4, uint64_t(cast<RankedTensorType>(type).getDimSize(1)));
}

// The name of the model part that an operation comes from.
std::string nameOf(Location loc) {
  std::string name;
  loc->walk([&](Location part) {
    if (auto named = dyn_cast<NameLoc>(part)) {
      name = named.getName().str();
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return name;
}

// The input of a residual sum that its result may overwrite: only the sum itself reads it, so each worker has read what it
// writes. A prologue reads whole rows at any time.
std::optional<unsigned> overwritableInput(FusedOp fused, unsigned result) {
  Operation *yield = fused.getBody().front().getTerminator();
  auto add = yield->getOperand(result).getDefiningOp<AddOp>();
  if (!add)
    return std::nullopt;
  for (Value input : {add.getLhs(), add.getRhs()})
    if (auto argument = dyn_cast<BlockArgument>(input);
        argument && argument.hasOneUse() && llvm::count(fused.getInputs(), fused.getInputs()[argument.getArgNumber()]) == 1)
      return argument.getArgNumber();
  return std::nullopt;
}

// What the rest of the pass takes for granted.
LogicalResult verifyStep(func::FuncOp step) {
  for (Type type : step.getArgumentTypes())
    if (auto tensor = dyn_cast<RankedTensorType>(type); !isa<RowsType>(type) && !(tensor && tensor.getElementType().isInteger(32)))
      return step.emitOpError() << "takes " << type << ", expected !vspec.rows and tensor<?xi32>";
  for (Operation &op : step.getBody().front().without_terminator()) {
    auto fused = dyn_cast<FusedOp>(op);
    if (!fused)
      return op.emitOpError("is outside of all launches; vspec-fuse-launches comes first");
    for (Value value : fused.getBody().front().getTerminator()->getOperands())
      if (!value.getDefiningOp())
        return fused.emitOpError("yields what it takes, but a launch can only write what it makes");
    for (MergeSplitsOp merge : fused.getBody().getOps<MergeSplitsOp>()) {
      auto argument = dyn_cast<BlockArgument>(merge.getOutput());
      if (!argument || !isa_and_present<FusedOp>(fused.getInputs()[argument.getArgNumber()].getDefiningOp()) ||
          !fused.getInputs()[argument.getArgNumber()].hasOneUse())
        return merge.emitOpError("writes over its output, so that must come from a launch and be read nowhere else");
    }
  }
  Operation *end = step.getBody().front().getTerminator();
  if (end->getNumOperands() != 1 || !end->getOperand(0).getDefiningOp())
    return step.emitOpError("must return one value that a launch makes: the logits");
  return success();
}

struct PlanMemory : vspec::impl::PlanMemoryBase<PlanMemory> {
  using PlanMemoryBase::PlanMemoryBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (decodeRows < 1 || prefillRows < decodeRows || prefillRows > mostRows) {
      module.emitError() << "decode-rows is " << decodeRows.getValue() << " and prefill-rows " << prefillRows.getValue()
                         << ", expected at least 1, no less than that, and at most " << mostRows;
      return signalPassFailure();
    }
    auto step = module.lookupSymbol<func::FuncOp>("step");
    if (!step || step.isExternal()) {
      module.emitError("has no function @step");
      return signalPassFailure();
    }
    if (failed(verifyStep(step)))
      return signalPassFailure();
    SymbolTable symbols(module); // before the program has the function's name
    OpBuilder builder(step);
    auto program = vexec::ProgramOp::create(builder, step.getLoc(), "step");
    program.getBodyRegion().emplaceBlock();
    builder.setInsertionPointToStart(&program.getBodyRegion().front());
    KernelOutliner outliner(module, symbols);
    auto prefill = prefillRows == decodeRows ? func::FuncOp() : cast<func::FuncOp>(OpBuilder(step).clone(*step));
    // A prefill has tiles enough, and its parts would take much memory.
    splitAttention(step, symbols, decodeRows);
    for (auto [variant, name, rows] :
         {std::tuple(step, "decode", decodeRows.getValue()), std::tuple(prefill, "prefill", prefillRows.getValue())})
      if (variant) {
        if (failed(addVariant(builder, symbols, outliner, variant, name, rows)))
          return signalPassFailure();
        variant.erase();
      }
  }

  // What a value lies in: a merge of splits keeps the rows that it does not merge.
  Value owner(Value value) const {
    auto it = overwritten.find(value);
    return it == overwritten.end() ? value : it->second;
  }

  void readBuffers(func::FuncOp step) {
    buffers.clear(), overwritten.clear();
    for (auto [index, fused] : llvm::enumerate(fusedOps)) {
      for (Value input : fused.getInputs())
        if (auto it = buffers.find(owner(input)); it != buffers.end())
          it->second.last = index;
      for (auto [number, output] : llvm::enumerate(fused.getOutputs())) {
        Operation *maker = fused.getBody().front().getTerminator()->getOperand(number).getDefiningOp();
        if (auto merge = dyn_cast<MergeSplitsOp>(maker)) {
          overwritten[output] = owner(fused.getInputs()[cast<BlockArgument>(merge.getOutput()).getArgNumber()]);
          continue;
        }
        Buffer buffer{nameOf(maker->getLoc()), output.getType(), uint32_t(index), uint32_t(index), {}};
        if (buffer.name.empty())
          buffer.name = maker->getName().getStringRef().str();
        if (std::optional<unsigned> input = overwritableInput(fused, number))
          buffer.reuses = owner(fused.getInputs()[*input]);
        buffers[output] = buffer;
      }
    }
    for (Value result : step.getBody().front().getTerminator()->getOperands())
      if (auto it = buffers.find(owner(result)); it != buffers.end())
        it->second.last = uint32_t(fusedOps.size()); // read behind the last launch
  }

  LogicalResult addVariant(OpBuilder &builder, const SymbolTable &symbols, KernelOutliner &outliner, func::FuncOp step, StringRef name,
                           int64_t rows) {
    fusedOps = llvm::to_vector(step.getBody().getOps<FusedOp>());
    readBuffers(step);
    SmallVector<OutlinedLaunch> launches;
    for (FusedOp fused : fusedOps)
      launches.push_back(outliner.outline(fused));
    std::vector<ArenaBuffer> requests;
    DenseMap<Value, uint32_t> indices;
    for (auto &[value, buffer] : buffers) {
      ArenaBuffer request;
      request.bytes = bytesOf(buffer.type, rows);
      request.firstLaunch = buffer.first;
      request.lastLaunch = buffer.last;
      if (buffer.reuses)
        if (auto it = buffers.find(*buffer.reuses); it != buffers.end() && it->second.last == buffer.first)
          request.mayReuse = indices[*buffer.reuses];
      indices[value] = requests.size();
      requests.push_back(request);
    }
    Result<ArenaPlan> plan = planArena(requests);
    if (!plan)
      return step.emitError() << "variant '" << name << "': " << plan.error().message;

    OpBuilder::InsertionGuard guard(builder);
    auto variant = vexec::VariantOp::create(builder, step.getLoc(), name, rows, int64_t(plan->bytes));
    variant.getBodyRegion().emplaceBlock();
    builder.setInsertionPointToStart(&variant.getBodyRegion().front());
    Type type = vexec::BufferType::get(builder.getContext());
    DenseMap<Value, Value> places;
    for (BlockArgument argument : step.getArguments())
      places[argument] = isa<RowsType>(argument.getType()) ? Value(vexec::RowsOp::create(builder, step.getLoc(), type))
                                                           : Value(vexec::SelectOp::create(builder, step.getLoc(), type));
    DenseMap<Attribute, Value> placesOfSymbols;
    auto placeOf = [&](FlatSymbolRefAttr symbol) {
      Value &place = placesOfSymbols[symbol];
      if (!place)
        place = isa<WeightOp>(symbols.lookup(symbol.getAttr())) ? Value(vexec::WeightRefOp::create(builder, step.getLoc(), type, symbol))
                                                                : Value(vexec::StateRefOp::create(builder, step.getLoc(), type, symbol));
      return place;
    };
    for (auto [fused, launch] : llvm::zip_equal(fusedOps, launches)) {
      SmallVector<Value> reads, writes;
      for (Value input : fused.getInputs())
        reads.push_back(places.lookup(owner(input)));
      for (FlatSymbolRefAttr symbol : launch.symbols)
        reads.push_back(placeOf(symbol));
      for (Value output : fused.getOutputs()) {
        if (overwritten.contains(output)) {
          writes.push_back(places.lookup(owner(output)));
          continue;
        }
        const Buffer &buffer = buffers[output];
        uint32_t index = indices[output];
        places[output] = vexec::SliceOp::create(builder, fused.getLoc(), type, buffer.name, int64_t(plan->offsets[index]),
                                                int64_t(requests[index].bytes));
        writes.push_back(places[output]);
      }
      FailureOr<vexec::GridAttr> grid = gridOf(launch.body(), rows);
      if (failed(grid))
        return failure();
      StringRef kernel = vexec::KernelOp(launch.kernel).getSymName();
      std::string launchName = nameOf(fused.getLoc());
      vexec::LaunchOp::create(builder, fused.getLoc(), kernel, launchName.empty() ? kernel.str() : launchName, *grid, reads, writes);
    }
    Value logits = places.lookup(owner(step.getBody().front().getTerminator()->getOperand(0)));
    vexec::LogitsOp::create(builder, step.getLoc(), logits);
    return success();
  }

  // Of the variant that is being made:
  SmallVector<FusedOp> fusedOps;
  llvm::MapVector<Value, Buffer> buffers;
  DenseMap<Value, Value> overwritten; // a merge of splits lies where what it merges into lay
};
} // namespace
