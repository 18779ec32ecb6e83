#include "Roofline.h"
#include "vspec/Plan/TileCost.h"
#include <algorithm>
#include <cctype>
#include <functional>
#include <numeric>

namespace vspec {
namespace {

using Key = std::function<std::string(const CostedLaunch &, size_t index)>;

/// "blk.12.attn_q" of every layer is "blk.*.attn_q".
std::string withoutNumbers(const std::string &name) {
  std::string text;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool digit = std::isdigit(static_cast<unsigned char>(name[i])) != 0;
    const bool startsPart = i == 0 || name[i - 1] == '.';
    const size_t end = digit && startsPart ? name.find_first_not_of("0123456789", i) : i;
    if (digit && startsPart && (end == std::string::npos || name[end] == '.')) {
      text += '*';
      i = (end == std::string::npos ? name.size() : end) - 1;
    } else {
      text += name[i];
    }
  }
  return text;
}

std::string kindOf(const CostedLaunch &launch) { return launch.onlySelected ? "logits" : launch.kind; }

/// The sums of a group of launches, step by step.
struct Group {
  RooflineRow row;
  double bytesBound = 0, int8Bound = 0, f32Bound = 0; // over all steps: which of them bounds
  std::vector<double> bytes, operations, f32Operations, seconds, gaps, work, prologue, predicted, bound, share;
  void startStep() {
    for (std::vector<double> *numbers : {&bytes, &operations, &f32Operations, &seconds, &gaps, &work, &prologue, &predicted, &bound})
      numbers->push_back(0);
    row.launches = 0;
  }
};

double meanOf(const std::vector<double> &values) { return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size()); }

class Adder {
public:
  Adder(const Measurement &measurement, const LaunchCosts &costs) : measurement(measurement), costs(costs) {}

  /// Launches with the same key are added up; rows in the order of the step.
  std::vector<RooflineRow> rows(const Key &key) const;

private:
  void addStep(const SampledSteps &set, size_t step, const Key &key, std::vector<std::pair<std::string, Group>> &groups) const;

  const Measurement &measurement;
  const LaunchCosts &costs;
};

StepShape shapeOf(const Measurement &m, const SampledSteps &set, size_t step) {
  const uint64_t rows = m.sampledRows;
  return {m.batch, rows, set.firstPosition + step * rows, m.work == Work::Decode ? m.batch * rows : 0};
}

void Adder::addStep(const SampledSteps &set, size_t step, const Key &key, std::vector<std::pair<std::string, Group>> &groups) const {
  const StepShape shape = shapeOf(measurement, set, step);
  const CostedVariant &variant = *costs.variantOf(shape);
  const StepSample &sample = set.steps[step];
  for (auto &[name, group] : groups)
    group.startStep();
  uint64_t before = 0;
  for (size_t i = 0; i < sample.launches.size() && i < variant.launches.size(); ++i) {
    const vspec_launch_time &time = sample.launches[i];
    const CostedLaunch &launch = variant.launches[i];
    if (time.tiles == 0)
      continue;
    const std::string name = key(launch, i);
    auto found = std::find_if(groups.begin(), groups.end(), [&](const auto &group) { return group.first == name; });
    if (found == groups.end()) {
      groups.emplace_back(name, Group());
      found = groups.end() - 1;
      found->second.row = {launch.kernel, withoutNumbers(launch.name), kindOf(launch)};
      found->second.startStep();
    }
    Group &group = found->second;
    const StepCost cost = launch.cost(shape, time.experts);
    const double bytesBound = double(cost.bytes()) / set.machine.bytes;
    const Operations operations = cost.operations();
    const double int8Bound = double(operations.int8) / set.machine.int8, f32Bound = double(operations.f32) / set.machine.f32;
    ++group.row.launches;
    group.bytes.back() += double(cost.bytes());
    group.operations.back() += double(operations.all());
    group.f32Operations.back() += double(operations.f32);
    group.seconds.back() += 1e-9 * double(time.end_ns - time.begin_ns);
    group.gaps.back() += before ? 1e-9 * double(time.begin_ns - before) : 0;
    group.work.back() += 1e-9 * double(time.work_ns);
    group.prologue.back() += 1e-9 * double(time.prologue_ns);
    const uint64_t rows = launch.onlySelected ? shape.selected : shape.sessions * shape.rows;
    group.predicted.back() += 1e-9 * launchNanoseconds({cost.weightBytes + cost.sparseBytes + launch.sessionBytes / 2, launch.tokenBytes},
                                                       time.tiles, double(rows), double(shape.position + shape.rows));
    group.bound.back() += std::max(bytesBound, int8Bound + f32Bound);
    group.bytesBound += bytesBound;
    group.int8Bound += int8Bound;
    group.f32Bound += f32Bound;
    before = time.end_ns;
  }
  for (auto &[name, group] : groups)
    if (group.seconds.back() > 0)
      group.share.push_back(group.bound.back() / group.seconds.back());
}

