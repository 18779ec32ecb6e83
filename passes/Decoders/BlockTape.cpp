#include "passes/Decoders/BlockTape.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "vspec/Support/SmallFloat.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace vspec;

static unsigned bitsOf(Type type) { return type.isIndex() ? 64 : type.isIntOrFloat() ? type.getIntOrFloatBitWidth() : 0; }

static uint64_t bitsOf(Attribute value) {
  if (auto integer = dyn_cast<IntegerAttr>(value))
    return integer.getValue().getZExtValue();
  return cast<FloatAttr>(value).getValue().bitcastToAPInt().getZExtValue();
}

std::optional<BlockTape::Code> BlockTape::codeOf(Operation &op) {
  return llvm::TypeSwitch<Operation *, std::optional<Code>>(&op)
      .Case<arith::AddIOp>([](auto) { return Code::Add; })
      .Case<arith::SubIOp>([](auto) { return Code::Sub; })
      .Case<arith::MulIOp>([](auto) { return Code::Mul; })
      .Case<arith::AndIOp>([](auto) { return Code::And; })
      .Case<arith::OrIOp>([](auto) { return Code::Or; })
      .Case<arith::XOrIOp>([](auto) { return Code::Xor; })
      .Case<arith::ShLIOp>([](auto) { return Code::ShiftLeft; })
      .Case<arith::ShRUIOp>([](auto) { return Code::ShiftRight; })
      .Case<arith::ShRSIOp>([](auto) { return Code::ShiftRightSigned; })
      .Case<arith::MinSIOp>([](auto) { return Code::LeastSigned; })
      .Case<arith::MaxSIOp>([](auto) { return Code::MostSigned; })
      .Case<arith::MinUIOp>([](auto) { return Code::LeastUnsigned; })
      .Case<arith::MaxUIOp>([](auto) { return Code::MostUnsigned; })
      .Case<arith::CmpIOp>([](auto) { return Code::Compare; })
      .Case<arith::SelectOp>([](auto) { return Code::Select; })
      .Case<arith::ExtUIOp, arith::TruncIOp, arith::BitcastOp, arith::IndexCastUIOp>([](auto) { return Code::Copy; })
      .Case<arith::ExtSIOp, arith::IndexCastOp>([](auto) { return Code::SignExtend; })
      .Case<arith::UIToFPOp>([](auto) { return Code::UnsignedToFloat; })
      .Case<arith::SIToFPOp>([](auto) { return Code::SignedToFloat; })
      .Case<arith::ExtFOp>([](auto) { return Code::HalfToFloat; })
      .Case<arith::AddFOp>([](auto) { return Code::AddFloat; })
      .Case<arith::SubFOp>([](auto) { return Code::SubFloat; })
      .Case<arith::MulFOp>([](auto) { return Code::MulFloat; })
      .Case<arith::NegFOp>([](auto) { return Code::NegateFloat; })
      .Default([](Operation *) { return std::nullopt; });
}

BlockTape::BlockTape(func::FuncOp function) {
  llvm::DenseMap<Value, unsigned> places;
  llvm::DenseMap<Value, unsigned> tableOf;
  for (Operation &op : function.getBody().front()) {
    if (auto end = dyn_cast<func::ReturnOp>(op)) {
      for (Value value : end.getOperands())
        results.push_back(places.at(value));
      return;
    }
    if (auto table = dyn_cast<memref::GetGlobalOp>(op)) {
      auto global = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(table, table.getNameAttr());
      tableOf[table] = unsigned(tables.size());
      tables.emplace_back();
      for (Attribute value : cast<DenseElementsAttr>(global.getConstantInitValue()).getValues<Attribute>())
        tables.back().push_back(bitsOf(value));
      continue;
    }
    unsigned to = places[op.getResult(0)] = unsigned(slots.size());
    slots.push_back(0);
    Attribute constant;
    if (matchPattern(&op, m_Constant(&constant))) {
      slots.back() = bitsOf(constant);
      continue;
    }
    Step step{Code::Block, bitsOf(op.getResult(0).getType()), 0, to};
    if (auto load = dyn_cast<memref::LoadOp>(op)) {
      if (auto table = tableOf.find(load.getMemref()); table != tableOf.end()) {
        step.code = Code::Table;
        step.detail = table->second;
        step.a = places.at(load.getIndices()[0]);
      } else {
        step.detail = unsigned(slots[places.at(load.getIndices()[0])]) * step.bits / 8;
      }
    } else {
      step.code = *codeOf(op);
      step.fromBits = bitsOf(op.getOperand(0).getType());
      unsigned *operands[] = {&step.a, &step.b, &step.c};
      for (auto [i, operand] : llvm::enumerate(op.getOperands()))
        *operands[i] = places.at(operand);
      if (auto compare = dyn_cast<arith::CmpIOp>(op))
        step.detail = unsigned(compare.getPredicate());
    }
    steps.push_back(step);
  }
}

