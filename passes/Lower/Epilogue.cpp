#include "passes/Lower/Epilogue.h"
#include "passes/Lower/CacheRows.h"
#include "passes/Lower/KernelMath.h"
#include "vspec/Plan/RouteTable.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

static int64_t widthOf(Value value) { return cast<RankedTensorType>(value.getType()).getDimSize(1); }

static KVCacheType cacheOf(KVAppendOp append) {
  return SymbolTable::lookupNearestSymbolFrom<KVCacheOp>(append, append.getCacheAttr()).getCacheType();
}

Value vspec::emitActivation(KernelWriter &w, Activation activation, Value x) {
  switch (activation) {
  case Activation::SiLU:
    return emitSilu(w, x);
  case Activation::GELUTanh:
    return emitGeluTanh(w, x);
  case Activation::GELU:
    return emitGelu(w, x);
  case Activation::Sigmoid:
    return emitSigmoid(w, x);
  case Activation::ReLU2:
  case Activation::ClampedSwish: // bounds its other input too: see GateOp
    break;
  }
  Value positive = w.greaterOf(x, w.real(x.getType(), 0));
  return w.mulf(positive, positive);
}

int64_t vspec::headsOfNorm(Operation *op) {
  if (auto norm = dyn_cast<RMSNormOp>(op))
    return norm.getHeads().value_or(1);
  auto norm = dyn_cast<LayerNormOp>(op);
  return norm ? norm.getHeads().value_or(1) : 0;
}

void vspec::emitNorm(KernelWriter &w, Operation *op, const KernelOperands &operands, Value from, Value to, int64_t size, Value count,
                     Value firstColumn) {
  auto rms = dyn_cast<RMSNormOp>(op);
  auto layer = dyn_cast<LayerNormOp>(op);
  FlatSymbolRefAttr name = rms ? rms.getGainAttr() : layer.getGainAttr();
  Value gain, bias;
  if (name)
    gain = operands.symbol(w, name.getValue());
  if (layer && layer.getBias())
    bias = operands.symbol(w, *layer.getBias());
  // A gain of one head is that of all; otherwise each head has numbers of its own.
  bool isShared = !name || SymbolTable::lookupNearestSymbolFrom<WeightOp>(op, name).getWeightType().getColumns() == size;
  w.loop(w.integer(0), w.div(count, size), 1, [&](Value head) {
    Value offset = w.mul(head, size * 4), column = w.add(w.mul(firstColumn, 4), offset);
    Value x = w.at(from, offset), y = w.at(to, offset), gains = isShared ? gain : w.at(gain, column);
    if (rms)
      emitRMSNorm(w, x, y, size, gains, rms.getEpsilon().convertToFloat());
    else
      emitLayerNorm(w, x, y, size, gains, bias ? w.at(bias, column) : Value(), layer.getEpsilon().convertToFloat());
  });
}

Epilogue::Epilogue(vexec::KernelOp kernel) : body(*kernel.getBodyRegion().getOps<func::FuncOp>().begin()) {}

LogicalResult Epilogue::verify() {
  for (auto bias : body.getOps<AddBiasOp>())
    if (bias.getRoutes() && body.getOps<LinearOp>().empty())
      return bias.emitOpError("adds biases of experts, but its launch has no linear of theirs");
  return success();
}

void Epilogue::plan(ScratchPlan &scratch, ScratchPlan &angles, ArrayRef<Operation *> operations, int64_t rows, int64_t width) {
  int64_t largestHead = 0;
  for (Operation *op : operations) {
    if (op->getNumResults() == 1)
      temporaries[op->getResult(0)] = scratch.take(width * 4);
    if (auto rope = dyn_cast<RopeOp>(op)) {
      auto [it, isNew] = ropes.try_emplace({rope.getFrequenciesAttr(), rope.getAttentionFactorAttr()}, rope, 0);
      if (isNew)
        it->second.second = angles.take(rows * rope.getFrequencies().size() * 8);
    }
    if (auto append = dyn_cast<KVAppendOp>(op))
      largestHead = std::max(largestHead, cacheLayoutOf(cacheOf(append)).headSize);
  }
  if (largestHead)
    appendTemporary = scratch.take(largestHead + 64);
}

