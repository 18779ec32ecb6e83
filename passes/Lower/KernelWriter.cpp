// The parts of the vocabulary that are more than one operation.
#include "passes/Lower/KernelWriter.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include <numeric>

using namespace mlir;
using namespace vspec;

Value KernelWriter::integer(Type type, int64_t value) {
  auto element = cast<IntegerType>(getElementTypeOrSelf(type));
  APInt bits(element.getWidth(), value, /*isSigned=*/true, /*implicitTrunc=*/true);
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vector, bits));
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(type, bits));
}

Value KernelWriter::real(Type type, double value) {
  auto element = cast<FloatType>(getElementTypeOrSelf(type));
  APFloat number(value);
  bool inexact;
  number.convert(element.getFloatSemantics(), APFloat::rmNearestTiesToEven, &inexact);
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vector, number));
  return arith::ConstantOp::create(b, loc, FloatAttr::get(type, number));
}

// A comparison and a selection, which mean the same on every target; minimum and maximum operations differ in their NaNs and zeros.
Value KernelWriter::greaterOf(Value x, Value y) { return select(lessf(x, y), y, x); }
Value KernelWriter::lesserOf(Value x, Value y) { return select(lessf(y, x), y, x); }

Value KernelWriter::stack(ArrayRef<Value> vectors) {
  auto row = cast<VectorType>(vectors[0].getType());
  auto type = VectorType::get({int64_t(vectors.size()), row.getDimSize(0)}, row.getElementType());
  Value result = ub::PoisonOp::create(b, loc, type);
  for (auto [i, vector] : llvm::enumerate(vectors))
    result = vector::InsertOp::create(b, loc, vector, result, int64_t(i));
  return result;
}

Value KernelWriter::lanesFrom(Value first, int64_t lanes) {
  SmallVector<int32_t> numbers(lanes);
  std::iota(numbers.begin(), numbers.end(), 0);
  Value lane = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vec(lanes, i32()), ArrayRef<int32_t>(numbers)));
  return add(broadcast(narrow(first, i32()), lanes), lane);
}

Value KernelWriter::sumOf(Value vector) {
  Value sum = vector::ExtractOp::create(b, loc, vector, int64_t(0));
  for (int64_t lane = 1; lane < cast<VectorType>(vector.getType()).getDimSize(0); ++lane)
    sum = addf(sum, vector::ExtractOp::create(b, loc, vector, lane));
  return sum;
}

// Halves meet: a chain of single lanes would be waited for lane by lane.
Value KernelWriter::greatestOf(Value vector) {
  for (int64_t half = cast<VectorType>(vector.getType()).getDimSize(0) / 2; half; half /= 2) {
    SmallVector<int64_t> low(half), high(half);
    std::iota(low.begin(), low.end(), 0);
    std::iota(high.begin(), high.end(), half);
    auto part = [&](ArrayRef<int64_t> lanes) { return vector::ShuffleOp::create(b, loc, vector, vector, lanes); };
    vector = greaterOf(part(low), part(high));
  }
  return vector::ExtractOp::create(b, loc, vector, int64_t(0));
}

// Pairs become one vector, and halves of their lanes meet: 16 vectors are 8, 4, 2 and at last 1. The first two steps stay
// within 16 bytes, the others move 16 bytes at a time, so that each is one instruction where registers are wide.
Value KernelWriter::reduceEach(ArrayRef<Value> vectors, function_ref<Value(Value, Value)> combine) {
  SmallVector<Value> left(vectors);
  left.resize(16, vectors.back());
  auto inQuads = [&](Value x, Value y, bool upper, bool inPairs) {
    SmallVector<int64_t> lanes;
    for (int64_t quad = 0; quad < 16; quad += 4)
      for (int64_t i = 0; i < 4; ++i) {
        int64_t ofSecond = inPairs ? i / 2 : i % 2, place = inPairs ? i % 2 : i / 2;
        lanes.push_back(ofSecond * 16 + quad + upper * 2 + place);
      }
    return Value(vector::ShuffleOp::create(b, loc, x, y, lanes));
  };
  auto ofQuads = [&](Value x, Value y, bool upper) {
    SmallVector<int64_t> lanes;
    for (int64_t i = 0; i < 16; ++i)
      lanes.push_back(i / 8 * 16 + (i / 4 % 2 * 2 + upper) * 4 + i % 4);
    return Value(vector::ShuffleOp::create(b, loc, x, y, lanes));
  };
  for (int64_t step = 0; step < 4; ++step) {
    SmallVector<Value> next;
    for (size_t i = 0; i < left.size(); i += 2) {
      Value x = left[i], y = left[i + 1];
      next.push_back(step < 2 ? combine(inQuads(x, y, false, step), inQuads(x, y, true, step))
                              : combine(ofQuads(x, y, false), ofQuads(x, y, true)));
    }
    left = next;
  }
  return left[0];
}

Value KernelWriter::at(Value base, Value bytes) { return LLVM::GEPOp::create(b, loc, ptr(), i8(), base, ArrayRef<LLVM::GEPArg>{bytes}); }

void KernelWriter::loop(Value begin, Value end, Value step, Body body) {
  auto loop = scf::ForOp::create(b, loc, begin, end, step);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

SmallVector<Value> KernelWriter::loop(Value begin, Value end, int64_t step, ValueRange start, CarryBody body) {
  auto loop = scf::ForOp::create(b, loc, begin, end, integer(step), start, [&](OpBuilder &, Location, Value i, ValueRange carried) {
    scf::YieldOp::create(b, loc, body(i, carried));
  });
  return SmallVector<Value>(loop.getResults());
}

void KernelWriter::when(Value condition, function_ref<void()> then) {
  auto branch = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  then();
}
