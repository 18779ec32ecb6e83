#include "mlir/IR/Iterators.h"
#include "passes/Quantize/Passes.h"
#include "passes/Quantize/SkipZeros.h"
#include "vspec/Quant/FormatRules.h"
#include "vspec/Quant/WriteOut.h"
#include "vspec/Quantised/Quantisation.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FormatVariadic.h"

namespace vspec {
#define GEN_PASS_DEF_SELECTFORMATS
#include "passes/Quantize/Passes.h.inc"
} // namespace vspec

using namespace mlir;
using namespace vspec;

namespace {
// "blk.0.ffn_down" answers to "blk.0.down" too: what people call the projections.
std::string shortName(StringRef symbol) {
  static const std::pair<StringRef, StringRef> names[] = {{"output", "lm_head"}, {"token_embd", "embed"}, {"attn_q", "q"},
                                                          {"attn_k", "k"},       {"attn_v", "v"},         {"attn_output", "o"},
                                                          {"ffn_gate", "gate"},  {"ffn_up", "up"},        {"ffn_down", "down"}};
  auto [block, last] = symbol.rsplit('.');
  if (last.empty())
    std::swap(block, last);
  for (auto [from, to] : names)
    if (last == from)
      return block.empty() ? to.str() : (block + "." + to).str();
  return symbol.str();
}

// The values that leave the step, as they are or changed by what stands behind a linear. From the end on, since the residual stream of a
// deep model runs through all of it.
DenseSet<Value> returnedValues(ModuleOp module) {
  DenseSet<Value> returned;
  module.walk<WalkOrder::PreOrder, ReverseIterator>([&](Operation *op) {
    auto role = dyn_cast<LaunchRole>(op);
    bool goesOn = role && role.isEpilogue() && op->getNumResults() == 1 && returned.contains(op->getResult(0));
    if (op->hasTrait<OpTrait::IsTerminator>() || goesOn)
      returned.insert(op->operand_begin(), op->operand_end());
  });
  return returned;
}

// One format for a weight that is multiplied or looked up; nothing for gains and biases.
struct SelectFormats : vspec::impl::SelectFormatsBase<SelectFormats> {
  using SelectFormatsBase::SelectFormatsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FormatRules rules;
    if (!weights.empty()) {
      Result<FormatRules> parsed = FormatRules::parse(weights.getValue());
      if (!parsed) {
        module.emitError() << "weights: " << parsed.error().message;
        return signalPassFailure();
      }
      rules = *parsed;
    }
    DenseSet<Attribute> matrices, logits, routers;
    DenseSet<Value> returned = returnedValues(module);
    DenseSet<Operation *> floats;
    module.walk([&](Operation *op) {
      if (auto linear = dyn_cast<LinearOp>(op)) {
        matrices.insert(linear.getWeightAttr());
        if (decidesWeights(linear))
          routers.insert(linear.getWeightAttr());
        if (linear->getUsers().empty() || returned.contains(linear.getOutput()))
          logits.insert(linear.getWeightAttr());
      } else if (auto embed = dyn_cast<EmbedOp>(op)) {
        matrices.insert(embed.getWeightAttr());
        logits.insert(embed.getWeightAttr());
      }
    });
    for (auto weight : module.getOps<WeightOp>()) {
      if (isPlainFloat(weight) && !isQuantisedSource(weight.getSource().str()))
        floats.insert(weight);
      hasBlocks |= matrices.contains(FlatSymbolRefAttr::get(weight.getSymNameAttr())) && !isPlainFloat(weight);
      isQuantised |= isQuantisedSource(weight.getSource().str());
    }
    for (auto weight : module.getOps<WeightOp>()) {
      auto symbol = FlatSymbolRefAttr::get(weight.getSymNameAttr());
      if (!matrices.contains(symbol))
        continue;
      if (failed(select(weight, rules, logits.contains(symbol), routers.contains(symbol))))
        return signalPassFailure();
    }
    if (const FormatRule *rule = rules.unused()) {
      module.emitError() << "weights: rule '" << rule->pattern << "=" << rule->format << "' fits no weight";
      return signalPassFailure();
    }
    skipZeros(module, floats);
  }

  static bool isPlainFloat(WeightOp weight) {
    Format format = weight.getWeightType().getParsedFormat();
    return format.element.isPlainFloat() && format.levels.empty();
  }

  // Whether a linear weighs what experts or streams add, itself or by another one: it is small, and an error in it is one in all of that.
  static bool decidesWeights(LinearOp linear) { return becomesWeights(linear.getOutput()); }
  static bool becomesWeights(Value value) {
    return llvm::any_of(value.getUsers(), [&](Operation *user) {
      if (auto linear = dyn_cast<LinearOp>(user))
        return becomesWeights(linear.getOutput());
      if (isa<AddBiasOp, ScaleOp, SoftCapOp>(user))
        return becomesWeights(user->getResult(0));
      auto role = dyn_cast<LaunchRole>(user);
      return isa<RouteOp>(user) || (role && role.rowNumbers() == value);
    });
  }

  LogicalResult select(WeightOp weight, FormatRules &rules, bool makesLogits, bool isRouter) {
    WeightType type = weight.getWeightType();
    const std::string *rule = rules.find({weight.getSymName().str(), weight.getSource().str(), shortName(weight.getSymName())});
    Format format = type.getParsedFormat();
    if (rule) {
      if (*rule != asStored)
        format = *parseFormat(*rule);
    } else if (std::optional<Format> codes = writtenOut(format)) {
      noteWrittenOut(weight, format, *codes);
      format = std::move(*codes);
    } else if (isPlainFloat(weight) && isQuantised) {
      weight.emitRemark() << "@" << weight.getSymName() << " is kept in " << format.text() << ", as the quantised checkpoint has it";
    } else if (isPlainFloat(weight) && !isRouter) {
      // Beside blocks that were quantised with care, what was left in floats on purpose should add no error that shows.
      StringRef chosen = !makesLogits ? "int4" : hasBlocks ? "int8" : "int6";
      format = *parseFormat(chosen.str());
      if (makesLogits)
        weight.emitRemark() << "@" << weight.getSymName() << " makes the logits or the embedding: " << chosen << " instead of int4";
    }
    if (format.element.kind == Element::Kind::Decode && !(format.element == type.getParsedFormat().element))
      return weight.emitError() << "@" << weight.getSymName() << ": '" << format.text()
                                << "' is decoded only: its blocks come from a checkpoint, but this weight is stored as '"
                                << type.getFormat() << "'";
    if (Result<NormalForm> form = normalForm(format, type.getColumns()); !form)
      return weight.emitError() << "@" << weight.getSymName() << ": " << form.error().message;
    weight.setType(type.withFormat(format));
    return success();
  }

  // Once for each decoder: a model has hundreds of such weights.
  void noteWrittenOut(WeightOp weight, const Format &blocks, const Format &codes) {
    if (!written.insert(blocks.element.function).second)
      return;
    auto bits = [&](const Format &format) {
      return llvm::formatv("{0:f2}", format.bitsPerWeight(weight.getWeightType().getRows(), weight.getWeightType().getColumns()));
    };
    weight.emitRemark() << "blocks of " << blocks.element.function << " are written out, the same weights at " << bits(codes)
                        << " bits instead of " << bits(blocks) << ", since they cost less to read; --weights=stored keeps them as they are";
  }

  StringSet<> written;      // decoders
  bool hasBlocks = false;   // of the checkpoint's own
  bool isQuantised = false; // by others, who chose what to leave in floats
};
} // namespace
