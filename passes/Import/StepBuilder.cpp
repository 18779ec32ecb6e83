// Turns calls into operations and symbols, each located at the tensor or role that it comes from.
#include "passes/Import/StepBuilder.h"
#include "vspec/Quant/Format.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include <cmath>

using namespace mlir;
using namespace vspec;

static std::vector<float> frequenciesOf(const DecoderConfig &config, const Rope &rope) {
  return ropeFrequencies(rope.columns ? rope.columns : config.headSize, rope.base, rope.scaling);
}

static OwningOpRef<ModuleOp> makeModule(MLIRContext &context, const DecoderConfig &config, StringRef family) {
  Builder builder(&context);
  auto module = ModuleOp::create(UnknownLoc::get(&context), config.name.empty() ? std::nullopt : std::optional<StringRef>(config.name));
  module->setAttr("vspec.family", builder.getStringAttr(family));
  module->setAttr("vspec.vocabulary", builder.getI64IntegerAttr(config.vocabulary));
  module->setAttr("vspec.hidden", builder.getI64IntegerAttr(config.hidden));
  module->setAttr("vspec.layers", builder.getI64IntegerAttr(config.layers));
  module->setAttr("vspec.trained_context", builder.getI64IntegerAttr(config.trainedContext));
  return module;
}

StepBuilder::StepBuilder(MLIRContext &context, const DecoderConfig &config, TensorSource &source, StringRef family)
    : config(config), source(source), module(makeModule(context, config, family)), symbols(&context), body(&context),
      frequencies(frequenciesOf(config, config.rope)), windowFrequencies(frequenciesOf(config, config.windowRope.value_or(config.rope))) {
  body.setInsertionPointToEnd(module->getBody());
  auto rows = RowsType::get(&context);
  auto select = RankedTensorType::get({ShapedType::kDynamic}, body.getI32Type());
  step = func::FuncOp::create(body, at("step"), "step", body.getFunctionType({rows, select}, {activations(config.vocabulary)}));
  // Symbols stand before the function, in the order of their first use.
  symbols.setInsertionPoint(step);
  body.setInsertionPointToStart(step.addEntryBlock());
}

std::string StepBuilder::fullName(StringRef name) const {
  return currentLayer < 0 ? name.str() : "blk." + std::to_string(currentLayer) + "." + name.str();
}

Location StepBuilder::at(StringRef name) { return NameLoc::get(body.getStringAttr(name)); }

RankedTensorType StepBuilder::activations(int64_t columns) {
  return RankedTensorType::get({ShapedType::kDynamic, columns}, body.getF32Type());
}

int64_t StepBuilder::columnsOf(Value x) { return cast<RankedTensorType>(x.getType()).getDimSize(1); }

void StepBuilder::remember(const Error &error) {
  if (!problem)
    problem = error;
}

void StepBuilder::addSymbol(const std::string &name, WeightType type, const std::string &tensor, ArrayRef<Attribute> transforms) {
  if (weights.insert(name).second)
    WeightOp::create(symbols, at(name), name, type, tensor, transforms.empty() ? ArrayAttr() : symbols.getArrayAttr(transforms));
}

std::string StepBuilder::tensorOf(const std::string &name, const LinearOptions &options, int64_t &extent,
                                  SmallVectorImpl<Attribute> &transforms) const {
  if (source.isRandom()) // drawn as it should be
    return name;
  MLIRContext *context = module.get().getContext();
  std::string tensor = name;
  if (const RowsOfTensor &part = options.part; !part.tensor.empty()) {
    tensor = fullName(part.tensor) + (StringRef(name).ends_with(".bias") ? ".bias" : "");
    transforms.push_back(TakeRowsAttr::get(context, part.count, part.first, part.every));
    extent = extent / part.count * part.every;
  }
  if (options.permutedHeads != 0)
    transforms.push_back(UnpermuteHeadsAttr::get(context, options.permutedHeads));
  return tensor;
}

