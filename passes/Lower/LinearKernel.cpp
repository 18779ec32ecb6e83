// The kernel of a launch with linears. Prologue: norms and quantises the rows into the worker's panel. Tile: the dot products
// of one tile of a segment with all rows, then its epilogue, row by row.
#include "dialects/VSpec/VSpec.h"
#include "passes/Lower/ActivationPanel.h"
#include "passes/Lower/BuildKernel.h"
#include "passes/Lower/CacheRows.h"
#include "passes/Lower/KernelMath.h"
#include "passes/PlanMemory/LaunchTiles.h"
#include "vspec/Quant/Format.h"
#include "llvm/ADT/MapVector.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

namespace {
class LinearKernel {
public:
  LinearKernel(OpBuilder &b, vexec::KernelOp kernel, const KernelTarget &target, LinearLaunch launch)
      : b(b), kernel(kernel), body(*kernel.getBodyRegion().getOps<func::FuncOp>().begin()), target(target), launch(std::move(launch)) {}

  FailureOr<KernelFunctions> build();

private:
  LogicalResult readForms();
  void planScratch();
  void writePrologue(func::FuncOp function);
  void writeTile(func::FuncOp function);
  void writeSegment(KernelWriter &w, const Segment &segment, Value tile);
  void writeEpilogue(KernelWriter &w, const Segment &segment, Value row, Value firstColumn, Value count);
  Value epilogueInput(KernelWriter &w, Value value, Value row, Value firstColumn);
  Value epilogueOutput(KernelWriter &w, const Segment &segment, Value result, Value row, Value firstColumn);
  void writeRope(KernelWriter &w, RopeOp rope, Value from, Value to, Value row, Value count);
  void writeAppend(KernelWriter &w, KVAppendOp append, bool isKey, Value from, Value row, Value firstColumn, Value count);
  Value rowCount(KernelWriter &w) { return launch.select ? stepSelected(w, arguments) : stepRows(w, arguments); }
  int64_t lanesOf(const Segment &segment) const { return std::gcd(std::gcd(segment.width, segment.unit), int64_t(16)); }
  const NormalForm &formOf(LinearOp linear) const { return forms.find(linear.getWeightAttr())->second; }

