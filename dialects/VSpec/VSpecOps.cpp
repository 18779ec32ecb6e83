// What a right operation is: its sizes agree with the weights and caches that it names.
#include "dialects/VSpec/VSpec.h"

using namespace mlir;
using namespace vspec;

#define GET_OP_CLASSES
#include "dialects/VSpec/VSpecOps.cpp.inc"

static int64_t columnsOf(Value activations) { return cast<RankedTensorType>(activations.getType()).getDimSize(1); }

/// The weight or cache that `op` names, or an error at `op`.
template <typename SymbolOp> static FailureOr<SymbolOp> named(Operation *op, FlatSymbolRefAttr name, SymbolTableCollection &symbols) {
  Operation *found = symbols.lookupNearestSymbolFrom(op, name);
  if (!found)
    return op->emitOpError() << "names " << name << ", which is not defined; expected a '" << SymbolOp::getOperationName() << "'";
  if (auto symbol = dyn_cast<SymbolOp>(found))
    return symbol;
  InFlightDiagnostic diagnostic = op->emitOpError() << "names " << name << ", but that is a '" << found->getName() << "', not a '"
                                                    << SymbolOp::getOperationName() << "'";
  diagnostic.attachNote(found->getLoc()) << "defined here";
  return failure();
}

/// A gain or bias: one row of `columns` f32 numbers, or one for each expert.
static LogicalResult verifyVector(Operation *op, FlatSymbolRefAttr name, StringRef what, int64_t columns, SymbolTableCollection &symbols,
                                  int64_t rows = 1) {
  FailureOr<WeightOp> weight = named<WeightOp>(op, name, symbols);
  if (failed(weight))
    return failure();
  WeightType type = weight->getWeightType();
  if (type.getRows() == rows && type.getColumns() == columns && type.getFormat() == "f32")
    return success();
  InFlightDiagnostic diagnostic = op->emitOpError() << "needs a " << what << " of type !vspec.weight<" << rows << "x" << columns
                                                    << ", \"f32\">, but " << name << " is " << type;
  diagnostic.attachNote(weight->getLoc()) << "the weight is here";
  return diagnostic;
}

static LogicalResult verifyHeads(Operation *op, StringRef what, int64_t columns, int64_t heads) {
  if (columns % heads == 0)
    return success();
  return op->emitOpError() << what << " has " << columns << " columns, which " << heads << " heads do not divide";
}

LogicalResult WeightOp::verify() {
  // Of a bias its columns, as they are the rows of its matrix.
  bool isVector = getWeightType().getMatrixRows() == 1;
  int64_t permuted = isVector ? getWeightType().getColumns() : getWeightType().getMatrixRows();
  for (Attribute transform : getTransformsAttr() ? getTransformsAttr().getValue() : ArrayRef<Attribute>()) {
    if (auto unpermute = dyn_cast<UnpermuteHeadsAttr>(transform))
      if (unpermute.getHeads() < 1 || permuted % (2 * unpermute.getHeads()) != 0)
        return emitOpError() << "permutes " << permuted << " numbers, which are not " << unpermute.getHeads() << " heads of an even size";
    if (isa<PlusOneAttr>(transform) && (getWeightType().getRows() != 1 || getWeightType().getFormat() != "f32"))
      return emitOpError() << "adds 1 to " << getWeightType() << ", expected a gain: one row in f32";
    if (auto take = dyn_cast<TakeRowsAttr>(transform))
      if (take.getCount() < 1 || take.getFirst() < 0 || take.getEvery() < take.getCount() ||
          take.getEvery() - take.getCount() < take.getFirst() || permuted % take.getCount() != 0)
        return emitOpError() << "takes " << take << " for its " << permuted
                             << " numbers; expected a divisor of them as count, which from first on lies within every";
    if (auto stack = dyn_cast<StackAttr>(transform)) {
      int64_t tensors = int64_t(stack.getSources().size()) + 1;
      if (getWeightType().getRows() == 1 && getWeightType().getColumns() % tensors != 0)
        return emitOpError() << "has " << getWeightType().getColumns() << " columns, which " << tensors << " tensors do not divide";
      if (getWeightType().getRows() != 1 && tensors != getWeightType().getMatrices())
        return emitOpError() << "stacks " << tensors << " tensors, but has " << getWeightType().getMatrices() << " matrices";
    }
    if (isa<NegativeExpAttr>(transform) && (getWeightType().getRows() != 1 || getWeightType().getFormat() != "f32"))
      return emitOpError() << "takes -e^x of " << getWeightType() << ", expected one row in f32";
  }
  return success();
}