FlatSymbolRefAttr StepBuilder::weight(const std::string &name, int64_t rows, int64_t columns, const LinearOptions &options) {
  SmallVector<Attribute> transforms;
  bool isTransposed = options.transposed && !source.isRandom();
  if (isTransposed)
    transforms.push_back(TransposeAttr::get(body.getContext()));
  int64_t sourceRows = rows;
  std::string tensor = tensorOf(name, options, sourceRows, transforms);
  std::string scaleName = tensor + ".scale";
  bool isScaled = source.has(scaleName);
  if (isScaled) {
    Result<TensorSource::Taken> scale = source.takeNumber(scaleName);
    if (scale)
      transforms.push_back(ScaleByAttr::get(body.getContext(), scale->source));
    else
      remember(scale.error());
  }
  Result<TensorSource::Taken> matrix =
      isTransposed ? source.takeTransposed(tensor, sourceRows, columns) : source.takeMatrix(tensor, sourceRows, columns);
  if (!matrix) {
    remember(matrix.error());
  } else {
    // Blocks stay as they are: the number is a level of its own.
    if (isScaled && !parseFormat(matrix->format)->element.isPlainFloat())
      matrix->format += " x tensor:f32";
    addSymbol(name, WeightType::get(body.getContext(), rows, columns, matrix->format, Layout::Unpacked), matrix->source, transforms);
    if (!matrix->order.empty())
      orders[name] = matrix->order;
  }
  return FlatSymbolRefAttr::get(body.getContext(), name);
}

FlatSymbolRefAttr StepBuilder::vector(const std::string &name, int64_t columns, const LinearOptions &options,
                                      SmallVector<Attribute> transforms, int64_t heads) {
  int64_t sourceColumns = columns;
  std::string tensor = tensorOf(name, options, sourceColumns, transforms);
  Result<TensorSource::Taken> taken = options.headsApart ? source.takeParts(tensor, heads, columns / heads)
                                      : heads            ? source.takeFloats(tensor, {heads, columns / heads})
                                                         : source.takeVector(tensor, sourceColumns);
  if (taken && !taken->below.empty())
    transforms.push_back(stackOf(taken->below));
  if (!taken)
    remember(taken.error());
  else
    addSymbol(name, WeightType::get(body.getContext(), 1, columns, taken->format, Layout::Unpacked), taken->source, transforms);
  return FlatSymbolRefAttr::get(body.getContext(), name);
}

StackAttr StepBuilder::stackOf(ArrayRef<std::string> tensors) {
  return StackAttr::get(body.getContext(), llvm::map_to_vector(tensors, [&](const std::string &name) { return body.getStringAttr(name); }));
}

FloatAttr StepBuilder::constant(float value, float unless) { return value == unless ? FloatAttr() : body.getF32FloatAttr(value); }

Value StepBuilder::permuted(Value x, const std::string &name) {
  auto order = orders.find(name);
  if (order == orders.end())
    return x;
  Value &result = sorted[{x.getDefiningOp(), order->second}];
  if (!result) {
    std::string symbol = name + ".order";
    addSymbol(symbol, WeightType::get(body.getContext(), 1, columnsOf(x), "f32", Layout::Unpacked), order->second, {});
    result = PermuteColumnsOp::create(body, at(symbol), x.getType(), x, FlatSymbolRefAttr::get(body.getContext(), symbol));
  }
  return result;
}

Value StepBuilder::embed() {
  FlatSymbolRefAttr table = weight("token_embd", config.vocabulary, config.hidden, {}), positions;
  if (orders.count("token_embd"))
    remember({"the embedding has its columns out of order (act-order), which only linears can take"});
  if (config.positions) {
    Result<TensorSource::Taken> taken = source.takeFloats("position_embd", {config.positions, config.hidden});
    if (!taken)
      remember(taken.error());
    else
      addSymbol("position_embd", WeightType::get(body.getContext(), config.positions, config.hidden, taken->format, Layout::Unpacked),
                taken->source, {});
    positions = FlatSymbolRefAttr::get(body.getContext(), "position_embd");
  }
  return EmbedOp::create(body, at("token_embd"), activations(config.hidden), table, step.getArgument(0), positions,
                         constant(config.scales.embedding, 1), IntegerAttr());
}

Value StepBuilder::norm(Value x, StringRef name, int64_t heads) {
  SmallVector<Attribute> transforms;
  if (config.gainsLessOne)
    transforms.push_back(PlusOneAttr::get(body.getContext()));
  FlatSymbolRefAttr gain = vector(fullName(name), columnsOf(x) / std::max<int64_t>(1, heads), {}, transforms);
  return RMSNormOp::create(body, at(fullName(name)), x.getType(), x, gain, body.getF32FloatAttr(config.epsilon),
                           heads == 0 ? IntegerAttr() : body.getI64IntegerAttr(heads));
}

Value StepBuilder::layerNorm(Value x, StringRef name, const LinearOptions &options, int64_t heads) {
  FlatSymbolRefAttr gain = vector(fullName(name), columnsOf(x), options, {}, heads), bias;
  if (options.bias)
    bias = vector(fullName(name) + ".bias", columnsOf(x), options);
  return LayerNormOp::create(body, at(fullName(name)), x.getType(), x, gain, bias, body.getF32FloatAttr(config.epsilon),
                             heads == 0 ? IntegerAttr() : body.getI64IntegerAttr(heads));
}

