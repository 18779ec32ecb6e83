// What the kernels of all anchors share.
#include "passes/Lower/BuildKernel.h"
#include "dialects/VSpec/VSpec.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

func::FuncOp vspec::createKernelFunction(OpBuilder &builder, Location loc, StringRef name) {
  Type pointer = LLVM::LLVMPointerType::get(builder.getContext()), i64 = builder.getI64Type();
  auto function = func::FuncOp::create(builder, loc, name, builder.getFunctionType({pointer, pointer, pointer, i64, i64, pointer}, {}));
  // Spill slots are aligned like the caller's stack, 16 bytes; one that straddles a page costs 3 times the kernel's time.
  auto alignment = builder.getArrayAttr({builder.getStringAttr("alignstack"), builder.getStringAttr("64")});
  function->setAttr("passthrough", builder.getArrayAttr({builder.getStringAttr("stackrealign"), alignment}));
  function.addEntryBlock();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(&function.getBody().front());
  func::ReturnOp::create(builder, loc);
  return function;
}

func::FuncOp KernelOperands::body() const { return *vexec::KernelOp(kernel).getBodyRegion().getOps<func::FuncOp>().begin(); }

Value KernelOperands::at(KernelWriter &w, int64_t index) const { return w.load(w.ptr(), w.at(operands, index * 8), 8); }

Value KernelOperands::argument(KernelWriter &w, Value bodyArgument) const {
  return at(w, cast<BlockArgument>(bodyArgument).getArgNumber());
}

Value KernelOperands::symbol(KernelWriter &w, StringRef name) const {
  int64_t index = body().getNumArguments();
  for (Operation &op : vexec::KernelOp(kernel).getBodyRegion().front()) {
    if (!isa<WeightOp, KVCacheOp, RecurrentStateOp>(op))
      continue;
    if (SymbolTable::getSymbolName(&op) == name)
      return at(w, index);
    ++index;
  }
  llvm_unreachable("verified: the kernel has the symbol");
}

Value KernelOperands::result(KernelWriter &w, unsigned result) const {
  int64_t index = body().getNumArguments() + result;
  for (Operation &op : vexec::KernelOp(kernel).getBodyRegion().front())
    index += isa<WeightOp, KVCacheOp, RecurrentStateOp>(op);
  return at(w, index);
}

Value vspec::stepRows(KernelWriter &w, Value arguments) { return w.load(w.i64(), arguments, 8); }
Value vspec::stepPosition(KernelWriter &w, Value arguments) { return w.load(w.i64(), w.at(arguments, 16), 8); }
Value vspec::stepSelected(KernelWriter &w, Value arguments) { return w.load(w.i64(), w.at(arguments, 24), 8); }

Value vspec::rowField(KernelWriter &w, Value rows, Value row, RowField field) {
  Value value = w.load(w.i32(), w.at(w.at(rows, w.mul(row, 16)), int64_t(field)));
  return w.widen(value, w.i64());
}

SlotRows vspec::rowsOfSlot(KernelWriter &w, Value arguments, Value rows, Value slot) {
  Value zero = w.integer(0), one = w.integer(1);
  auto ends = w.loop(zero, stepRows(w, arguments), 1, {zero, zero}, [&](Value row, ValueRange carried) {
    Value other = rowField(w, rows, row, RowField::Slot);
    return SmallVector<Value>{w.add(carried[0], w.select(w.less(other, slot), one, zero)),
                              w.add(carried[1], w.select(w.less(slot, other), zero, one))};
  });
  return {ends[0], ends[1], w.equal(rowField(w, rows, ends[0], RowField::Position), zero)};
}

// f32 sums of `count` numbers, one of each lane, in ascending order.
static Value meanOf(KernelWriter &w, Value x, int64_t count, function_ref<Value(Value number, Value sum)> addTo) {
  int64_t lanes = std::gcd(count, int64_t(16));
  VectorType type = w.vec(lanes);
  auto sums = w.loop(w.integer(0), w.integer(count), lanes, {w.real(type, 0)}, [&](Value i, ValueRange carried) {
    return SmallVector<Value>{addTo(w.load(type, w.at(x, w.mul(i, 4))), carried[0])};
  });
  return w.divf(w.sumOf(sums[0]), w.real(double(count)));
}

static Value meanOfSquares(KernelWriter &w, Value x, int64_t count) {
  return meanOf(w, x, count, [&](Value number, Value sum) { return w.fma(number, number, sum); });
}

/// The mean in all lanes, and the variance.
static std::pair<Value, Value> spreadOf(KernelWriter &w, Value x, int64_t count) {
  Value mean = meanOf(w, x, count, [&](Value number, Value sum) { return w.addf(sum, number); });
  mean = w.broadcast(mean, std::gcd(count, int64_t(16)));
  Value variance = meanOf(w, x, count, [&](Value number, Value sum) {
    Value off = w.subf(number, mean);
    return w.fma(off, off, sum);
  });
  return {mean, variance};
}

