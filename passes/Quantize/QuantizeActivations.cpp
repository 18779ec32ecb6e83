#include "passes/Quantize/Passes.h"
#include "vspec/Quant/Format.h"
#include "vspec/Quant/PackedLayout.h"
#include "llvm/ADT/MapVector.h"

namespace vspec {
#define GEN_PASS_DEF_QUANTIZEACTIVATIONS
#include "passes/Quantize/Passes.h.inc"
} // namespace vspec

using namespace mlir;
using namespace vspec;

namespace {
// linear(x, w)  -->  linear(quantize(x), w)
// If the weight has an integer form; linears of one x share the quantize.
struct QuantizeActivations : vspec::impl::QuantizeActivationsBase<QuantizeActivations> {
  using QuantizeActivationsBase::QuantizeActivationsBase;

  void runOnOperation() override {
    if (activations == "f32")
      return;
    if (activations == "bf16")
      return roundInputs();
    if (activations != "int8") {
      getOperation().emitError() << "activations is '" << activations << "', expected int8, bf16 or f32";
      return signalPassFailure();
    }
    if (block != "group" && block != "token") {
      getOperation().emitError() << "block is '" << block << "', expected group or token";
      return signalPassFailure();
    }
    struct Readers {
      SmallVector<LinearOp> linears;
      int64_t block = 0;
    };
    // Experts read a part of a row for each choice, or all of it.
    llvm::MapVector<std::pair<Value, int64_t>, Readers> readers;
    SymbolTable symbols(getOperation());
    WalkResult walked = getOperation().walk([&](LinearOp linear) {
      if (linear.getInput().getDefiningOp<QuantizeOp>())
        return WalkResult::advance();
      WeightType type = symbols.lookup<WeightOp>(linear.getWeight()).getWeightType();
      Result<NormalForm> form = normalForm(type.getParsedFormat(), type.getColumns());
      if (!form) {
        linear.emitOpError() << "has a weight without a kernel: " << form.error().message;
        return WalkResult::interrupt();
      }
      if (!form->hasIntegerForm())
        return WalkResult::advance();
      Readers &entry = readers[{linear.getInput(), linear.getInput().getType().getDimSize(1) / type.getColumns()}];
      entry.linears.push_back(linear);
      // A whole row is a block of the next power of two: what the layout pads.
      entry.block = std::max<int64_t>(entry.block, block == "token" ? llvm::PowerOf2Ceil(std::max<int64_t>(type.getColumns(), 256))
                                                                    : activationBlock(*form));
      return WalkResult::advance();
    });
    if (walked.wasInterrupted())
      return signalPassFailure();
    for (auto &[key, entry] : readers) {
      auto [value, parts] = key;
      OpBuilder builder(entry.linears.front());
      Value rounded =
          QuantizeOp::create(builder, entry.linears.front().getLoc(), value.getType(), value, builder.getI64IntegerAttr(entry.block),
                             parts == 1 ? IntegerAttr() : builder.getI64IntegerAttr(parts));
      for (LinearOp linear : entry.linears)
        linear.getInputMutable().assign(rounded);
    }
  }

  // linear(x, w)  -->  linear(round_bf16(x), w)
  // Linears of one x share the rounding.
  void roundInputs() {
    DenseMap<Value, Value> rounded;
    getOperation().walk([&](LinearOp linear) {
      if (linear.getInput().getDefiningOp<RoundBF16Op>())
        return;
      Value &value = rounded[linear.getInput()];
      if (!value) {
        OpBuilder builder(linear);
        value = RoundBF16Op::create(builder, linear.getLoc(), linear.getInput());
      }
      linear.getInputMutable().assign(value);
    });
  }
};
} // namespace