  OpBuilder &b;
  vexec::KernelOp kernel;
  func::FuncOp body;
  KernelTarget target;
  LinearLaunch launch;
  int64_t columns = 0, block = 64;
  DenseMap<Attribute, NormalForm> forms; // by weight
  std::unique_ptr<ActivationPanel> panel;
  ScratchPlan scratchPlan;
  DenseMap<Operation *, int64_t> outputs;                 // of linears: scratch, f32 [rows][unit]
  DenseMap<Value, int64_t> temporaries;                   // of epilogues: scratch, f32 [unit]
  llvm::MapVector<Attribute, std::pair<RopeOp, int64_t>> ropes; // by frequencies: scratch, f32 [rows][2][head size / 2]
  int64_t appendTemporary = 0;
  // Of the function being written:
  Value arguments, scratch;
  std::unique_ptr<KernelOperands> operands;
  DenseMap<Value, Value> places; // of epilogue values: address of the tile's f32
};

FailureOr<KernelFunctions> LinearKernel::build() {
  if (failed(readForms()))
    return failure();
  planScratch();
  KernelFunctions functions;
  std::string name = kernel.getSymName().str();
  functions.prologue = createKernelFunction(b, kernel.getLoc(), name + ".prologue", false);
  functions.tile = createKernelFunction(b, kernel.getLoc(), name + ".tile", true);
  writePrologue(functions.prologue);
  writeTile(functions.tile);
  functions.scratchBytes = scratchPlan.total;
  return functions;
}

LogicalResult LinearKernel::readForms() {
  columns = cast<RankedTensorType>(launch.source.getType()).getDimSize(1);
  for (const Segment &segment : launch.segments)
    for (LinearOp linear : segment.linears) {
      auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(linear, linear.getWeightAttr());
      Result<NormalForm> form = normalForm(weight.getWeightType().getParsedFormat(), columns);
      if (!form)
        return linear.emitOpError("has a weight without a kernel: ") << form.error().message;
      forms[linear.getWeightAttr()] = *form;
      if (auto quantize = linear.getInput().getDefiningOp<QuantizeOp>()) {
        block = quantize.getBlock();
        if (!form->hasIntegerForm())
          return linear.emitOpError("reads int8 activations, but its weight has no integer form: ")
                 << weight.getWeightType().getFormat();
      }
    }
  for (Operation &op : body.getBody().front())
    if (auto gate = dyn_cast<GateOp>(op); gate && gate.getActivation() == Activation::GELU)
      return gate.emitOpError("has activation gelu, which no kernel computes; gelu_tanh is there");
  panel = std::make_unique<ActivationPanel>(columns, block);
  for (const Segment &segment : launch.segments)
    for (LinearOp linear : segment.linears)
      panel->require(formOf(linear), launch.isQuantized(linear));
  return success();
}

void LinearKernel::planScratch() {
  panel->plan(scratchPlan, target.rowCapacity);
  int64_t largestHead = 0;
  for (const Segment &segment : launch.segments)
    for (LinearOp linear : segment.linears)
      outputs[linear] = scratchPlan.take(target.rowCapacity * segment.unit * 4);
  int64_t largestUnit = 0;
  for (const Segment &segment : launch.segments)
    largestUnit = std::max(largestUnit, segment.unit);
  for (Operation &op : body.getBody().front()) {
    if (isa<AddOp, AddBiasOp, GateOp, RopeOp>(op) || (isa<RMSNormOp>(op) && !llvm::is_contained(launch.prologue, &op)))
      temporaries[op.getResult(0)] = scratchPlan.take(largestUnit * 4);
    if (auto rope = dyn_cast<RopeOp>(op)) {
      auto [it, isNew] = ropes.try_emplace(rope.getFrequenciesAttr(), rope, 0);
      if (isNew)
        it->second.second = scratchPlan.take(target.rowCapacity * rope.getFrequencies().size() * 8);
    }
    if (auto append = dyn_cast<KVAppendOp>(op))
      largestHead = std::max(largestHead, cacheLayoutOf(SymbolTable::lookupNearestSymbolFrom<KVCacheOp>(&op, append.getCacheAttr())
                                                            .getCacheType()).headSize);
  }
  if (largestHead)
    appendTemporary = scratchPlan.take(largestHead + 64);
}

void LinearKernel::writePrologue(func::FuncOp function) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(function.getBody().front().getTerminator());
  KernelWriter w(b, kernel.getLoc());
  arguments = function.getArgument(0), scratch = function.getArgument(2);
  operands = std::make_unique<KernelOperands>(kernel, function.getArgument(1));
  Value source = operands->argument(w, launch.source);
  Value select = launch.select ? operands->argument(w, launch.select) : Value();
  w.loop(w.integer(0), rowCount(w), 1, [&](Value row) {
    Value index = select ? w.widen(w.load(w.i32(), w.at(select, w.mul(row, 4))), w.i64()) : row;
    Value from = w.at(source, w.mul(index, columns * 4));
    Value to = panel->floatRow(w, scratch, row);
    for (Operation *op : launch.prologue)
      if (auto norm = dyn_cast<RMSNormOp>(op)) {
        Value gain = operands->symbol(w, norm.getGain());
        int64_t heads = norm.getHeads().value_or(1), size = columns / heads;
        w.loop(0, heads, 1, [&](Value head) {
          Value offset = w.mul(head, size * 4);
          emitRMSNorm(w, w.at(from, offset), w.at(to, offset), size, gain, norm.getEpsilon().convertToFloat());
        });
        from = to;
      } else if (isa<RoundBF16Op>(op)) {
        emitRoundBF16(w, from, to, columns);
        from = to;
      }
    if (from != to)
      emitCopy(w, from, to, w.integer(columns), std::gcd(columns, int64_t(16)));
    panel->clearPadding(w, to);
    panel->fill(w, scratch, row);
  });
  // cos and sin of each row's angles, for all heads.
  for (auto &[frequencies, entry] : ropes) {
    RopeOp rope = entry.first;
    int64_t half = rope.getFrequencies().size(), lanes = std::gcd(half, int64_t(16));
    Value rows = operands->argument(w, rope.getRows());
    double factor = rope.getAttentionFactor() ? rope.getAttentionFactor()->convertToFloat() : 1.0;
    Value table = w.at(scratch, entry.second);
    w.loop(w.integer(0), stepRows(w, arguments), 1, [&](Value row) {
      // A position times an f32 is exact in f64; in f32 the angle of position 100000 would be off by 0.004.
      Value position = w.broadcast(w.toFloat(rowField(w, rows, row, RowField::Position), w.f64()), lanes);
      Value to = w.at(table, w.mul(row, half * 8));
      for (int64_t i = 0; i < half; i += lanes) {
        SmallVector<double> part(rope.getFrequencies().slice(i, lanes));
        auto type = w.vec(lanes, w.f64());
        Value frequency = arith::ConstantOp::create(b, w.loc, DenseElementsAttr::get(type, ArrayRef<double>(part)));
        auto [cos, sin] = emitCosSin(w, w.mulf(position, frequency));
        if (factor != 1) {
          cos = w.mulf(cos, w.real(cos.getType(), factor));
          sin = w.mulf(sin, w.real(sin.getType(), factor));
        }
        w.store(cos, w.at(to, i * 4));
        w.store(sin, w.at(to, (half + i) * 4));
      }
    });
  }
}

