// Walks the module once; llvm::json writes numbers so that they come back equal.
#include "dialects/VSpec/ToJson.h"
#include "dialects/VSpec/VSpec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace vspec;
namespace json = llvm::json;

static json::Object weightJson(WeightOp weight) {
  WeightType type = weight.getWeightType();
  json::Array transforms;
  for (Attribute transform : weight.getTransformsAttr() ? weight.getTransformsAttr().getValue() : ArrayRef<Attribute>())
    if (auto unpermute = dyn_cast<UnpermuteHeadsAttr>(transform))
      transforms.push_back(json::Object{{"unpermute_heads", unpermute.getHeads()}});
    else if (isa<PlusOneAttr>(transform))
      transforms.push_back(json::Object{{"plus_one", true}});
    else if (isa<TransposeAttr>(transform))
      transforms.push_back(json::Object{{"transpose", true}});
    else if (auto take = dyn_cast<TakeRowsAttr>(transform))
      transforms.push_back(
          json::Object{{"take_rows", json::Object{{"count", take.getCount()}, {"first", take.getFirst()}, {"every", take.getEvery()}}}});
    else if (auto scale = dyn_cast<ScaleByAttr>(transform))
      transforms.push_back(json::Object{{"scale_by", scale.getSource()}});
    else if (isa<NegativeExpAttr>(transform))
      transforms.push_back(json::Object{{"negative_exp", true}});
    else
      transforms.push_back(json::Object{{"stack", json::Array(llvm::map_range(cast<StackAttr>(transform).getSources(),
                                                                              [](StringAttr name) { return name.getValue(); }))}});
  return json::Object{{"rows", type.getRows()},       {"columns", type.getColumns()}, {"matrices", type.getMatrices()},
                      {"format", type.getFormat()},   {"layout", stringifyLayout(type.getLayout())},
                      {"source", weight.getSource()}, {"transforms", std::move(transforms)}};
}

static json::Object cacheJson(KVCacheOp cache) {
  KVCacheType type = cache.getCacheType();
  return json::Object{{"heads", type.getHeads()}, {"head_size", type.getHeadSize()}, {"window", type.getWindow()}, {"k", type.getK()},
                      {"v", type.getV()},         {"capacity", type.getCapacity()},  {"ring", type.getRing()}};
}

/// Null if there is no JSON for the attribute.
static json::Value attributeJson(Attribute attribute) {
  return llvm::TypeSwitch<Attribute, json::Value>(attribute)
      .Case([](StringAttr text) { return json::Value(text.getValue()); })
      .Case([](FlatSymbolRefAttr symbol) { return json::Value(symbol.getValue()); })
      .Case([](BoolAttr flag) { return json::Value(flag.getValue()); })
      .Case([](IntegerAttr number) { return json::Value(number.getValue().getSExtValue()); })
      .Case([](FloatAttr number) { return json::Value(number.getValueAsDouble()); })
      .Case([](ActivationAttr activation) { return json::Value(stringifyActivation(activation.getValue())); })
      .Case([](ScoresAttr scores) { return json::Value(stringifyScores(scores.getValue())); })
      .Case([](DenseF32ArrayAttr numbers) { return json::Value(json::Array(numbers.asArrayRef())); })
      .Default([](Attribute) { return json::Value(nullptr); });
}

namespace {

/// Numbers values in the order in which they come about.
class StepJson {
public:
  std::optional<Error> problem;

  json::Object block(Block &block) {
    json::Array arguments = define(block.getArguments()), operations;
    for (Operation &op : block)
      operations.push_back(operation(op));
    return json::Object{{"arguments", std::move(arguments)}, {"operations", std::move(operations)}};
  }

private:
  json::Array define(ValueRange values) {
    json::Array defined;
    for (Value value : values)
      defined.push_back(numbers.try_emplace(value, int64_t(numbers.size())).first->second);
    return defined;
  }

  json::Object operation(Operation &op) {
    json::Array operands;
    for (Value operand : op.getOperands())
      operands.push_back(numbers.lookup(operand));
    json::Object result{{"op", op.getName().stripDialect()}, {"operands", std::move(operands)}};
    if (!isa<VSpecDialect>(op.getDialect()) && !isa<func::ReturnOp>(op))
      problem = Error{"'" + op.getName().getStringRef().str() + "' has no JSON form, only operations of vspec have"};
    if (auto location = dyn_cast<NameLoc>(op.getLoc()))
      result["location"] = location.getName().getValue();
    json::Object attributes;
    for (NamedAttribute attribute : op.getAttrs()) {
      json::Value value = attributeJson(attribute.getValue());
      if (value.kind() != json::Value::Null)
        attributes[attribute.getName().getValue()] = std::move(value);
    }
    result["attributes"] = std::move(attributes);
    if (auto fused = dyn_cast<FusedOp>(op))
      result["body"] = block(fused.getBody().front());
    result["results"] = define(op.getResults());
    return result;
  }

  llvm::DenseMap<Value, int64_t> numbers;
};

} // namespace

Result<std::string> vspec::moduleToJson(ModuleOp module) {
  json::Object weights, caches, states, attributes;
  for (auto weight : module.getOps<WeightOp>())
    weights[weight.getSymName()] = weightJson(weight);
  for (auto cache : module.getOps<KVCacheOp>())
    caches[cache.getSymName()] = cacheJson(cache);
  for (auto state : module.getOps<RecurrentStateOp>())
    states[state.getSymName()] = json::Array(state.getStateType().getShape());
  for (NamedAttribute attribute : module->getDiscardableAttrs())
    if (StringRef name = attribute.getName().getValue(); name.consume_front("vspec."))
      attributes[name] = attributeJson(attribute.getValue());
  auto step = module.lookupSymbol<func::FuncOp>("step");
  if (!step || !step.getBody().hasOneBlock())
    return Error{"module has no function @step of one block"};
  StepJson steps;
  json::Object body = steps.block(step.getBody().front());
  if (steps.problem)
    return *steps.problem;
  json::Object whole{{"name", module.getName().value_or("")},
                     {"attributes", std::move(attributes)},
                     {"weights", std::move(weights)},
                     {"caches", std::move(caches)},
                     {"states", std::move(states)},
                     {"step", std::move(body)}};
  std::string text;
  llvm::raw_string_ostream(text) << json::Value(std::move(whole)) << "\n";
  return text;
}