void Epilogue::writeAngles(KernelWriter &w, Value row, Value index) {
  for (auto &[key, entry] : ropes) {
    RopeOp rope = entry.first;
    int64_t half = rope.getFrequencies().size(), lanes = std::gcd(half, int64_t(16));
    Value rows = operands->argument(w, rope.getRows());
    double factor = rope.getAttentionFactor() ? rope.getAttentionFactor()->convertToFloat() : 1.0;
    // A position times an f32 is exact in f64; in f32 the angle of position 100000 would be off by 0.004.
    Value position = w.broadcast(w.toFloat(rowField(w, rows, row, RowField::Position), w.f64()), lanes);
    Value to = w.at(w.at(angles, entry.second), w.mul(index, half * 8));
    for (int64_t i = 0; i < half; i += lanes) {
      SmallVector<double> part(rope.getFrequencies().slice(i, lanes));
      Value frequency = arith::ConstantOp::create(w.b, w.loc, DenseElementsAttr::get(w.vec(lanes, w.f64()), ArrayRef<double>(part)));
      auto [cos, sin] = emitCosSin(w, w.mulf(position, frequency));
      if (factor != 1) {
        cos = w.mulf(cos, w.real(cos.getType(), factor));
        sin = w.mulf(sin, w.real(sin.getType(), factor));
      }
      w.store(cos, w.at(to, i * 4));
      w.store(sin, w.at(to, (half + i) * 4));
    }
  }
}

void Epilogue::write(KernelWriter &w, Places &places, const Tile &tile) {
  for (Operation &op : body.getBody().front()) {
    if (auto append = dyn_cast<KVAppendOp>(op)) {
      for (bool isKey : {true, false}) {
        Value stored = isKey ? append.getKey() : append.getValue(), other = isKey ? append.getValue() : append.getKey();
        // What another launch made is stored by the segment of what this one makes.
        if (places.contains(stored) || (isa<BlockArgument>(stored) && places.contains(other)))
          writeAppend(w, append, isKey, input(w, places, stored, tile), tile);
      }
      continue;
    }
    bool belongs = !isa<LinearOp>(op) && op.getNumResults() == 1 &&
                   llvm::any_of(op.getOperands(), [&](Value operand) { return places.contains(operand); });
    if (belongs)
      writeOperation(w, places, op, tile);
  }
}

void Epilogue::writeOperation(KernelWriter &w, Places &places, Operation &op, const Tile &tile) {
  Value result = op.getResult(0);
  int64_t width = widthOf(result) / tile.choices, lanes = std::gcd(width, tile.lanes);
  Value count = tile.count ? tile.count : w.integer(width);
  if (int64_t heads = headsOfNorm(&op)) {
    Value from = input(w, places, op.getOperand(0), tile), to = output(w, places, result, tile);
    return emitNorm(w, &op, *operands, from, to, width / heads, count, tile.firstColumn);
  }
  if (auto rope = dyn_cast<RopeOp>(op)) {
    Value from = input(w, places, rope.getInput(), tile);
    return writeRope(w, rope, from, output(w, places, result, tile), tile.index, count);
  }
  if (auto combine = dyn_cast<CombineOp>(op)) {
    Value from = input(w, places, combine.getInput(), tile);
    return writeCombine(w, combine, from, output(w, places, result, tile), tile);
  }
  if (auto sum = dyn_cast<WeightedSumOp>(op))
    return writeWeightedSum(w, sum, places, count, tile);
  if (cast<LaunchRole>(op).needsWholeRow())
    return writeOfWholeRow(w, op, input(w, places, op.getOperand(0), tile), places, tile);
  SmallVector<Value> from;
  for (Value operand : op.getOperands())
    if (operand.getType() == result.getType()) // not routes, nor the one number of a row
      from.push_back(input(w, places, operand, tile));
  Value factor;
  if (auto bias = dyn_cast<AddBiasOp>(op)) {
    Value first = tile.expert ? w.add(w.mul(tile.expert, width), tile.firstColumn) : tile.firstColumn;
    from.push_back(w.at(operands->symbol(w, bias.getBias()), w.mul(first, 4)));
  } else if (auto scale = dyn_cast<ScaleColumnsOp>(op)) {
    from.push_back(w.at(operands->symbol(w, scale.getGain()), w.mul(tile.firstColumn, 4)));
  } else if (auto weigh = dyn_cast<ScaleRowsOp>(op)) {
    Value gate = w.at(operands->argument(w, weigh.getGate()), w.mul(tile.row, 4));
    factor = w.broadcast(w.sumOf(emitSigmoid(w, w.load(w.vec(1), gate))), lanes);
  }
  Value to = output(w, places, result, tile);
  w.loop(w.integer(0), count, lanes, [&](Value i) {
    Value offset = w.mul(i, 4);
    SmallVector<Value> x;
    for (Value address : from)
      x.push_back(w.load(w.vec(lanes), w.at(address, offset)));
    w.store(factor ? w.mulf(x[0], factor) : computed(w, op, x), w.at(to, offset));
  });
}

