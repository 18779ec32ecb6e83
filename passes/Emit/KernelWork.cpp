#include "passes/Emit/KernelWork.h"
#include "dialects/VSpec/VSpec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace vspec;

namespace {
template <typename Symbol> Symbol symbolOf(Operation *op, FlatSymbolRefAttr name) {
  return SymbolTable::lookupNearestSymbolFrom<Symbol>(op, name);
}

void add(Products &products, bool isInt8, int64_t count) { (isInt8 ? products.int8 : products.f32) += count; }

int64_t elementsOf(Operation *op, FlatSymbolRefAttr state) {
  return symbolOf<RecurrentStateOp>(op, state).getStateType().getBytes() / int64_t(sizeof(float));
}

void addLinear(LinearOp linear, KernelWork &work) {
  WeightType type = symbolOf<WeightOp>(linear, linear.getWeightAttr()).getWeightType();
  int64_t chosen = linear.getRoutes() ? cast<RoutesType>(linear.getRoutes().getType()).getChosen() : 1;
  add(work.row, linear.getInput().getDefiningOp<QuantizeOp>() != nullptr, chosen * type.getMatrixRows() * type.getColumns());
}

// A score and a part of the sum, for each query head.
void addAttention(AttentionOp attention, KernelWork &work) {
  KVCacheType cache = symbolOf<KVCacheOp>(attention, attention.getCacheAttr()).getCacheType();
  for (StringRef format : {cache.getK(), cache.getV()})
    add(work.token, format.starts_with("int"), int64_t(attention.getHeads()) * cache.getHeadSize());
}
} // namespace

KernelWork vspec::workOf(vexec::KernelOp kernel) {
  KernelWork work;
  kernel.walk([&](Operation *op) {
    if (auto linear = dyn_cast<LinearOp>(op))
      addLinear(linear, work);
    else if (auto attention = dyn_cast<AttentionOp>(op))
      addAttention(attention, work);
    else if (auto convolution = dyn_cast<CausalConv1dOp>(op)) {
      WeightType weight = symbolOf<WeightOp>(op, convolution.getWeightAttr()).getWeightType();
      work.row.f32 += weight.getRows() * weight.getColumns();
    } else if (auto scan = dyn_cast<SSMScanOp>(op)) // the state's decay, what is new, and the sum
      work.row.f32 += 3 * elementsOf(op, scan.getStateAttr());
    else if (auto delta = dyn_cast<GatedDeltaOp>(op)) // the same, and what the key finds
      work.row.f32 += 4 * elementsOf(op, delta.getStateAttr());
  });
  return work;
}
