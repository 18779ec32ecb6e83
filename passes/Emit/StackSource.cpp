#include "passes/Emit/StackSource.h"

using namespace mlir;
using namespace vspec;

Result<StackSource> StackSource::create(WeightOp weight, const Checkpoint *checkpoint) {
  std::vector<std::string> names{weight.getSource().str()};
  for (Attribute transform : weight.getTransformsAttr() ? weight.getTransformsAttr().getValue() : ArrayRef<Attribute>())
    if (auto stack = dyn_cast<StackAttr>(transform))
      for (StringAttr name : stack.getSources())
        names.push_back(name.str());
  StackSource stack;
  WeightType type = weight.getWeightType();
  int64_t count = int64_t(names.size());
  stack.isRow = type.getRows() == 1;
  for (const std::string &name : names) {
    Result<RowSource> source = stack.isRow ? RowSource::create(weight, name, 1, type.getColumns() / count, checkpoint)
                                           : RowSource::create(weight, name, type.getRows() / count, type.getColumns(), checkpoint);
    if (!source)
      return source.error();
    assert((stack.sources.empty() || source->stored == stack.stored()) && "Import takes stacks of one format");
    stack.sources.push_back(std::move(*source));
  }
  return stack;
}

Result<CodedRows> StackSource::coded(int64_t first, int64_t count) const {
  if (isRow && sources.size() > 1) {
    CodedRows all; // parts are plain floats
    all.rows = 1;
    for (const RowSource &part : sources) {
      Result<CodedRows> coded = part.coded(0, 1);
      if (!coded)
        return coded;
      all.columns += coded->columns;
      all.floats.insert(all.floats.end(), coded->floats.begin(), coded->floats.end());
    }
    return all;
  }
  return sources[first / sources[0].rows].coded(first % sources[0].rows, count);
}

Result<std::vector<float>> StackSource::values(int64_t first, int64_t count) const {
  if (isRow && sources.size() > 1) {
    std::vector<float> all;
    for (const RowSource &part : sources) {
      Result<std::vector<float>> values = part.values(0, 1);
      if (!values)
        return values;
      all.insert(all.end(), values->begin(), values->end());
    }
    return all;
  }
  return sources[first / sources[0].rows].values(first % sources[0].rows, count);
}