std::vector<RooflineRow> Adder::rows(const Key &key) const {
  std::vector<std::pair<std::string, Group>> groups;
  for (const SampledSteps &set : measurement.samples)
    for (size_t step = 0; step < set.steps.size(); ++step)
      addStep(set, step, key, groups);
  std::vector<RooflineRow> rows;
  for (auto &[name, group] : groups) {
    RooflineRow row = group.row;
    row.bytes = meanOf(group.bytes);
    row.operations = meanOf(group.operations);
    row.f32Operations = meanOf(group.f32Operations);
    row.seconds = spreadOf(group.seconds).median;
    row.gapSeconds = spreadOf(group.gaps).median;
    row.workSeconds = spreadOf(group.work).median;
    row.prologueSeconds = spreadOf(group.prologue).median;
    row.predictedSeconds = spreadOf(group.predicted).median;
    row.boundSeconds = spreadOf(group.bound).median;
    row.boundShare = spreadOf(group.share).median;
    if (group.bytesBound < group.int8Bound + group.f32Bound)
      row.bound = group.int8Bound >= group.f32Bound ? Bound::Int8 : Bound::F32;
    rows.push_back(std::move(row));
  }
  return rows;
}

template <typename Figure> double medianOfSteps(const Measurement &m, const Figure &figure) {
  std::vector<double> values;
  for (const SampledSteps &set : m.samples)
    for (const StepSample &step : set.steps)
      values.push_back(figure(step));
  return spreadOf(std::move(values)).median;
}

double nanosecondsInLaunches(const StepSample &step) {
  double sum = 0;
  for (const vspec_launch_time &time : step.launches)
    sum += double(time.end_ns - time.begin_ns);
  return sum;
}

double nanosecondsBetweenLaunches(const StepSample &step) {
  double sum = 0;
  uint64_t before = 0;
  for (const vspec_launch_time &time : step.launches)
    if (time.tiles != 0) {
      sum += before ? double(time.begin_ns - before) : 0;
      before = time.end_ns;
    }
  return sum;
}

double nanosecondsOfWork(const StepSample &step) {
  double sum = 0;
  for (const vspec_launch_time &time : step.launches)
    sum += double(time.work_ns);
  return sum;
}

Roofline rooflineOf(const Measurement &m, const LaunchCosts &costs) {
  Roofline roofline{m.work, m.threads, m.batch, m.depth, m.batch * m.sampledRows, 0, {}, 0, 0, {}, 0, 0, 0, 0, -1, 0, {}, {}, {}};
  std::vector<MachineRates> machines;
  std::vector<double> tileShares, processors;
  for (const SampledSteps &set : m.samples) {
    roofline.steps += uint32_t(set.steps.size());
    machines.push_back(set.machine);
  }
  roofline.machine = medianOf(machines);
  roofline.variant = costs.variantOf(shapeOf(m, m.samples[0], 0))->name;
  for (const vspec_launch_time &time : m.samples[0].steps[0].launches) {
    roofline.launches += time.tiles != 0;
    roofline.barriers += time.barriers;
  }
  roofline.wallSeconds = 1e-9 * medianOfSteps(m, [](const StepSample &step) { return double(step.wallNanoseconds); });
  roofline.launchSeconds = 1e-9 * medianOfSteps(m, nanosecondsInLaunches);
  roofline.gapSeconds = 1e-9 * medianOfSteps(m, nanosecondsBetweenLaunches);
  roofline.workShare =
      medianOfSteps(m, [&](const StepSample &step) { return nanosecondsOfWork(step) / (m.threads * nanosecondsInLaunches(step)); });
  for (const ProcessorUse &use : m.processorUse)
    if (use.processorSeconds > 0) {
      tileShares.push_back(use.workSeconds / use.processorSeconds);
      processors.push_back(use.processorSeconds / use.seconds);
    }
  if (!tileShares.empty())
    roofline.tileShare = spreadOf(tileShares).median;
  roofline.processors = spreadOf(processors).median;
  const Adder adder(m, costs);
  roofline.kernels = adder.rows([](const CostedLaunch &launch, size_t) { return launch.kernel + " " + withoutNumbers(launch.name); });
  roofline.kinds = adder.rows([](const CostedLaunch &launch, size_t) { return kindOf(launch); });
  roofline.each = adder.rows([](const CostedLaunch &, size_t index) { return std::to_string(index); });
  return roofline;
}

} // namespace

const char *nameOf(Bound bound) { return bound == Bound::Read ? "read" : bound == Bound::Int8 ? "int8" : "f32"; }

std::vector<Roofline> rooflinesOf(const std::vector<Measurement> &measurements, const LaunchCosts &costs) {
  std::vector<Roofline> rooflines;
  for (const Measurement &measurement : measurements)
    if (!measurement.samples.empty())
      rooflines.push_back(rooflineOf(measurement, costs));
  return rooflines;
}

std::string titleOf(const Roofline &roofline) {
  const bool decodes = roofline.work == Work::Decode;
  return (decodes ? "decode, " : "prefill, ") + std::to_string(roofline.threads) + (roofline.threads == 1 ? " thread, " : " threads, ") +
         (decodes ? "batch " + std::to_string(roofline.batch) : std::to_string(roofline.rows) + " rows") + ", depth " +
         std::to_string(roofline.depth);
}

} // namespace vspec