void LinearKernel::writeTile(func::FuncOp function) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(function.getBody().front().getTerminator());
  KernelWriter w(b, kernel.getLoc());
  arguments = function.getArgument(0), scratch = function.getArgument(2);
  operands = std::make_unique<KernelOperands>(kernel, function.getArgument(1));
  int64_t first = 0;
  for (const Segment &segment : launch.segments) {
    Value begin = w.most(function.getArgument(3), w.integer(first));
    Value end = w.least(function.getArgument(4), w.integer(first + segment.tiles));
    w.loop(begin, end, 1, [&](Value tile) { writeSegment(w, segment, w.sub(tile, first)); });
    first += segment.tiles;
  }
}

void LinearKernel::writeSegment(KernelWriter &w, const Segment &segment, Value tile) {
  Value rows = rowCount(w), firstColumn = w.mul(tile, segment.unit);
  for (LinearOp linear : segment.linears) {
    const NormalForm &form = formOf(linear);
    bool integers = launch.isQuantized(linear);
    WeightTile weight(w, form, columns, target.registerBytes, block);
    int64_t tileBytes = weight.packedLayout().tileBytes(columns), together = integers ? target.integerRows : target.floatRows;
    // The float path writes columns out for each row: where these are many, fewer rows go at once, or they compile for minutes.
    if (!integers)
      together = std::max<int64_t>(1, together * 64 / std::max<int64_t>(64, weight.columnsWrittenOut()));
    Value address = operands->symbol(w, linear.getWeight());
    Value output = w.at(scratch, outputs[linear]);
    // A tile of whole heads may end behind the weight's last 16 rows.
    int64_t parts = segment.unit / tileRows, allTiles = (segment.width + tileRows - 1) / tileRows;
    Value firstPart = w.mul(tile, parts);
    Value partCount = allTiles % parts ? w.least(w.integer(parts), w.sub(w.integer(allTiles), firstPart)) : w.integer(parts);
    w.loop(w.integer(0), partCount, 1, [&](Value part) {
      Value bytes = w.at(address, w.mul(w.add(firstPart, part), tileBytes));
      auto pass = [&](Value row, int64_t count) {
        ActivationRows activations = panel->rowsOf(w, scratch, row, form, integers);
        SmallVector<Value> sums = weight.dot(bytes, activations, count, integers);
        Value to = w.at(w.at(output, w.mul(row, segment.unit * 4)), w.mul(part, lineBytes));
        for (int64_t i = 0; i < count; ++i)
          for (int64_t slice = 0; slice < weight.slices(); ++slice)
            w.store(sums[i * weight.slices() + slice], w.at(to, i * segment.unit * 4 + slice * target.registerBytes));
      };
      Value whole = w.integer(0);
      if (together > 1) {
        whole = w.mul(w.div(rows, together), together);
        w.loop(w.integer(0), whole, together, [&](Value row) { pass(row, together); });
      }
      w.loop(whole, rows, 1, [&](Value row) { pass(row, 1); });
    });
  }
  Value count = w.integer(segment.unit);
  if (segment.width % segment.unit)
    count = w.least(count, w.sub(w.integer(segment.width), firstColumn));
  w.loop(w.integer(0), rows, 1, [&](Value row) { writeEpilogue(w, segment, row, firstColumn, count); });
}

