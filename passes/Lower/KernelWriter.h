// A small vocabulary for writing kernel bodies: addresses, loads, stores, loops, and elementwise arithmetic, in llvm, arith,
// vector and scf. It knows nothing of models or formats.
#ifndef VSPEC_PASSES_LOWER_KERNELWRITER_H
#define VSPEC_PASSES_LOWER_KERNELWRITER_H
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Builders.h"

namespace vspec {

class KernelWriter {
public:
  KernelWriter(mlir::OpBuilder &builder, mlir::Location loc) : b(builder), loc(loc) {}

  using Value = mlir::Value;
  using Type = mlir::Type;

  mlir::OpBuilder &b;
  mlir::Location loc;

  // Types. Vectors of one lane are scalars' business: see lanes().
  Type i8() { return b.getI8Type(); }
  Type i32() { return b.getI32Type(); }
  Type i64() { return b.getI64Type(); }
  Type f32() { return b.getF32Type(); }
  Type f64() { return b.getF64Type(); }
  Type ptr() { return mlir::LLVM::LLVMPointerType::get(b.getContext()); }
  mlir::VectorType vec(int64_t lanes, Type element) { return mlir::VectorType::get({lanes}, element); }
  mlir::VectorType vec(int64_t lanes) { return vec(lanes, f32()); }

  // Constants; a vector type gives a splat.
  Value integer(int64_t value) { return integer(i64(), value); }
  Value integer(Type type, int64_t value);
  Value real(Type type, double value);
  Value real(double value) { return real(f32(), value); }

  // Integers.
  Value add(Value x, Value y) { return b.createOrFold<mlir::arith::AddIOp>(loc, x, y); }
  Value sub(Value x, Value y) { return b.createOrFold<mlir::arith::SubIOp>(loc, x, y); }
  Value mul(Value x, Value y) { return b.createOrFold<mlir::arith::MulIOp>(loc, x, y); }
  Value add(Value x, int64_t y) { return y ? add(x, integer(x.getType(), y)) : x; }
  Value sub(Value x, int64_t y) { return y ? sub(x, integer(x.getType(), y)) : x; }
  Value mul(Value x, int64_t y) { return y == 1 ? x : mul(x, integer(x.getType(), y)); }
  /// For x >= 0.
  Value div(Value x, Value y) { return mlir::arith::DivUIOp::create(b, loc, x, y); }
  Value div(Value x, int64_t y) { return y == 1 ? x : b.createOrFold<mlir::arith::DivUIOp>(loc, x, integer(x.getType(), y)); }
  Value rem(Value x, int64_t y) { return b.createOrFold<mlir::arith::RemUIOp>(loc, x, integer(x.getType(), y)); }
  Value least(Value x, Value y) { return b.createOrFold<mlir::arith::MinSIOp>(loc, x, y); }
  Value most(Value x, Value y) { return b.createOrFold<mlir::arith::MaxSIOp>(loc, x, y); }
  Value bitAnd(Value x, int64_t y) { return b.createOrFold<mlir::arith::AndIOp>(loc, x, integer(x.getType(), y)); }
  Value bitOr(Value x, Value y) { return b.createOrFold<mlir::arith::OrIOp>(loc, x, y); }
  Value shiftLeft(Value x, int64_t y) { return y ? b.createOrFold<mlir::arith::ShLIOp>(loc, x, integer(x.getType(), y)) : x; }
  Value shiftRight(Value x, int64_t y) { return y ? b.createOrFold<mlir::arith::ShRUIOp>(loc, x, integer(x.getType(), y)) : x; }
  Value shiftRightSigned(Value x, int64_t y) { return b.createOrFold<mlir::arith::ShRSIOp>(loc, x, integer(x.getType(), y)); }
  Value less(Value x, Value y) { return mlir::arith::CmpIOp::create(b, loc, mlir::arith::CmpIPredicate::slt, x, y); }
  Value below(Value x, Value y) { return mlir::arith::CmpIOp::create(b, loc, mlir::arith::CmpIPredicate::ult, x, y); }
  Value equal(Value x, Value y) { return mlir::arith::CmpIOp::create(b, loc, mlir::arith::CmpIPredicate::eq, x, y); }
  Value select(Value condition, Value x, Value y) { return mlir::arith::SelectOp::create(b, loc, condition, x, y); }
  Value widen(Value x, Type type) { return mlir::arith::ExtSIOp::create(b, loc, type, x); }
  Value widenUnsigned(Value x, Type type) { return mlir::arith::ExtUIOp::create(b, loc, type, x); }
  Value narrow(Value x, Type type) { return mlir::arith::TruncIOp::create(b, loc, type, x); }

