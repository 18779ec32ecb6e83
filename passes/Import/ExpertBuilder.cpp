// Feed-forwards, plain and of experts.
#include "passes/Import/StepBuilder.h"

using namespace mlir;
using namespace vspec;

Value StepBuilder::feedForward(Value x, const LinearOptions &options, bool normalized) {
  return config.experts.in(currentLayer) ? experts(x, config.experts.normalized.value_or(normalized))
                                         : gated(x, "", config.feedForward, options);
}

Value StepBuilder::gated(Value x, StringRef suffix, int64_t width, const LinearOptions &options) {
  Value gateOf = linear(x, ("ffn_gate" + suffix).str(), width, options);
  Value up = linear(x, ("ffn_up" + suffix).str(), width, options);
  return linear(gate(gateOf, up), ("ffn_down" + suffix).str(), config.hidden, options);
}

Value StepBuilder::experts(Value x, bool normalized) {
  const ExpertConfig &experts = config.experts;
  Value logits = linear(x, "ffn_gate_inp", experts.count), shared;
  if (experts.sharedFeedForward != 0) { // reads the same rows: its first matrices share the launch of the logits
    Value weight = linear(x, "ffn_gate_inp_shexp", 1);
    shared = gated(x, "_shexp", experts.sharedFeedForward, {});
    shared = ScaleRowsOp::create(body, at(fullName("ffn_shexp")), shared.getType(), shared, weight);
  }
  auto routes = RouteOp::create(body, at(fullName("ffn_routes")), logits, experts.chosen,
                                normalized ? Scores::SoftmaxOfChosen : Scores::Softmax, FloatAttr());
  Value gateOf = expertLinear(x, routes, "ffn_gate_exps", experts.feedForward);
  Value up = expertLinear(x, routes, "ffn_up_exps", experts.feedForward);
  Value down = expertLinear(gate(gateOf, up), routes, "ffn_down_exps", config.hidden);
  Value sum = CombineOp::create(body, at(fullName("ffn_experts")), activations(config.hidden), down, routes);
  return shared ? Value(AddOp::create(body, at(fullName("ffn_experts_sum")), sum.getType(), sum, shared)) : sum;
}

Value StepBuilder::expertLinear(Value x, Value routes, StringRef name, int64_t rows) {
  auto type = cast<RoutesType>(routes.getType());
  // Behind experts a row has a part for each choice.
  auto before = x.getDefiningOp<GateOp>();
  int64_t columns = columnsOf(x) / (before ? type.getChosen() : 1);
  std::string full = fullName(name);
  Result<TensorSource::Taken> stack = source.takeStack(full, type.getExperts(), rows, columns);
  if (!stack) {
    remember(stack.error());
  } else {
    SmallVector<Attribute> transforms;
    if (!stack->below.empty())
      transforms.push_back(stackOf(stack->below));
    addSymbol(full,
              WeightType::get(body.getContext(), type.getExperts() * rows, columns, stack->format, Layout::Unpacked, type.getExperts()),
              stack->source, transforms);
  }
  auto matrix = FlatSymbolRefAttr::get(body.getContext(), full);
  return LinearOp::create(body, at(full), activations(type.getChosen() * rows), x, matrix, routes);
}