/// A constant of an operation that must be above zero, where it is there.
static LogicalResult verifyPositive(Operation *op, StringRef name, std::optional<APFloat> value) {
  if (!value || (value->isFiniteNonZero() && !value->isNegative()))
    return success();
  return op->emitOpError() << name << " is " << FloatAttr::get(Float32Type::get(op->getContext()), *value).getValueAsDouble()
                           << ", but must be positive";
}

LogicalResult EmbedOp::verify() { return verifyPositive(*this, "scale", getScale()); }
LogicalResult ScaleOp::verify() { return verifyPositive(*this, "factor", getFactor()); }
LogicalResult SoftCapOp::verify() { return verifyPositive(*this, "cap", getCap()); }
static LogicalResult verifySplit(Operation *op, int64_t split) {
  if (split % 64 == 0)
    return success();
  return op->emitOpError() << "has splits of " << split << " tokens, expected a multiple of 64";
}

LogicalResult AttentionOp::verify() {
  return failure(failed(verifyPositive(*this, "soft_cap", getSoftCap())) || failed(verifySplit(*this, getSplit())));
}

LogicalResult EmbedOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<WeightOp> weight = named<WeightOp>(*this, getWeightAttr(), symbols);
  if (failed(weight))
    return failure();
  int64_t columns = columnsOf(getOutput());
  if (columns != weight->getWeightType().getColumns()) {
    InFlightDiagnostic diagnostic = emitOpError()
                                    << "result has " << columns << " columns, but the weight has " << weight->getWeightType().getColumns();
    diagnostic.attachNote(weight->getLoc()) << "the weight is here";
    return diagnostic;
  }
  if (std::optional<uint64_t> standIn = getStandIn(); standIn && int64_t(*standIn) >= weight->getWeightType().getRows()) {
    InFlightDiagnostic diagnostic = emitOpError() << "stand_in is " << *standIn << ", but the weight has "
                                                  << weight->getWeightType().getRows() << " rows";
    diagnostic.attachNote(weight->getLoc()) << "the weight is here";
    return diagnostic;
  }
  if (!getPositionsAttr())
    return success();
  FailureOr<WeightOp> positions = named<WeightOp>(*this, getPositionsAttr(), symbols);
  if (failed(positions))
    return failure();
  WeightType type = positions->getWeightType();
  if (type.getColumns() == columns && type.getFormat() == "f32")
    return success();
  InFlightDiagnostic diagnostic = emitOpError()
                                  << "needs positions of " << columns << " columns in f32, but " << getPositionsAttr() << " is " << type;
  diagnostic.attachNote(positions->getLoc()) << "the weight is here";
  return diagnostic;
}

