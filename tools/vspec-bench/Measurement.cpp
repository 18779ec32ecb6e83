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

Spread spreadOf(const std::vector<MachineRates> &all, double MachineRates::*rate) {
  std::vector<double> values;
  for (const MachineRates &rates : all)
    values.push_back(rates.*rate);
  return spreadOf(std::move(values));
}

MachineRates medianOf(const std::vector<MachineRates> &all) {
  const auto median = [&](double MachineRates::*rate) { return spreadOf(all, rate).median; };
  return {median(&MachineRates::bytes), median(&MachineRates::int8), median(&MachineRates::f32)};
}

double Measurement::expertsPerLayer() const {
  uint64_t experts = 0, launches = 0;
  for (const StepShape &step : steps)
    for (uint32_t ofLaunch : step.experts) {
      experts += ofLaunch;
      launches += ofLaunch != 0;
    }
  return launches ? double(experts) / double(launches) : 0;
}

Figures figuresOf(const Measurement &measurement) {
  const auto over = [&](const auto &figure) {
    std::vector<double> values;
    for (const Repetition &repetition : measurement.repetitions)
      values.push_back(figure(repetition));
    return spreadOf(std::move(values));
  };
  const double tokens = double(measurement.tokens), bytes = double(measurement.cost.bytes());
  const Operations linear = measurement.cost.linear;
  return {over([&](const Repetition &r) { return tokens / r.seconds; }),
          over([&](const Repetition &r) { return bytes / r.seconds; }),
          over([&](const Repetition &r) { return double(linear.all()) / r.seconds; }),
          over([&](const Repetition &r) { return bytes / r.seconds / r.machine.bytes; }),
          over([&](const Repetition &r) { return double(linear.int8) / r.seconds / r.machine.int8; }),
          over([&](const Repetition &r) { return double(linear.f32) / r.seconds / r.machine.f32; }),
          over([&](const Repetition &r) { return tokens / r.boundSeconds; }),
          over([&](const Repetition &r) { return r.boundSeconds / r.seconds; }),
          over([&](const Repetition &r) { return r.processorSeconds / r.seconds; })};
}

double operationsSeconds(const Operations &operations, const MachineRates &machine) {
  return double(operations.int8) / machine.int8 + double(operations.f32) / machine.f32;
}

double boundSeconds(const CostedVariant &variant, const StepShape &step, const MachineRates &machine) {
  double seconds = 0;
  for (size_t i = 0; i < variant.launches.size(); ++i) {
    const StepCost cost = variant.launches[i].cost(step, step.expertsOf(i));
    seconds += std::max(double(cost.bytes()) / machine.bytes, operationsSeconds(cost.operations(), machine));
  }
  return seconds;
}

} // namespace vspec