Value StepBuilder::linear(Value x, StringRef name, int64_t rows, LinearOptions options) {
  FlatSymbolRefAttr matrix = weight(fullName(name), rows, columnsOf(x), options);
  Value y = LinearOp::create(body, at(fullName(name)), activations(rows), permuted(x, fullName(name)), matrix);
  if (!options.bias)
    return y;
  std::string bias = fullName(name) + ".bias";
  return AddBiasOp::create(body, at(bias), y.getType(), y, vector(bias, rows, options));
}

Value StepBuilder::turn(Value x, int64_t heads, StringRef name) {
  bool isWindowed = config.windows[currentLayer] != 0;
  return RopeOp::create(body, at(fullName(name)), x.getType(), x, step.getArgument(0), heads, isWindowed ? windowFrequencies : frequencies,
                        constant(float(config.ropeOf(currentLayer).scaling.attentionFactor), 1));
}

Value StepBuilder::attend(Value q, Value k, Value v) {
  std::string cache = "cache." + std::to_string(config.cacheLayer(currentLayer));
  if (config.turns(currentLayer))
    q = turn(q, config.heads, "q_rope");
  if (k) {
    KVCacheOp::create(symbols, at(cache), cache,
                      KVCacheType::get(body.getContext(), config.cacheHeads, config.headSize, config.windows[currentLayer]));
    if (config.turns(currentLayer))
      k = turn(k, config.cacheHeads, "k_rope");
    KVAppendOp::create(body, at(fullName("kv_append")), k, v, step.getArgument(0), cache);
  }
  FlatSymbolRefAttr sinks;
  if (config.sinks)
    sinks = vector(fullName("attn_sinks"), config.heads);
  // sqrt is exactly rounded on every machine.
  float scale = config.scales.attention ? config.scales.attention : float(1 / std::sqrt(double(config.headSize)));
  return AttentionOp::create(body, at(fullName("attention")), q.getType(), /*parts=*/Type(), q, step.getArgument(0),
                             FlatSymbolRefAttr::get(body.getContext(), cache), body.getI64IntegerAttr(config.heads),
                             body.getF32FloatAttr(scale), constant(config.scales.attentionCap, 0), IntegerAttr(), sinks)
      .getOutput();
}

static Activation activationOf(GateFunction function) {
  static constexpr Activation functions[] = {Activation::SiLU, Activation::GELUTanh, Activation::GELU, Activation::ReLU2,
                                             Activation::ClampedSwish};
  return functions[int(function)];
}

Value StepBuilder::gate(Value gate, Value up, StringRef role) {
  return GateOp::create(body, at(fullName(role)), gate.getType(), gate, up, activationOf(config.gate));
}

Value StepBuilder::gateBySigmoid(Value gate, Value x) {
  return GateOp::create(body, at(fullName("sigmoid_gate")), x.getType(), gate, x, Activation::Sigmoid);
}

Value StepBuilder::activate(Value x) {
  return ActivateOp::create(body, at(fullName("ffn_act")), x.getType(), x, activationOf(config.gate));
}

FlatSymbolRefAttr StepBuilder::floats(const std::string &name, int64_t rows, int64_t columns, const std::vector<int64_t> &shape,
                                      ArrayRef<Attribute> transforms) {
  Result<TensorSource::Taken> taken = source.takeFloats(name, shape);
  if (!taken)
    remember(taken.error());
  else
    addSymbol(name, WeightType::get(body.getContext(), rows, columns, taken->format, Layout::Unpacked), taken->source, transforms);
  return FlatSymbolRefAttr::get(body.getContext(), name);
}

Value StepBuilder::normGroups(Value x, StringRef name, int64_t groups) {
  int64_t columns = columnsOf(x);
  auto shape = source.isGguf() ? std::vector<int64_t>{groups, columns / groups} : std::vector<int64_t>{columns};
  FlatSymbolRefAttr gain = floats(fullName(name), 1, columns, shape);
  return RMSNormOp::create(body, at(fullName(name)), x.getType(), x, gain, body.getF32FloatAttr(config.epsilon),
                           body.getI64IntegerAttr(groups));
}

Value StepBuilder::normHeads(Value x, StringRef name, int64_t heads) {
  FlatSymbolRefAttr gain = vector(fullName(name), columnsOf(x) / heads, {});
  return RMSNormOp::create(body, at(fullName(name)), x.getType(), x, gain, body.getF32FloatAttr(config.epsilon),
                           body.getI64IntegerAttr(heads));
}

