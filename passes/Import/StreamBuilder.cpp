// Calls for models of several residual streams and with an input for each layer.
#include "passes/Import/StepBuilder.h"

using namespace mlir;
using namespace vspec;

Value StepBuilder::embed(StringRef name, int64_t rows, int64_t columns, float scale) {
  FlatSymbolRefAttr table = weight(name.str(), rows, columns, {});
  IntegerAttr standIn = rows < config.vocabulary ? body.getI64IntegerAttr(0) : IntegerAttr();
  return EmbedOp::create(body, at(name), activations(columns), table, step.getArgument(0), FlatSymbolRefAttr(), constant(scale, 1),
                         standIn);
}

Value StepBuilder::normWithoutGain(Value x, StringRef role, int64_t heads) {
  return RMSNormOp::create(body, at(fullName(role)), x.getType(), x, FlatSymbolRefAttr(), body.getF32FloatAttr(config.epsilon),
                           body.getI64IntegerAttr(heads));
}

Value StepBuilder::scale(Value x, float factor, StringRef role) {
  return ScaleOp::create(body, at(fullName(role)), x.getType(), x, body.getF32FloatAttr(factor));
}

Value StepBuilder::softCap(Value x, float cap, StringRef role) {
  return SoftCapOp::create(body, at(fullName(role)), x.getType(), x, body.getF32FloatAttr(cap));
}

Value StepBuilder::scaleColumns(Value x, StringRef name) {
  return ScaleColumnsOp::create(body, at(fullName(name)), x.getType(), x, vector(fullName(name), columnsOf(x)));
}

Value StepBuilder::weightedSum(ValueRange inputs, ArrayRef<float> factors, StringRef role, Value weights, int64_t first) {
  return WeightedSumOp::create(body, at(fullName(role)), inputs.front().getType(), inputs, weights, body.getDenseF32ArrayAttr(factors),
                               first ? body.getI64IntegerAttr(first) : IntegerAttr());
}

Value StepBuilder::takePart(Value x, int64_t part, int64_t parts, StringRef role) {
  return TakePartOp::create(body, at(fullName(role)), activations(columnsOf(x) / parts), x, part, parts);
}

Value StepBuilder::excess(Value x, float deviations, StringRef role) {
  return ExcessOp::create(body, at(fullName(role)), x.getType(), x, body.getF32FloatAttr(deviations));
}

Value StepBuilder::matchMagnitude(Value x, Value like, StringRef role) {
  return MatchMagnitudeOp::create(body, at(fullName(role)), x.getType(), x, like, body.getF32FloatAttr(1e-5f));
}

void StepBuilder::ignoreUnused(ArrayRef<StringRef> names) {
  for (StringRef name : names)
    source.ignore(fullName(name));
}