  // Floats.
  Value addf(Value x, Value y) { return mlir::arith::AddFOp::create(b, loc, x, y); }
  Value subf(Value x, Value y) { return mlir::arith::SubFOp::create(b, loc, x, y); }
  Value mulf(Value x, Value y) { return mlir::arith::MulFOp::create(b, loc, x, y); }
  Value divf(Value x, Value y) { return mlir::arith::DivFOp::create(b, loc, x, y); }
  Value negf(Value x) { return mlir::arith::NegFOp::create(b, loc, x); }
  Value fma(Value x, Value y, Value z) { return mlir::math::FmaOp::create(b, loc, x, y, z); }
  Value sqrt(Value x) { return mlir::math::SqrtOp::create(b, loc, x); }
  Value roundEven(Value x) { return mlir::math::RoundEvenOp::create(b, loc, x); }
  /// Where neither is NaN.
  Value greaterOf(Value x, Value y);
  Value lesserOf(Value x, Value y);
  Value lessf(Value x, Value y) { return mlir::arith::CmpFOp::create(b, loc, mlir::arith::CmpFPredicate::OLT, x, y); }
  Value equalf(Value x, Value y) { return mlir::arith::CmpFOp::create(b, loc, mlir::arith::CmpFPredicate::OEQ, x, y); }
  /// NaN is not zero.
  Value isNonzero(Value x) { return mlir::arith::CmpFOp::create(b, loc, mlir::arith::CmpFPredicate::UNE, x, real(x.getType(), 0)); }
  Value absf(Value x) { return mlir::math::AbsFOp::create(b, loc, x); }
  Value extendf(Value x, Type type) { return mlir::arith::ExtFOp::create(b, loc, type, x); }
  Value truncatef(Value x, Type type) { return mlir::arith::TruncFOp::create(b, loc, type, x); }
  Value toFloat(Value x, Type type) { return mlir::arith::SIToFPOp::create(b, loc, type, x); }
  Value toInteger(Value x, Type type) { return mlir::arith::FPToSIOp::create(b, loc, type, x); }
  Value bitcast(Value x, Type type) { return mlir::arith::BitcastOp::create(b, loc, type, x); }

  // Vectors.
  Value broadcast(Value scalar, int64_t lanes) { return mlir::vector::BroadcastOp::create(b, loc, vec(lanes, scalar.getType()), scalar); }
  Value vectorCast(Value x, int64_t lanes, Type element) { return b.createOrFold<mlir::vector::BitCastOp>(loc, vec(lanes, element), x); }
  /// One lane in all lanes.
  Value splat(Value vector, int64_t lane) {
    return broadcast(b.createOrFold<mlir::vector::ExtractOp>(loc, vector, lane),
                     mlir::cast<mlir::VectorType>(vector.getType()).getDimSize(0));
  }
  Value row(Value matrix, int64_t i) { return b.createOrFold<mlir::vector::ExtractOp>(loc, matrix, i); }
  Value stack(mlir::ArrayRef<Value> vectors);
  /// first, first + 1, ... as 32-bit integers.
  Value lanesFrom(Value first, int64_t lanes);
  /// In ascending order of lanes.
  Value sumOf(Value vector);
  /// Combines the lanes of up to 16 vectors of 16 lanes: lane i of the result is that of vector i, lanes beyond are undefined. One
  /// at a time would take four times as many operations. Only for what is exact in any order.
  Value reduceEach(mlir::ArrayRef<Value> vectors, llvm::function_ref<Value(Value, Value)> combine);
  /// The number of lanes is a power of two.
  Value greatestOf(Value vector);

  // Memory. Offsets are bytes; alignment is what the address surely has.
  Value at(Value base, Value bytes);
  Value at(Value base, int64_t bytes) { return bytes ? at(base, integer(bytes)) : base; }
  Value load(Type type, Value address, unsigned alignment = 4) { return mlir::LLVM::LoadOp::create(b, loc, type, address, alignment); }
  void store(Value value, Value address, unsigned alignment = 4) { mlir::LLVM::StoreOp::create(b, loc, value, address, alignment); }
  /// Asks for the line at an address that may be anything, into the second-level cache: what waits for the first one takes
  /// the places of misses that the loads need themselves.
  void prefetch(Value address) { mlir::LLVM::Prefetch::create(b, loc, address, /*rw=*/0, /*hint=*/2, /*cache=*/1); }
  Value loadf(Value base, Value index) { return load(f32(), at(base, mul(index, 4))); }

  // Control.
  using Body = llvm::function_ref<void(Value)>;
  using CarryBody = llvm::function_ref<mlir::SmallVector<Value>(Value, mlir::ValueRange)>;
  void loop(Value begin, Value end, Value step, Body body);
  void loop(Value begin, Value end, int64_t step, Body body) { loop(begin, end, integer(step), body); }
  void loop(int64_t begin, int64_t end, int64_t step, Body body) { loop(integer(begin), integer(end), step, body); }
  mlir::SmallVector<Value> loop(Value begin, Value end, int64_t step, mlir::ValueRange start, CarryBody body);
  void when(Value condition, llvm::function_ref<void()> then);
};

/// Bytes of scratch or of a panel, handed out in order; every piece is 64-byte aligned.
class ScratchPlan {
public:
  int64_t take(int64_t bytes) {
    int64_t offset = total;
    total += (bytes + 63) / 64 * 64;
    return offset;
  }
  int64_t total = 0;
};

} // namespace vspec
#endif