// All operations that depend on the segment's linears, for one row, on `count` columns.
void LinearKernel::writeEpilogue(KernelWriter &w, const Segment &segment, Value row, Value firstColumn, Value count) {
  int64_t lanes = lanesOf(segment);
  VectorType type = w.vec(lanes);
  places.clear();
  for (LinearOp linear : segment.linears)
    places[linear.getOutput()] = w.at(w.at(scratch, outputs[linear]), w.mul(row, segment.unit * 4));
  auto elementwise = [&](Value result, ArrayRef<Value> inputs, llvm::function_ref<Value(ArrayRef<Value>)> compute) {
    SmallVector<Value> from;
    for (Value input : inputs)
      from.push_back(input);
    Value to = epilogueOutput(w, segment, result, row, firstColumn);
    w.loop(w.integer(0), count, lanes, [&](Value i) {
      Value offset = w.mul(i, 4);
      SmallVector<Value> values;
      for (Value input : from)
        values.push_back(w.load(type, w.at(input, offset)));
      w.store(compute(values), w.at(to, offset));
    });
  };
  auto eachHead = [&](int64_t size, llvm::function_ref<void(Value)> write) {
    w.loop(w.integer(0), w.div(count, size), 1, [&](Value head) { write(w.mul(head, size * 4)); });
  };
  for (Operation &op : body.getBody().front()) {
    if (auto append = dyn_cast<KVAppendOp>(op)) {
      for (bool isKey : {true, false}) {
        Value stored = isKey ? append.getKey() : append.getValue(), other = isKey ? append.getValue() : append.getKey();
        // What another launch made is stored by the segment of what this one makes.
        if (places.contains(stored) || (isa<BlockArgument>(stored) && places.contains(other)))
          writeAppend(w, append, isKey, epilogueInput(w, stored, row, firstColumn), row, firstColumn, count);
      }
      continue;
    }
    bool belongs = !isa<LinearOp>(op) && op.getNumResults() == 1 &&
                   llvm::any_of(op.getOperands(), [&](Value operand) { return places.contains(operand); });
    if (!belongs)
      continue;
    auto input = [&](Value value) { return epilogueInput(w, value, row, firstColumn); };
    Value result = op.getResult(0);
    if (auto add = dyn_cast<AddOp>(op)) {
      elementwise(result, {input(add.getLhs()), input(add.getRhs())}, [&](ArrayRef<Value> x) { return w.addf(x[0], x[1]); });
    } else if (auto bias = dyn_cast<AddBiasOp>(op)) {
      Value numbers = w.at(operands->symbol(w, bias.getBias()), w.mul(firstColumn, 4));
      elementwise(result, {input(bias.getInput()), numbers}, [&](ArrayRef<Value> x) { return w.addf(x[0], x[1]); });
    } else if (auto gate = dyn_cast<GateOp>(op)) {
      elementwise(result, {input(gate.getGate()), input(gate.getValue())}, [&](ArrayRef<Value> x) {
        switch (gate.getActivation()) {
        case Activation::SiLU:
          return w.mulf(emitSilu(w, x[0]), x[1]);
        case Activation::ReLU2: {
          Value positive = w.greaterOf(x[0], w.real(type, 0));
          return w.mulf(w.mulf(positive, positive), x[1]);
        }
        default:
          return w.mulf(emitGeluTanh(w, x[0]), x[1]);
        }
      });
    } else if (auto norm = dyn_cast<RMSNormOp>(op)) {
      Value from = input(norm.getInput()), to = epilogueOutput(w, segment, result, row, firstColumn);
      Value gain = operands->symbol(w, norm.getGain());
      int64_t size = segment.width / norm.getHeads().value_or(1);
      eachHead(size, [&](Value offset) {
        emitRMSNorm(w, w.at(from, offset), w.at(to, offset), size, gain, norm.getEpsilon().convertToFloat());
      });
    } else if (auto rope = dyn_cast<RopeOp>(op)) {
      writeRope(w, rope, input(rope.getInput()), epilogueOutput(w, segment, result, row, firstColumn), row, count);
    }
  }
  // Linears whose own output leaves the launch have not been written yet.
  auto results = body.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(results->getOperands()))
    if (value.getDefiningOp<LinearOp>() && places.contains(value)) {
      Value to = w.at(operands->result(w, index), w.mul(w.add(w.mul(row, segment.width), firstColumn), 4));
      emitCopy(w, places[value], to, count, lanes);
    }
}