FlatSymbolRefAttr StepBuilder::decays(const std::vector<int64_t> &shape) {
  SmallVector<Attribute> transforms;
  if (!source.isGguf()) // whose files hold the decays themselves
    transforms.push_back(NegativeExpAttr::get(body.getContext()));
  return floats(fullName("ssm_a"), 1, config.stateSpace.heads, shape, transforms);
}

FlatSymbolRefAttr StepBuilder::state(const std::string &name, ArrayRef<int64_t> shape) {
  RecurrentStateOp::create(symbols, at(name), name, RecurrentStateType::get(body.getContext(), shape));
  return FlatSymbolRefAttr::get(body.getContext(), name);
}

Value StepBuilder::convolve(ValueRange inputs) {
  const StateSpace &ssm = config.stateSpace;
  int64_t channels = ssm.mixedWidth(), columns = ssm.convolution;
  std::string name = fullName("ssm_conv1d"), number = std::to_string(currentLayer);
  auto shape = source.isGguf() ? std::vector<int64_t>{channels, columns} : std::vector<int64_t>{channels, 1, columns};
  FlatSymbolRefAttr weight = floats(name, channels, columns, shape), bias;
  if (ssm.convolutionBias)
    bias = vector(name + ".bias", channels, {});
  return CausalConv1dOp::create(body, at(name), activations(channels), inputs, step.getArgument(0),
                                state("conv_state." + number, {columns - 1, channels}), weight, bias);
}

Value StepBuilder::scan(Value mixed, Value dt) {
  const StateSpace &ssm = config.stateSpace;
  std::string name = fullName("ssm_scan"), number = std::to_string(currentLayer);
  auto ofHeads = source.isGguf() ? std::vector<int64_t>{ssm.heads, 1} : std::vector<int64_t>{ssm.heads};
  FlatSymbolRefAttr decay = decays(ofHeads), skip = floats(fullName("ssm_d"), 1, ssm.heads, ofHeads),
                    bias = vector(fullName("ssm_dt.bias"), ssm.heads, {});
  auto limit = [&](std::optional<float> bound) { return bound ? body.getF32FloatAttr(*bound) : FloatAttr(); };
  return SSMScanOp::create(body, at(name), activations(ssm.innerWidth()), mixed, dt, step.getArgument(0),
                           state("ssm_state." + number, {ssm.heads, ssm.stateSize, ssm.headSize}), decay, skip, bias,
                           body.getI64IntegerAttr(ssm.groups), limit(ssm.leastStep), limit(ssm.mostStep));
}

Value StepBuilder::remember(Value mixed, Value dt, Value beta) {
  const StateSpace &ssm = config.stateSpace;
  std::string name = fullName("gated_delta"), memory = "delta_state." + std::to_string(currentLayer);
  FlatSymbolRefAttr decay = decays({ssm.heads}), bias = vector(fullName("ssm_dt.bias"), ssm.heads, {});
  return GatedDeltaOp::create(body, at(name), activations(ssm.innerWidth()), mixed, dt, beta, step.getArgument(0),
                              state(memory, {ssm.heads, ssm.stateSize, ssm.headSize}), decay, bias, body.getI64IntegerAttr(ssm.groups));
}

Value StepBuilder::add(Value x, Value y, StringRef role) {
  if (FloatAttr factor = constant(config.scales.residual, 1))
    y = ScaleOp::create(body, at(fullName(role) + "_scale"), y.getType(), y, factor);
  return AddOp::create(body, at(fullName(role)), x.getType(), x, y);
}

Value StepBuilder::select(Value x) {
  leaveLayers();
  return SelectRowsOp::create(body, at("select_rows"), x.getType(), x, step.getArgument(1));
}

void StepBuilder::output(Value normed, const LinearOptions &options) {
  if (config.tied)
    source.ignore("output");
  Value y = linear(normed, config.tied ? "token_embd" : "output", config.vocabulary, options);
  if (FloatAttr factor = constant(config.scales.logits, 1))
    y = ScaleOp::create(body, at("logits_scale"), y.getType(), y, factor);
  if (FloatAttr cap = constant(config.scales.logitCap, 0))
    y = SoftCapOp::create(body, at("logits_cap"), y.getType(), y, cap);
  func::ReturnOp::create(body, at("logits"), y);
}

Result<OwningOpRef<ModuleOp>> StepBuilder::finish() {
  if (!problem)
    if (Result<void> finished = source.finish(); !finished)
      return finished.error();
  if (problem)
    return *problem;
  return std::move(module);
}