LogicalResult LinearOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<WeightOp> weight = named<WeightOp>(*this, getWeightAttr(), symbols);
  if (failed(weight))
    return failure();
  WeightType type = weight->getWeightType();
  RoutesType routes = getRoutes() ? getRoutes().getType() : RoutesType();
  int64_t matrices = routes ? routes.getExperts() : 1, chosen = routes ? routes.getChosen() : 1;
  if (type.getMatrices() != matrices) {
    InFlightDiagnostic diagnostic = emitOpError() << "chooses among " << matrices << " matrices, but the weight has " << type.getMatrices();
    diagnostic.attachNote(weight->getLoc()) << "the weight is here";
    return diagnostic;
  }
  if (columnsOf(getInput()) != type.getColumns() && columnsOf(getInput()) != chosen * type.getColumns()) {
    InFlightDiagnostic diagnostic = emitOpError()
                                    << "input has " << columnsOf(getInput()) << " columns, but the weight has " << type.getColumns();
    diagnostic.attachNote(weight->getLoc()) << "the weight is here";
    return diagnostic;
  }
  if (columnsOf(getOutput()) != chosen * type.getMatrixRows()) {
    InFlightDiagnostic diagnostic = emitOpError() << "result has " << columnsOf(getOutput()) << " columns, but the weight has "
                                                  << type.getMatrixRows() << " rows";
    if (routes)
      diagnostic << " for each of " << chosen << " choices";
    diagnostic.attachNote(weight->getLoc()) << "the weight is here";
    return diagnostic;
  }
  return success();
}

/// One matrix of these sizes.
static LogicalResult verifyMatrix(Operation *op, FlatSymbolRefAttr name, int64_t rows, int64_t columns, SymbolTableCollection &symbols) {
  FailureOr<WeightOp> weight = named<WeightOp>(op, name, symbols);
  if (failed(weight))
    return failure();
  WeightType type = weight->getWeightType();
  if (type.getRows() == rows && type.getColumns() == columns && type.getMatrices() == 1)
    return success();
  InFlightDiagnostic diagnostic = op->emitOpError() << "needs one matrix of " << rows << " rows and " << columns << " columns, but " << name
                                                    << " is " << type;
  diagnostic.attachNote(weight->getLoc()) << "the weight is here";
  return diagnostic;
}

LogicalResult GatedLinearOp::verify() {
  if (zeroMakesZero(getActivation()))
    return success();
  return emitOpError() << "activation is " << stringifyActivation(getActivation()) << ", expected silu, gelu, gelu_tanh or relu2";
}

LogicalResult GatedLinearOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyMatrix(*this, getWeightAttr(), columnsOf(getGate()), columnsOf(getInput()), symbols);
}

LogicalResult SparseLinearOp::verifySymbolUses(SymbolTableCollection &symbols) {
  int64_t inputs = columnsOf(getInput()), splits = splitsOf(inputs, getSplit()), outputs = columnsOf(getOutput());
  if (outputs % splits == 0)
    return verifyMatrix(*this, getWeightAttr(), inputs, outputs / splits, symbols);
  return emitOpError() << "result has " << outputs << " columns, which are not " << splits
                       << " equal parts, one for each split of the input";
}

LogicalResult QuantizeOp::verify() {
  int64_t parts = getParts().value_or(1);
  if (columnsOf(getInput()) % parts == 0)
    return success();
  return emitOpError() << "input has " << columnsOf(getInput()) << " columns, which are not " << parts << " equal parts";
}

LogicalResult RouteOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location, Adaptor adaptor,
                                        SmallVectorImpl<Type> &types) {
  auto logits = dyn_cast<RankedTensorType>(adaptor.getLogits().getType());
  // The parser has attributes where a builder has properties; nothing has been verified yet.
  auto chosen = dyn_cast_or_null<IntegerAttr>(Attribute(adaptor.getProperties().chosen));
  if (!chosen && adaptor.getAttributes())
    chosen = adaptor.getAttributes().getAs<IntegerAttr>("chosen");
  if (!logits || logits.getRank() != 2 || !chosen)
    return failure();
  auto emit = [&] { return mlir::emitError(location.value_or(UnknownLoc::get(context))); };
  Type type = RoutesType::getChecked(emit, context, logits.getDimSize(1), chosen.getInt());
  types.push_back(type);
  return success(bool(type));
}

LogicalResult CombineOp::verify() {
  int64_t chosen = getRoutes().getType().getChosen();
  if (columnsOf(getInput()) == chosen * columnsOf(getOutput()))
    return success();
  return emitOpError() << "input has " << columnsOf(getInput()) << " columns, but " << chosen << " results of " << columnsOf(getOutput())
                       << " need " << chosen * columnsOf(getOutput());
}