// sum = weight * x of the first choice, fma(weight, x, sum) of the others.
void Epilogue::writeCombine(KernelWriter &w, CombineOp combine, Value from, Value to, const Tile &tile) {
  int64_t columns = widthOf(combine.getOutput()), chosen = combine.getRoutes().getType().getChosen(), lanes = std::gcd(columns, tile.lanes);
  // The weights are the first part of the table.
  Value weights = w.at(w.at(operands->argument(w, combine.getRoutes()), RouteTable::headerBytes), w.mul(tile.row, chosen * 4));
  w.loop(0, columns, lanes, [&](Value column) {
    auto factors = [&](Value choice) {
      Value x = w.load(w.vec(lanes), w.at(from, w.mul(w.add(w.mul(choice, columns), column), 4)));
      return std::pair(w.broadcast(w.loadf(weights, choice), lanes), x);
    };
    auto [weight, x] = factors(w.integer(0));
    auto sum = w.loop(w.integer(1), w.integer(chosen), 1, {w.mulf(weight, x)}, [&](Value choice, ValueRange carried) {
      auto [weight, x] = factors(choice);
      return SmallVector<Value>{w.fma(weight, x, carried[0])};
    });
    w.store(sum[0], w.at(to, w.mul(column, 4)));
  });
}

// sum = factor * x of the first input, fma(factor, x, sum) of the others.
void Epilogue::writeWeightedSum(KernelWriter &w, WeightedSumOp op, Places &places, Value count, const Tile &tile) {
  int64_t lanes = std::gcd(widthOf(op.getOutput()), tile.lanes);
  Value weights = op.getWeights();
  if (weights && !places.contains(weights))
    weights = w.at(operands->argument(w, weights), w.mul(tile.row, widthOf(weights) * 4));
  else if (weights)
    weights = places.lookup(weights);
  SmallVector<Value> from, factors;
  for (auto [i, value] : llvm::enumerate(op.getInputs())) {
    from.push_back(input(w, places, value, tile));
    Value factor = w.real(op.getFactors()[i]);
    if (weights)
      factor = w.addf(w.loadf(weights, w.integer(op.getFirst().value_or(0) + i)), factor);
    factors.push_back(w.broadcast(factor, lanes));
  }
  Value to = output(w, places, op.getOutput(), tile);
  w.loop(w.integer(0), count, lanes, [&](Value i) {
    Value offset = w.mul(i, 4), sum;
    for (auto [address, factor] : llvm::zip_equal(from, factors)) {
      Value x = w.load(w.vec(lanes), w.at(address, offset));
      sum = sum ? w.fma(factor, x, sum) : w.mulf(factor, x);
    }
    w.store(sum, w.at(to, offset));
  });
}

// Only in launches of rows.
void Epilogue::writeOfWholeRow(KernelWriter &w, Operation &op, Value from, Places &places, const Tile &tile) {
  Value to = output(w, places, op.getResult(0), tile);
  int64_t width = widthOf(op.getResult(0));
  if (auto part = dyn_cast<TakePartOp>(op))
    return emitCopy(w, w.at(from, int64_t(part.getPart()) * width * 4), to, w.integer(width), std::gcd(width, tile.lanes));
  if (auto sum = dyn_cast<SumPartsOp>(op))
    return emitSumParts(w, from, to, width, sum.getParts());
  if (auto excess = dyn_cast<ExcessOp>(op))
    return emitExcess(w, from, to, width, excess.getDeviations().convertToFloat());
  auto match = cast<MatchMagnitudeOp>(op);
  emitMatchMagnitude(w, from, input(w, places, match.getLike(), tile), to, width, match.getEpsilon().convertToFloat());
}

