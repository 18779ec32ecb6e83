#include "Measurement.h"
#include <algorithm>

namespace vspec {

Spread spreadOf(std::vector<double> values) {
  if (values.empty())
    return {0, 0, 0};
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  const double median = values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back()};
}

Figures figuresOf(const Measurement &measurement) {
  const auto over = [&](const auto &figure) {
    std::vector<double> values;
    for (const Repetition &repetition : measurement.repetitions)
      values.push_back(figure(repetition));
    return spreadOf(std::move(values));
  };
  const double tokens = double(measurement.tokens), bytes = double(measurement.cost.bytes());
  const double operations = double(measurement.cost.linearOperations);
  return {over([&](const Repetition &r) { return tokens / r.seconds; }),
          over([&](const Repetition &r) { return bytes / r.seconds; }),
          over([&](const Repetition &r) { return operations / r.seconds; }),
          over([&](const Repetition &r) { return bytes / r.seconds / r.machine.bytes; }),
          over([&](const Repetition &r) { return operations / r.seconds / r.machine.operations; }),
          over([&](const Repetition &r) { return tokens / r.boundSeconds; }),
          over([&](const Repetition &r) { return r.boundSeconds / r.seconds; }),
          over([&](const Repetition &r) { return r.processorSeconds / r.seconds; })};
}

double boundSeconds(const CostedVariant &variant, const StepShape &step, const MachineRates &machine) {
  double seconds = 0;
  for (const CostedLaunch &launch : variant.launches) {
    const StepCost cost = launch.cost(step);
    seconds += std::max(double(cost.bytes()) / machine.bytes, double(cost.operations()) / machine.operations);
  }
  return seconds;
}

} // namespace vspec
