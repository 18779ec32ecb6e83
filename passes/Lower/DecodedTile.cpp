#include "passes/Lower/DecodedTile.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace vspec;

DecodedTile::DecodedTile(KernelWriter &w, const MLIRDecoder &decoder, const PackedLayout &layout, int64_t registerBytes)
    : w(w), decoder(decoder), layout(layout), sliceBytes(registerBytes), lanes(registerBytes / 4),
      module(decoder.blockModule(*w.b.getContext())), function(module->lookupSymbol<func::FuncOp>("block")) {
  // Now: later the builder may stand in a loop that belongs to no module yet.
  auto kernels = w.b.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  for (auto global : module->getOps<memref::GlobalOp>())
    addTable(kernels, global);
}

static unsigned bitsOfEntry(MemRefType table) { return std::max(32u, table.getElementTypeBitWidth()); }

std::string DecodedTile::tableName(StringRef table) const { return "decoder." + decoder.name + "." + table.str(); }

// The addresses of PackedLayout::DecodedBlocks, for a block that is known when the kernel runs.
void DecodedTile::begin(Value first, Value block) {
  const PackedLayout::DecodedBlocks &decoded = layout.decoded;
  made.clear();
  Value set = w.div(block, decoded.share), nth = decoded.share > 1 ? w.rem(block, decoded.share) : w.integer(0);
  sharedAddress = w.at(first, w.mul(set, decoded.sharedBytes()));
  linesAddress = w.at(sharedAddress, w.add(w.mul(nth, decoded.lines * lineBytes), decoded.rest ? lineBytes : 0));
  sharedShift = w.broadcast(w.narrow(w.mul(nth, 8 * decoded.rest), w.i32()), lanes);
}

Value DecodedTile::codes(int64_t quad, int64_t slice) {
  Operation *end = function.getBody().front().getTerminator();
  int64_t perInteger = decoder.together / 4;
  Value all = vector(end->getOperand(unsigned(quad / perInteger)), slice);
  if (perInteger > 1)
    all = w.narrow(w.shiftRight(all, quad % perInteger * 32), w.vec(lanes, w.i32()));
  return w.vectorCast(all, sliceBytes, w.i8());
}

Value DecodedTile::scale(int64_t group, int64_t slice) {
  return vector(function.getBody().front().getTerminator()->getOperand(unsigned(decoder.columns / decoder.together + group)), slice);
}

// Indices are places in tables, which are small.
Type DecodedTile::laneType(Type scalar) { return w.vec(lanes, scalar.isIndex() ? w.i32() : scalar); }

// A value with what it is made of, in the order of the function: a chain of operations may be as long as the text allows.
Value DecodedTile::vector(Value scalar, int64_t slice) {
  auto found = made.find({scalar.getAsOpaquePointer(), slice});
  if (found != made.end())
    return found->second;
  llvm::SetVector<Operation *> needed;
  needed.insert(scalar.getDefiningOp());
  for (size_t i = 0; i < needed.size(); ++i)
    if (!isa<memref::LoadOp>(needed[i]) || isa_and_nonnull<memref::GetGlobalOp>(needed[i]->getOperand(0).getDefiningOp()))
      for (Value operand : needed[i]->getOperands())
        if (Operation *op = operand.getDefiningOp();
            op && !isa<memref::GetGlobalOp>(op) && !made.count({operand.getAsOpaquePointer(), slice}))
          needed.insert(op);
  SmallVector<Operation *> inOrder(needed.begin(), needed.end());
  llvm::sort(inOrder, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  for (Operation *op : inOrder)
    made[{op->getResult(0).getAsOpaquePointer(), slice}] = emit(*op, slice);
  return made[{scalar.getAsOpaquePointer(), slice}];
}

Value DecodedTile::emit(Operation &op, int64_t slice) {
  Type type = laneType(op.getResult(0).getType());
  auto operand = [&](unsigned i) { return made.at({op.getOperand(i).getAsOpaquePointer(), slice}); };
  Attribute constant;
  if (matchPattern(&op, m_Constant(&constant))) {
    if (auto integer = dyn_cast<IntegerAttr>(constant))
      return w.integer(type, integer.getValue().getSExtValue());
    return arith::ConstantOp::create(w.b, w.loc, DenseElementsAttr::get(cast<VectorType>(type), constant));
  }
  if (auto load = dyn_cast<memref::LoadOp>(op)) {
    if (!isa<BlockArgument>(load.getMemref()))
      return fromTable(load, slice);
    APInt place;
    matchPattern(load.getIndices()[0], m_ConstantInt(&place));
    unsigned bits = load.getType().getIntOrFloatBitWidth();
    int64_t byte = place.getSExtValue() * bits / 8;
    Value word = w.shiftRight(wordOf(byte, slice), 8 * (byte % 4));
    return bits == 32 ? word : w.narrow(word, type);
  }
  if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op)) {
    unsigned bits = op.getOperand(0).getType().getIntOrFloatBitWidth();
    return bits == 32 ? operand(0) : bits > 32 ? w.narrow(operand(0), type) : w.widenUnsigned(operand(0), type);
  }
  SmallVector<Value> operands;
  for (unsigned i = 0; i < op.getNumOperands(); ++i)
    operands.push_back(operand(i));
  OperationState state(w.loc, op.getName(), operands, type, op.getAttrs());
  return w.b.create(state)->getResult(0);
}