// Of an elementwise operation.
Value Epilogue::computed(KernelWriter &w, Operation &op, ArrayRef<Value> x) {
  Type type = x[0].getType();
  if (isa<AddOp, AddBiasOp>(op))
    return w.addf(x[0], x[1]);
  if (isa<ScaleColumnsOp>(op))
    return w.mulf(x[0], x[1]);
  if (auto scale = dyn_cast<ScaleOp>(op))
    return w.mulf(x[0], w.real(type, scale.getFactor().convertToFloat()));
  if (auto bound = dyn_cast<SoftCapOp>(op))
    return emitSoftCap(w, x[0], bound.getCap().convertToFloat());
  if (auto activate = dyn_cast<ActivateOp>(op))
    return emitActivation(w, activate.getActivation(), x[0]);
  Activation activation = cast<GateOp>(op).getActivation();
  if (activation == Activation::ClampedSwish)
    return emitClampedSwish(w, x[0], x[1]);
  return w.mulf(emitActivation(w, activation, x[0]), x[1]);
}

// Made before, or an argument's row.
Value Epilogue::input(KernelWriter &w, const Places &places, Value value, const Tile &tile) {
  if (Value place = places.lookup(value))
    return place;
  return w.at(operands->argument(w, value), w.mul(w.add(w.mul(tile.row, widthOf(value) / tile.choices), tile.firstColumn), 4));
}

// Into the launch's output if it leaves the launch, else into scratch.
Value Epilogue::output(KernelWriter &w, Places &places, Value result, const Tile &tile) {
  bool leaves = llvm::is_contained(body.getBody().front().getTerminator()->getOperands(), result);
  return places[result] = leaves ? resultPlace(w, result, tile) : w.at(scratch, temporaries[result]);
}

Value Epilogue::resultPlace(KernelWriter &w, Value result, const Tile &tile) {
  auto results = body.getBody().front().getTerminator()->getOperands();
  int64_t index = std::distance(results.begin(), llvm::find(results, result));
  return w.at(operands->result(w, index), w.mul(w.add(w.mul(tile.row, widthOf(result) / tile.choices), tile.firstColumn), 4));
}

void Epilogue::writeRope(KernelWriter &w, RopeOp rope, Value from, Value to, Value index, Value count) {
  int64_t half = rope.getFrequencies().size(), lanes = std::gcd(half, int64_t(16)), size = widthOf(rope.getOutput()) / rope.getHeads();
  Value table = w.at(w.at(angles, ropes[{rope.getFrequenciesAttr(), rope.getAttentionFactorAttr()}].second), w.mul(index, half * 8));
  w.loop(w.integer(0), w.div(count, size), 1, [&](Value head) {
    Value offset = w.mul(head, size * 4);
    Value x = w.at(from, offset), y = w.at(to, offset);
    w.loop(0, half, lanes, [&](Value i) {
      Value at = w.mul(i, 4), behind = w.add(at, half * 4);
      auto load = [&](Value base, Value bytes) { return w.load(w.vec(lanes), w.at(base, bytes)); };
      Value first = load(x, at), second = load(x, behind), cos = load(table, at), sin = load(table, behind);
      w.store(w.fma(first, cos, w.negf(w.mulf(second, sin))), w.at(y, at));
      w.store(w.fma(second, cos, w.mulf(first, sin)), w.at(y, behind));
    });
    if (int64_t rest = size - 2 * half)
      emitCopy(w, w.at(x, half * 8), w.at(y, half * 8), w.integer(rest), std::gcd(rest, int64_t(16)));
  });
}

void Epilogue::writeAppend(KernelWriter &w, KVAppendOp append, bool isKey, Value from, const Tile &tile) {
  CacheLayout layout = cacheLayoutOf(cacheOf(append));
  Value rows = operands->argument(w, append.getRows());
  Value position = rowField(w, rows, tile.row, RowField::Position);
  CacheShare share = shareOfSlot(w, operands->symbol(w, append.getCache()), rowField(w, rows, tile.row, RowField::Slot));
  Value temporary = w.at(scratch, appendTemporary), firstHead = w.div(tile.firstColumn, layout.headSize);
  Value count = tile.count ? tile.count : w.integer(cacheOf(append).getWidth());
  w.loop(w.integer(0), w.div(count, layout.headSize), 1, [&](Value head) {
    Value source = w.at(from, w.mul(head, layout.headSize * 4));
    (isKey ? emitKeyAppend : emitValueAppend)(w, layout, share, w.add(firstHead, head), position, source, temporary);
  });
}