static int64_t extended(uint64_t value, unsigned bits) { return int64_t(value << (64 - bits)) >> (64 - bits); }

static bool compare(unsigned predicate, uint64_t a, uint64_t b, unsigned bits) {
  int64_t x = extended(a, bits), y = extended(b, bits);
  switch (arith::CmpIPredicate(predicate)) {
  case arith::CmpIPredicate::eq:
    return a == b;
  case arith::CmpIPredicate::ne:
    return a != b;
  case arith::CmpIPredicate::slt:
    return x < y;
  case arith::CmpIPredicate::sle:
    return x <= y;
  case arith::CmpIPredicate::sgt:
    return x > y;
  case arith::CmpIPredicate::sge:
    return x >= y;
  case arith::CmpIPredicate::ult:
    return a < b;
  case arith::CmpIPredicate::ule:
    return a <= b;
  case arith::CmpIPredicate::ugt:
    return a > b;
  case arith::CmpIPredicate::uge:
    return a >= b;
  }
  return false;
}

std::vector<uint64_t> BlockTape::run(const uint8_t *block) const {
  std::vector<uint64_t> values = slots;
  for (const Step &step : steps) {
    uint64_t a = values[step.a], b = values[step.b], result = 0;
    auto real = [](uint64_t bits) { return floatOfBits(uint32_t(bits)); };
    switch (step.code) {
    case Code::Add:
      result = a + b;
      break;
    case Code::Sub:
      result = a - b;
      break;
    case Code::Mul:
      result = a * b;
      break;
    case Code::And:
      result = a & b;
      break;
    case Code::Or:
      result = a | b;
      break;
    case Code::Xor:
      result = a ^ b;
      break;
    case Code::ShiftLeft:
      result = a << b;
      break;
    case Code::ShiftRight:
      result = a >> b;
      break;
    case Code::ShiftRightSigned:
      result = uint64_t(extended(a, step.fromBits) >> b);
      break;
    case Code::LeastSigned:
      result = extended(a, step.fromBits) < extended(b, step.fromBits) ? a : b;
      break;
    case Code::MostSigned:
      result = extended(a, step.fromBits) > extended(b, step.fromBits) ? a : b;
      break;
    case Code::LeastUnsigned:
      result = std::min(a, b);
      break;
    case Code::MostUnsigned:
      result = std::max(a, b);
      break;
    case Code::Compare:
      result = compare(step.detail, a, b, step.fromBits);
      break;
    case Code::Select:
      result = a ? b : values[step.c];
      break;
    case Code::Copy:
      result = a;
      break;
    case Code::SignExtend:
      result = uint64_t(extended(a, step.fromBits));
      break;
    case Code::UnsignedToFloat:
      result = bitsOfFloat(float(a));
      break;
    case Code::SignedToFloat:
      result = bitsOfFloat(float(extended(a, step.fromBits)));
      break;
    case Code::HalfToFloat:
      result = bitsOfFloat(halfToFloat(uint16_t(a)));
      break;
    case Code::AddFloat:
      result = bitsOfFloat(real(a) + real(b));
      break;
    case Code::SubFloat:
      result = bitsOfFloat(real(a) - real(b));
      break;
    case Code::MulFloat:
      result = bitsOfFloat(real(a) * real(b));
      break;
    case Code::NegateFloat:
      result = a ^ 0x80000000u;
      break;
    case Code::Block:
      for (unsigned i = 0; i < step.bits / 8; ++i)
        result |= uint64_t(block[step.detail + i]) << 8 * i;
      break;
    case Code::Table:
      result = tables[step.detail][a];
      break;
    }
    values[step.to] = step.bits < 64 ? result & ((uint64_t(1) << step.bits) - 1) : result;
  }
  std::vector<uint64_t> found;
  for (unsigned place : results)
    found.push_back(values[place]);
  return found;
}