LogicalResult ScaleRowsOp::verify() {
  if (columnsOf(getGate()) == 1)
    return success();
  return emitOpError() << "gate has " << columnsOf(getGate()) << " columns, expected one number for each row";
}

LogicalResult ScaleColumnsOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyVector(*this, getGainAttr(), "gain", columnsOf(getInput()), symbols);
}

LogicalResult WeightedSumOp::verify() {
  int64_t count = getFactors().size(), columns = columnsOf(getOutput());
  if (getInputs().empty() || int64_t(getInputs().size()) != count)
    return emitOpError() << "has " << count << " factors for " << getInputs().size() << " inputs, expected one for each, and at least one";
  for (Value input : getInputs())
    if (columnsOf(input) != columns)
      return emitOpError() << "adds rows of " << columnsOf(input) << " columns, but the result has " << columns;
  if (!getWeights())
    return success();
  int64_t first = getFirst().value_or(0), all = columnsOf(getWeights());
  if (first <= all - count)
    return success();
  return emitOpError() << "takes " << count << " weights from " << first << " on, but a row has " << all;
}

LogicalResult TakePartOp::verify() {
  int64_t columns = columnsOf(getInput()), parts = getParts(), part = getPart();
  if (part < parts && columns % parts == 0 && columnsOf(getOutput()) == columns / parts)
    return success();
  return emitOpError() << "takes " << columnsOf(getOutput()) << " columns as part " << part << " of " << parts << ", but the input has "
                       << columns;
}

LogicalResult SumPartsOp::verify() {
  int64_t columns = columnsOf(getInput()), parts = getParts();
  if (columns % parts == 0 && columnsOf(getOutput()) == columns / parts)
    return success();
  return emitOpError() << "adds " << parts << " parts of " << columnsOf(getOutput()) << " columns, but the input has " << columns;
}

LogicalResult ExcessOp::verify() {
  if (getDeviations().isFinite())
    return success();
  return emitOpError("has deviations that are no finite number");
}

LogicalResult MatchMagnitudeOp::verify() { return verifyPositive(*this, "epsilon", getEpsilon()); }

LogicalResult RMSNormOp::verify() {
  if (failed(verifyPositive(*this, "epsilon", getEpsilon())))
    return failure();
  return verifyHeads(*this, "input", columnsOf(getInput()), getHeads().value_or(1));
}

LogicalResult LayerNormOp::verify() {
  if (failed(verifyPositive(*this, "epsilon", getEpsilon())))
    return failure();
  return verifyHeads(*this, "input", columnsOf(getInput()), getHeads().value_or(1));
}

LogicalResult LayerNormOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (failed(verifyVector(*this, getGainAttr(), "gain", columnsOf(getInput()), symbols)))
    return failure();
  return getBiasAttr() ? verifyVector(*this, getBiasAttr(), "bias", columnsOf(getInput()), symbols) : success();
}

LogicalResult RMSNormOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!getGainAttr())
    return success();
  int64_t columns = columnsOf(getInput());
  auto gain = symbols.lookupNearestSymbolFrom<WeightOp>(*this, getGainAttr());
  bool isWhole = gain && gain.getWeightType().getColumns() == columns;
  return verifyVector(*this, getGainAttr(), "gain", isWhole ? columns : columns / int64_t(getHeads().value_or(1)), symbols);
}

LogicalResult PermuteColumnsOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifyVector(*this, getOrderAttr(), "column order", columnsOf(getInput()), symbols);
}

LogicalResult AddBiasOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (!getRoutes())
    return verifyVector(*this, getBiasAttr(), "bias", columnsOf(getInput()), symbols);
  RoutesType routes = getRoutes().getType();
  if (columnsOf(getInput()) % routes.getChosen() != 0)
    return emitOpError() << "input has " << columnsOf(getInput()) << " columns, which are not those of " << routes.getChosen()
                         << " experts";
  return verifyVector(*this, getBiasAttr(), "bias of experts", columnsOf(getInput()) / routes.getChosen(), symbols, routes.getExperts());
}