// Bytes 4 i to 4 i + 3 of each row's block.
Value DecodedTile::wordOf(int64_t byte, int64_t slice) {
  bool isShared = byte / 4 >= layout.decoded.lines;
  Value address = w.at(isShared ? sharedAddress : linesAddress, (isShared ? 0 : byte / 4 * lineBytes) + slice * sliceBytes);
  Value word = w.load(w.vec(lanes, w.i32()), address, unsigned(sliceBytes));
  return isShared && layout.decoded.share > 1 ? Value(arith::ShRUIOp::create(w.b, w.loc, word, sharedShift)) : word;
}

Value DecodedTile::fromTable(memref::LoadOp load, int64_t slice) {
  auto table = load.getMemref().getDefiningOp<memref::GetGlobalOp>();
  unsigned stands = bitsOfEntry(load.getMemRefType());
  Value address = LLVM::AddressOfOp::create(w.b, w.loc, w.ptr(), tableName(table.getName()));
  Value places = made.at({load.getIndices()[0].getAsOpaquePointer(), slice});
  Type stored = w.b.getIntegerType(stands), wanted = load.getType();
  Type pointers = VectorType::get({lanes}, w.ptr());
  Value all = LLVM::GEPOp::create(w.b, w.loc, pointers, stored, address, ArrayRef<LLVM::GEPArg>{places});
  Value mask = w.integer(w.vec(lanes, w.b.getI1Type()), 1);
  Value found = LLVM::masked_gather::create(w.b, w.loc, w.vec(lanes, stored), all, mask, ValueRange(), w.b.getI32IntegerAttr(stands / 8));
  unsigned bits = wanted.getIntOrFloatBitWidth();
  Type integers = w.vec(lanes, w.b.getIntegerType(bits));
  if (bits < stands)
    found = w.narrow(found, integers);
  return isa<FloatType>(wanted) ? w.bitcast(found, w.vec(lanes, wanted)) : found;
}

// A table as a constant of the kernels' module. Processors gather 4 or 8 bytes: narrow entries become wide.
void DecodedTile::addTable(ModuleOp kernels, memref::GlobalOp global) {
  std::string name = tableName(global.getSymName());
  if (kernels.lookupSymbol(name))
    return;
  auto values = cast<DenseElementsAttr>(global.getConstantInitValue());
  unsigned bits = bitsOfEntry(global.getType());
  SmallVector<APInt> entries;
  for (Attribute value : values.getValues<Attribute>()) {
    auto integer = dyn_cast<IntegerAttr>(value);
    entries.push_back((integer ? integer.getValue() : cast<FloatAttr>(value).getValue().bitcastToAPInt()).zext(bits));
  }
  Type element = w.b.getIntegerType(bits);
  auto wide = DenseElementsAttr::get(RankedTensorType::get({int64_t(entries.size())}, element), entries);
  OpBuilder builder = OpBuilder::atBlockBegin(kernels.getBody());
  LLVM::GlobalOp::create(builder, w.loc, LLVM::LLVMArrayType::get(element, unsigned(entries.size())), /*isConstant=*/true,
                         LLVM::Linkage::Internal, name, wide, /*alignment=*/64);
}