// The address of the tile's columns of a value: made before, or an argument's row.
Value LinearKernel::epilogueInput(KernelWriter &w, Value value, Value row, Value firstColumn) {
  if (Value place = places.lookup(value))
    return place;
  int64_t width = cast<RankedTensorType>(value.getType()).getDimSize(1);
  return w.at(operands->argument(w, value), w.mul(w.add(w.mul(row, width), firstColumn), 4));
}

// Where a result goes: into the launch's output if it leaves the launch, else into scratch.
Value LinearKernel::epilogueOutput(KernelWriter &w, const Segment &segment, Value result, Value row, Value firstColumn) {
  auto results = body.getBody().front().getTerminator()->getOperands();
  auto it = llvm::find(results, result);
  Value place;
  if (it != results.end())
    place = w.at(operands->result(w, std::distance(results.begin(), it)), w.mul(w.add(w.mul(row, segment.width), firstColumn), 4));
  else
    place = w.at(scratch, temporaries[result]);
  return places[result] = place;
}

void LinearKernel::writeRope(KernelWriter &w, RopeOp rope, Value from, Value to, Value row, Value count) {
  int64_t half = rope.getFrequencies().size(), lanes = std::gcd(half, int64_t(16));
  Value table = w.at(w.at(scratch, ropes[rope.getFrequenciesAttr()].second), w.mul(row, half * 8));
  w.loop(w.integer(0), w.div(count, 2 * half), 1, [&](Value head) {
    Value offset = w.mul(head, half * 8);
    Value x = w.at(from, offset), y = w.at(to, offset);
    w.loop(0, half, lanes, [&](Value i) {
      Value at = w.mul(i, 4), behind = w.add(at, half * 4);
      auto load = [&](Value base, Value bytes) { return w.load(w.vec(lanes), w.at(base, bytes)); };
      Value first = load(x, at), second = load(x, behind), cos = load(table, at), sin = load(table, behind);
      w.store(w.fma(first, cos, w.negf(w.mulf(second, sin))), w.at(y, at));
      w.store(w.fma(second, cos, w.mulf(first, sin)), w.at(y, behind));
    });
  });
}

void LinearKernel::writeAppend(KernelWriter &w, KVAppendOp append, bool isKey, Value from, Value row, Value firstColumn, Value count) {
  auto cache = SymbolTable::lookupNearestSymbolFrom<KVCacheOp>(append, append.getCacheAttr());
  CacheLayout layout = cacheLayoutOf(cache.getCacheType());
  Value rows = operands->argument(w, append.getRows());
  Value position = rowField(w, rows, row, RowField::Position);
  CacheShare share = shareOfSlot(w, operands->symbol(w, append.getCache()), rowField(w, rows, row, RowField::Slot));
  Value temporary = w.at(scratch, appendTemporary), firstHead = w.div(firstColumn, layout.headSize);
  w.loop(w.integer(0), w.div(count, layout.headSize), 1, [&](Value head) {
    Value source = w.at(from, w.mul(head, layout.headSize * 4));
    (isKey ? emitKeyAppend : emitValueAppend)(w, layout, share, w.add(firstHead, head), position, source, temporary);
  });
}
} // namespace

FailureOr<KernelFunctions> vspec::buildLinearKernel(OpBuilder &builder, vexec::KernelOp kernel, const KernelTarget &target) {
  FailureOr<LinearLaunch> launch = analyzeLinears(*kernel.getBodyRegion().getOps<func::FuncOp>().begin());
  if (failed(launch))
    return failure();
  return LinearKernel(builder, kernel, target, std::move(*launch)).build();
}
