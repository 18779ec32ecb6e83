#include "passes/Quantize/SkipZeros.h"
#include "vspec/Quant/PackedLayout.h"

using namespace mlir;
using namespace vspec;

namespace {
class SkipZeros {
public:
  SkipZeros(ModuleOp module, const DenseSet<Operation *> &areFloats) : areFloats(areFloats) {
    module.walk([&](Operation *op) {
      for (NamedAttribute attribute : op->getAttrs())
        if (auto symbol = dyn_cast<FlatSymbolRefAttr>(attribute.getValue()))
          ++uses[symbol];
    });
  }

  void rewrite(GateOp gate) {
    auto up = gate.getValue().getDefiningOp<LinearOp>();
    SmallVector<LinearOp> readers;
    for (Operation *user : gate.getOutput().getUsers())
      if (auto linear = dyn_cast<LinearOp>(user))
        readers.push_back(linear);
    if (up && up->hasOneUse() && GatedLinearOp::zeroMakesZero(gate.getActivation()))
      rewriteUp(gate, up);
    for (LinearOp down : readers)
      rewriteDown(down);
  }

private:
  static WeightOp weightOf(LinearOp linear) { return SymbolTable::lookupNearestSymbolFrom<WeightOp>(linear, linear.getWeightAttr()); }
  /// Into how many parts the rows of such a weight can be cut; formats have been checked.
  static int64_t partsOf(WeightType type, int64_t columns) { return rowParts(*normalForm(type.getParsedFormat(), columns), columns); }

  bool refuse(LinearOp linear, const Twine &why) {
    WeightOp weight = weightOf(linear);
    weight.emitRemark() << "@" << weight.getSymName() << " is read whole, though most of what it meets is zero: " << why;
    return false;
  }
  bool isOwn(LinearOp linear) {
    if (linear.getRoutes())
      return refuse(linear, "experts share it");
    return uses[linear.getWeightAttr()] == 1 || refuse(linear, "another operation reads it too");
  }
  bool canCut(LinearOp linear, int64_t columns, int64_t least) {
    WeightType type = weightOf(linear).getWeightType();
    return partsOf(type, columns) >= least || refuse(linear, "rows of " + Twine(columns) + " columns cannot be cut into " + Twine(least) +
                                                                 " parts without a group in two of them: " + type.getFormat());
  }

  void rewriteUp(GateOp gate, LinearOp up) {
    bool isSorted = up.getInput().getDefiningOp<PermuteColumnsOp>() && !refuse(up, "its columns are out of order");
    if (isSorted || !isOwn(up) || !canCut(up, weightOf(up).getWeightType().getColumns(), 2))
      return;
    OpBuilder builder(gate);
    Value output = GatedLinearOp::create(builder, up.getLoc(), gate.getGate(), up.getInput(), up.getWeightAttr(), gate.getActivationAttr());
    gate.getOutput().replaceAllUsesWith(output);
    gate.erase();
    up.erase();
  }

  void rewriteDown(LinearOp down) {
    WeightOp weight = weightOf(down);
    WeightType type = weight.getWeightType();
    auto isScale = llvm::IsaPred<ScaleByAttr>;
    SmallVector<Attribute> transforms;
    if (ArrayAttr all = weight.getTransformsAttr())
      transforms = llvm::to_vector(all.getValue());
    if (!isOwn(down))
      return;
    if (!areFloats.contains(weight))
      return void(refuse(down, "its source has groups along the rows, which would have to be made anew"));
    if (!llvm::all_of(transforms, isScale))
      return void(refuse(down, "it is not a tensor of its own"));
    if (!canCut(down, type.getRows(), tileRows))
      return;
    transforms.push_back(TransposeAttr::get(down.getContext()));
    weight.setType(WeightType::get(down.getContext(), type.getColumns(), type.getRows(), type.getFormat(), type.getLayout()));
    weight.setTransformsAttr(ArrayAttr::get(down.getContext(), transforms));

    OpBuilder builder(down);
    auto ofSplits = [&](int64_t splits) {
      return RankedTensorType::get({ShapedType::kDynamic, splits * type.getRows()}, builder.getF32Type());
    };
    auto sparse = SparseLinearOp::create(builder, down.getLoc(), ofSplits(1), down.getInput(), down.getWeightAttr());
    Value output = sparse.getOutput();
    if (int64_t splits = SparseLinearOp::splitsOf(type.getColumns(), sparse.getSplit()); splits != 1) {
      output.setType(ofSplits(splits));
      output = SumPartsOp::create(builder, down.getLoc(), ofSplits(1), output, splits);
    }
    down.getOutput().replaceAllUsesWith(output);
    down.erase();
  }

  const DenseSet<Operation *> &areFloats;
  DenseMap<Attribute, int64_t> uses;
};
} // namespace

void vspec::skipZeros(ModuleOp module, const DenseSet<Operation *> &areFloats) {
  SmallVector<GateOp> gates;
  module.walk([&](GateOp gate) {
    if (gate.getGate().getDefiningOp<ExcessOp>() && gate.getActivation() != Activation::Sigmoid)
      gates.push_back(gate);
  });
  SkipZeros skip(module, areFloats);
  for (GateOp gate : gates)
    skip.rewrite(gate);
}
