// Feed-forwards, plain and of experts.
#include "passes/Import/StepBuilder.h"

using namespace mlir;
using namespace vspec;

Value StepBuilder::feedForward(Value x, const LinearOptions &options, const ExpertOptions &ofExperts) {
  return config.experts.in(currentLayer) ? experts(x, ofExperts) : gated(x, "", config.feedForward, options, options, options);
}

Value StepBuilder::gated(Value x, StringRef suffix, int64_t width, const LinearOptions &gateOptions, const LinearOptions &upOptions,
                         const LinearOptions &downOptions) {
  Value gateOf = linear(x, ("ffn_gate" + suffix).str(), width, gateOptions);
  Value up = linear(x, ("ffn_up" + suffix).str(), width, upOptions);
  return linear(gate(gateOf, up), ("ffn_down" + suffix).str(), config.hidden, downOptions);
}

Value StepBuilder::sharedExpert(Value x, const ExpertOptions &options) {
  Value weight = options.weighsShared ? linear(x, "ffn_gate_inp_shexp", 1) : Value();
  Value shared = gated(x, "_shexp", config.experts.sharedFeedForward, options.sharedGate, options.sharedUp, {});
  return weight ? Value(ScaleRowsOp::create(body, at(fullName("ffn_shexp")), shared.getType(), shared, weight)) : shared;
}

Value StepBuilder::experts(Value x, const ExpertOptions &options) {
  const ExpertConfig &experts = config.experts;
  Value logits = linear(x, "ffn_gate_inp", experts.count, options.router), shared;
  if (experts.sharedFeedForward != 0) // reads the same rows: its first matrices share the launch of the logits
    shared = sharedExpert(x, options);
  bool isNormalized = experts.normalized.value_or(options.normalized);
  auto routes = RouteOp::create(body, at(fullName("ffn_routes")), logits, experts.chosen,
                                isNormalized ? Scores::SoftmaxOfChosen : Scores::Softmax, FloatAttr());
  Value gateOf = expertLinear(x, routes, "ffn_gate_exps", experts.feedForward, options.gate);
  Value up = expertLinear(x, routes, "ffn_up_exps", experts.feedForward, options.up);
  Value down = expertLinear(gate(gateOf, up), routes, "ffn_down_exps", config.hidden, options.down);
  Value sum = CombineOp::create(body, at(fullName("ffn_experts")), activations(config.hidden), down, routes);
  return shared ? Value(AddOp::create(body, at(fullName("ffn_experts_sum")), sum.getType(), sum, shared)) : sum;
}

Value StepBuilder::expertLinear(Value x, Value routes, StringRef name, int64_t rows, const LinearOptions &options) {
  auto type = cast<RoutesType>(routes.getType());
  // Behind experts a row has a part for each choice.
  auto before = x.getDefiningOp<GateOp>();
  std::string full = fullName(name);
  FlatSymbolRefAttr matrices = stack(full, type.getExperts(), rows, columnsOf(x) / (before ? type.getChosen() : 1), options);
  Value y = LinearOp::create(body, at(full), activations(type.getChosen() * rows), x, matrices, routes);
  if (!options.bias)
    return y;
  FlatSymbolRefAttr biases = stackOfVectors(full + ".bias", type.getExperts(), rows, options);
  return AddBiasOp::create(body, at(full + ".bias"), y.getType(), y, biases, routes);
}

FlatSymbolRefAttr StepBuilder::stack(const std::string &name, int64_t matrices, int64_t rows, int64_t columns,
                                     const LinearOptions &options) {
  SmallVector<Attribute> transforms;
  int64_t sourceRows = rows;
  std::string tensor = tensorOf(name, options, sourceRows, transforms);
  Result<TensorSource::Taken> taken = source.takeStack(tensor, matrices, sourceRows, columns, options.transposed);
  if (!taken) {
    remember(taken.error());
    return FlatSymbolRefAttr::get(body.getContext(), name);
  }
  // Who quantises turns them.
  if (options.transposed && !source.isRandom() && !isQuantisedSource(taken->source))
    transforms.insert(transforms.begin(), TransposeAttr::get(body.getContext()));
  if (!taken->below.empty())
    transforms.push_back(stackOf(taken->below));
  addSymbol(name, WeightType::get(body.getContext(), matrices * rows, columns, taken->format, Layout::Unpacked, matrices), taken->source,
            transforms);
  return FlatSymbolRefAttr::get(body.getContext(), name);
}

FlatSymbolRefAttr StepBuilder::stackOfVectors(const std::string &name, int64_t count, int64_t columns, const LinearOptions &options) {
  SmallVector<Attribute> transforms;
  int64_t sourceColumns = columns;
  std::string tensor = tensorOf(name, options, sourceColumns, transforms);
  Result<TensorSource::Taken> taken = source.takeFloats(tensor, {count, sourceColumns});
  if (!taken)
    remember(taken.error());
  else
    addSymbol(name, WeightType::get(body.getContext(), count, columns, taken->format, Layout::Unpacked, count), taken->source, transforms);
  return FlatSymbolRefAttr::get(body.getContext(), name);
}