LogicalResult RopeOp::verify() {
  if (failed(verifyHeads(*this, "input", columnsOf(getInput()), getHeads())))
    return failure();
  int64_t headSize = columnsOf(getInput()) / getHeads();
  if (!getFrequencies().empty() && 2 * int64_t(getFrequencies().size()) <= headSize)
    return success();
  return emitOpError() << "has " << getFrequencies().size() << " frequencies, but a head of " << headSize
                       << " columns; expected one for each pair that turns";
}

LogicalResult KVAppendOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<KVCacheOp> cache = named<KVCacheOp>(*this, getCacheAttr(), symbols);
  if (failed(cache))
    return failure();
  KVCacheType type = cache->getCacheType();
  for (auto [what, columns] : {std::pair("key", columnsOf(getKey())), std::pair("value", columnsOf(getValue()))})
    if (columns != type.getWidth()) {
      InFlightDiagnostic diagnostic = emitOpError() << what << " has " << columns << " columns, but the cache has " << type.getHeads()
                                                    << " heads of " << type.getHeadSize();
      diagnostic.attachNote(cache->getLoc()) << "the cache is here";
      return diagnostic;
    }
  return success();
}

/// Sinks, where there are any.
static LogicalResult verifySinks(Operation *op, FlatSymbolRefAttr sinks, int64_t heads, SymbolTableCollection &symbols) {
  return sinks ? verifyVector(op, sinks, "sink for each head", heads, symbols) : success();
}

LogicalResult MergeSplitsOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return verifySinks(*this, getSinksAttr(), getHeads(), symbols);
}

LogicalResult MergeSplitsOp::verify() {
  if (failed(verifySplit(*this, getSplit())) || failed(verifyHeads(*this, "output", columnsOf(getOutput()), getHeads())))
    return failure();
  int64_t unit = columnsOf(getOutput()) + 2 * int64_t(getHeads());
  if (columnsOf(getParts()) % unit == 0)
    return success();
  return emitOpError() << "has parts of " << columnsOf(getParts()) << " columns, expected a multiple of " << unit << ": the output's "
                       << columnsOf(getOutput()) << " and 2 for each of " << getHeads() << " heads";
}

LogicalResult AttentionOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<KVCacheOp> cache = named<KVCacheOp>(*this, getCacheAttr(), symbols);
  if (failed(cache))
    return failure();
  if (failed(verifySinks(*this, getSinksAttr(), getHeads(), symbols)))
    return failure();
  KVCacheType type = cache->getCacheType();
  int64_t heads = getHeads();
  int64_t splits = (type.getCapacity() + int64_t(getSplit()) - 1) / int64_t(getSplit()),
          partColumns = splits * heads * (type.getHeadSize() + 2);
  bool partsFit = !getParts() || (!type.getWindow() && columnsOf(getParts()) == partColumns);
  if (columnsOf(getQuery()) == heads * type.getHeadSize() && heads % type.getHeads() == 0 && partsFit)
    return success();
  InFlightDiagnostic diagnostic = emitOpError();
  if (heads % type.getHeads() != 0)
    diagnostic << "has " << heads << " heads, which is no multiple of the cache's " << type.getHeads();
  else if (!partsFit && type.getWindow())
    diagnostic << "makes parts of a cache with a window, but parts count splits from token 0";
  else if (!partsFit)
    diagnostic << "has parts of " << columnsOf(getParts()) << " columns, but " << heads << " heads and " << splits << " splits of "
               << type.getHeadSize() + 2 << " numbers need " << partColumns;
  else
    diagnostic << "query has " << columnsOf(getQuery()) << " columns, but " << heads << " heads of the cache's size " << type.getHeadSize()
               << " need " << heads * type.getHeadSize();
  diagnostic.attachNote(cache->getLoc()) << "the cache is here";
  return diagnostic;
}