// y[i] = change(x[i]), for as many numbers at once as all of them allow.
static void changeEach(KernelWriter &w, Value x, Value y, int64_t count, function_ref<Value(Value number, Value offset)> change) {
  int64_t lanes = std::gcd(count, int64_t(16));
  w.loop(0, count, lanes, [&](Value i) {
    Value offset = w.mul(i, 4);
    w.store(change(w.load(w.vec(lanes), w.at(x, offset)), offset), w.at(y, offset));
  });
}

static Value inverseRoot(KernelWriter &w, Value mean, double epsilon, int64_t count) {
  return w.broadcast(w.divf(w.real(1), w.sqrt(w.addf(mean, w.real(epsilon)))), std::gcd(count, int64_t(16)));
}

void vspec::emitRMSNorm(KernelWriter &w, Value x, Value y, int64_t count, Value gain, double epsilon) {
  Value factor = inverseRoot(w, meanOfSquares(w, x, count), epsilon, count);
  changeEach(w, x, y, count, [&](Value number, Value offset) {
    Value value = w.mulf(number, factor);
    return gain ? w.mulf(value, w.load(value.getType(), w.at(gain, offset))) : value;
  });
}

void vspec::emitLayerNorm(KernelWriter &w, Value x, Value y, int64_t count, Value gain, Value bias, double epsilon) {
  auto [mean, variance] = spreadOf(w, x, count);
  Value factor = inverseRoot(w, variance, epsilon, count);
  changeEach(w, x, y, count, [&, mean = mean](Value number, Value offset) {
    Value value = w.mulf(w.subf(number, mean), factor), gains = w.load(value.getType(), w.at(gain, offset));
    return bias ? w.fma(value, gains, w.load(value.getType(), w.at(bias, offset))) : w.mulf(value, gains);
  });
}

void vspec::emitSumParts(KernelWriter &w, Value x, Value y, int64_t count, int64_t parts) {
  changeEach(w, x, y, count, [&](Value sum, Value offset) {
    for (int64_t part = 1; part < parts; ++part)
      sum = w.addf(sum, w.load(sum.getType(), w.at(w.at(x, part * count * 4), offset)));
    return sum;
  });
}

void vspec::emitExcess(KernelWriter &w, Value x, Value y, int64_t count, double deviations) {
  auto [mean, variance] = spreadOf(w, x, count);
  Value deviation = w.broadcast(w.sqrt(variance), std::gcd(count, int64_t(16)));
  Value least = w.fma(w.real(mean.getType(), deviations), deviation, mean), zero = w.real(mean.getType(), 0);
  changeEach(w, x, y, count, [&](Value number, Value) { return w.greaterOf(w.subf(number, least), zero); });
}

void vspec::emitMatchMagnitude(KernelWriter &w, Value x, Value like, Value y, int64_t count, double epsilon) {
  Value own = w.greaterOf(meanOfSquares(w, x, count), w.real(epsilon));
  Value factor = w.divf(w.sqrt(meanOfSquares(w, like, count)), w.sqrt(own));
  factor = w.broadcast(factor, std::gcd(count, int64_t(16)));
  changeEach(w, x, y, count, [&](Value number, Value) { return w.mulf(number, factor); });
}

// By integers: not every target has the instruction, and where it is missing LLVM calls a function.
void vspec::emitRoundBF16(KernelWriter &w, Value x, Value y, int64_t count) {
  int64_t lanes = std::gcd(count, int64_t(16));
  VectorType floats = w.vec(lanes), bits = w.vec(lanes, w.i32());
  w.loop(0, count, lanes, [&](Value i) {
    Value offset = w.mul(i, 4);
    Value value = w.load(bits, w.at(x, offset));
    Value even = w.bitAnd(w.shiftRight(value, 16), 1);
    Value rounded = w.bitAnd(w.add(w.add(value, 0x7fff), even), int64_t(0xffff0000));
    w.store(w.bitcast(rounded, floats), w.at(y, offset));
  });
}

void vspec::emitPermute(KernelWriter &w, Value x, Value order, Value y, int64_t count) {
  w.loop(0, count, 1, [&](Value i) {
    Value column = w.loadf(order, i), zero = w.real(0);
    // Never a place outside of x, whatever a damaged file says; NaN is below nothing.
    column = w.select(w.lessf(column, w.real(double(count))), column, zero);
    column = w.select(w.lessf(column, zero), zero, column);
    w.store(w.loadf(x, w.toInteger(column, w.i64())), w.at(y, w.mul(i, 4)));
  });
}

void vspec::emitCopy(KernelWriter &w, Value from, Value to, Value count, int64_t lanes) {
  w.loop(w.integer(0), count, lanes, [&](Value i) {
    Value offset = w.mul(i, 4);
    w.store(w.load(w.vec(lanes), w.at(from, offset)), w.at(to, offset));
  });
}
