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
  for (const std::string &name : names) {
    Result<RowSource> source = RowSource::create(weight, name, weight.getWeightType().getRows() / int64_t(names.size()), checkpoint);
    if (!source)
      return source.error();
    assert((stack.sources.empty() || source->stored == stack.stored()) && "Import takes stacks of one format");
    stack.sources.push_back(std::move(*source));
  }
  return stack;
}

Result<CodedRows> StackSource::coded(int64_t first, int64_t count) const {
  return sources[first / sources[0].rows].coded(first % sources[0].rows, count);
}

Result<std::vector<float>> StackSource::values(int64_t first, int64_t count) const {
  return sources[first / sources[0].rows].values(first % sources[0].rows, count);
}