static LogicalResult verifyState(Operation *op, RecurrentStateOp state, ArrayRef<int64_t> expected) {
  if (state.getStateType().getShape() == expected)
    return success();
  InFlightDiagnostic diagnostic = op->emitOpError() << "needs a state of type " << RecurrentStateType::get(op->getContext(), expected)
                                                    << ", but @" << state.getSymName() << " is " << state.getStateType();
  diagnostic.attachNote(state->getLoc()) << "the state is here";
  return diagnostic;
}

LogicalResult CausalConv1dOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<RecurrentStateOp> state = named<RecurrentStateOp>(*this, getStateAttr(), symbols);
  FailureOr<WeightOp> weight = named<WeightOp>(*this, getWeightAttr(), symbols);
  if (failed(state) || failed(weight))
    return failure();
  int64_t channels = columnsOf(getOutput()), columns = 0;
  for (Value input : getInputs())
    columns += columnsOf(input);
  if (columns != channels)
    return emitOpError() << "inputs have " << columns << " columns, but the result has " << channels;
  WeightType type = weight->getWeightType();
  if (type.getRows() != channels || type.getColumns() < 2 || type.getFormat() != "f32") {
    InFlightDiagnostic diagnostic = emitOpError() << "needs a weight of " << channels << " rows and 2 or more columns in f32, but "
                                                  << getWeightAttr() << " is " << type;
    diagnostic.attachNote(weight->getLoc()) << "the weight is here";
    return diagnostic;
  }
  if (getBiasAttr() && failed(verifyVector(*this, getBiasAttr(), "bias", channels, symbols)))
    return failure();
  return verifyState(*this, *state, {type.getColumns() - 1, channels});
}

/// A recurrence of heads, groups of which share two vectors of the input, called `shared`; `own` is what each has for itself.
template <typename Op> static LogicalResult verifyHeads(Op op, StringRef own, StringRef shared, SymbolTableCollection &symbols) {
  FailureOr<RecurrentStateOp> state = named<RecurrentStateOp>(op, op.getStateAttr(), symbols);
  if (failed(state))
    return failure();
  int64_t heads = columnsOf(op.getDt()), columns = columnsOf(op.getOutput()), groups = op.getGroups();
  ArrayRef<int64_t> shape = state->getStateType().getShape();
  if (columns % heads != 0 || heads % groups != 0)
    return op.emitOpError() << "has " << heads << " heads, one for each column of dt, which must divide the result's " << columns
                            << " columns and be a multiple of the " << groups << " groups";
  int64_t size = shape.size() == 3 ? shape[1] : 1;
  if (failed(verifyState(op, *state, {heads, size, columns / heads})))
    return failure();
  if (columnsOf(op.getInput()) != columns + 2 * groups * size)
    return op.emitOpError() << "input has " << columnsOf(op.getInput()) << " columns, but " << own << " of " << columns << " and " << groups
                            << " groups of " << shared << " of " << size << " need " << columns + 2 * groups * size;
  return success();
}

LogicalResult SSMScanOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (failed(verifyHeads(*this, "x", "B and C", symbols)))
    return failure();
  int64_t heads = columnsOf(getDt());
  for (auto [name, what] : {std::pair(getDecayAttr(), "decay"), std::pair(getSkipAttr(), "skip"), std::pair(getDtBiasAttr(), "dt_bias")})
    if (failed(verifyVector(*this, name, what, heads, symbols)))
      return failure();
  return success();
}

LogicalResult GatedDeltaOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (failed(verifyHeads(*this, "values", "queries and keys", symbols)) ||
      failed(verifyVector(*this, getDecayAttr(), "decay", columnsOf(getDt()), symbols)))
    return failure();
  return verifyVector(*this, getDtBiasAttr(), "dt_bias", columnsOf(getDt()), symbols);
}
