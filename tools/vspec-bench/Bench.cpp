#include "Bench.h"
#include "BenchedModel.h"
#include "CommandLine/InputFiles.h"
#include <algorithm>
#include <chrono>

namespace vspec {
namespace {

// Steps that are profiled in a repetition.
constexpr uint32_t decodeSamples = 16, prefillSamples = 4;

MachineRates meanOf(const MachineRates &x, const MachineRates &y) {
  return {(x.bytes + y.bytes) / 2, (x.int8 + y.int8) / 2, (x.f32 + y.f32) / 2};
}

class Bench {
public:
  using ShowProgress = std::function<void(uint64_t done, uint64_t total)>;

  Bench(BenchResults &results, const LaunchCosts &costs, const MachineProbe &probe, const ShowProgress &progress)
      : results(results), costs(costs), probe(probe), progress(progress) {}

  Result<void> open(const std::string &path, BenchPlan plan);
  Result<void> timeOpening(const std::string &path);
  Result<void> run();

private:
  /// The steps that the runtime makes of a piece of work.
  std::vector<StepShape> stepsOf(const Measurement &measurement) const;
  Result<void> plan(Work work, uint32_t threads, uint32_t depth, uint32_t batch);
  Result<void> countExperts(std::vector<Measurement> &list);
  const SavedState &stateBefore(const Measurement &measurement) const;
  BenchedModel &fastest();
  Result<void> measure(Measurement &measurement, BenchedModel &model);
  Result<void> sample(Measurement &measurement, BenchedModel &model);
  MachineRates probeMachine(uint32_t threads);
  uint64_t pieces() const { return results.plan.repeat * (results.prefill.size() + results.decode.size()); }

  BenchResults &results;
  const LaunchCosts &costs;
  const MachineProbe &probe;
  const ShowProgress &progress;
  std::vector<BenchedModel> models; // [threads]
  std::vector<SavedState> states;   // [depths]
  uint32_t lastProbed = 0;          // threads; 0: never
  MachineRates last = {};
};

/// Opens and closes the model: the first time may read from a disk, so it does not count.
Result<void> Bench::timeOpening(const std::string &path) {
  for (uint32_t i = 0; i <= results.plan.repeat; ++i) {
    const auto start = std::chrono::steady_clock::now();
    auto model = loadModel(path, results.plan.loadWith(0));
    if (!model)
      return model.error();
    if (i > 0)
      results.openSeconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return {};
}

Result<void> Bench::open(const std::string &path, BenchPlan given) {
  // The first one says what the model holds.
  auto first = loadModel(path, given.loadWith(given.threads.empty() ? 0 : given.threads[0]));
  if (!first)
    return first.error();
  if (auto completed = given.complete(*first); !completed)
    return completed;
  results.plan = given;
  if (auto timed = timeOpening(path); !timed)
    return timed;
  results.model = first->info;
  for (uint32_t threads : given.threads) {
    auto loaded = first->handle && threads == first->info.threads ? std::move(first) : loadModel(path, given.loadWith(threads));
    if (!loaded)
      return loaded.error();
    auto model = BenchedModel::open(std::move(*loaded), given);
    if (!model)
      return model.error();
    models.push_back(std::move(*model));
    results.machine.push_back({threads, {}});
    for (uint32_t depth : given.depths) {
      if (auto planned = plan(Work::Prefill, threads, depth, 1); !planned)
        return planned;
      for (uint32_t batch : given.batches)
        if (auto planned = plan(Work::Decode, threads, depth, batch); !planned)
          return planned;
    }
  }
  progress(0, pieces()); // what comes before the first piece may take long, too
  // What lies in a cache does not change the speed, and the models share the file: one fills, all restore.
  for (uint32_t depth : given.depths) {
    auto state = fastest().stateAt(depth);
    if (!state)
      return state.error();
    states.push_back(std::move(*state));
  }
  for (std::vector<Measurement> *list : {&results.prefill, &results.decode}) {
    if (costs.hasExperts())
      if (auto counted = countExperts(*list); !counted)
        return counted;
    for (Measurement &measurement : *list)
      for (const StepShape &step : measurement.steps)
        measurement.cost += costs.variantOf(step)->cost(step);
  }
  return {};
}

BenchedModel &Bench::fastest() {
  const std::vector<uint32_t> &threads = results.plan.threads;
  return models[size_t(std::max_element(threads.begin(), threads.end()) - threads.begin())];
}

/// In a pass that is not timed. The number of threads changes no token and no choice.
Result<void> Bench::countExperts(std::vector<Measurement> &list) {
  for (Measurement &measurement : list) {
    const auto counted = std::find_if(list.begin(), list.end(), [&](const Measurement &other) {
      return other.depth == measurement.depth && other.batch == measurement.batch;
    });
    if (&*counted != &measurement)
      measurement.steps = counted->steps;
    else if (auto done = fastest().countExperts(stateBefore(measurement), measurement.steps); !done)
      return done;
  }
  return {};
}

std::vector<StepShape> Bench::stepsOf(const Measurement &measurement) const {
  std::vector<StepShape> steps;
  if (measurement.work == Work::Decode) {
    for (uint64_t i = 0; i < results.plan.generated; ++i)
      steps.push_back({measurement.batch, 1, measurement.depth + i, measurement.batch});
    return steps;
  }
  for (uint64_t first = 0, prompt = results.plan.prompt; first < prompt;) {
    const uint64_t rows = std::min<uint64_t>(results.model.row_capacity, prompt - first);
    steps.push_back({1, rows, measurement.depth + first, uint64_t(first + rows == prompt)});
    first += rows;
  }
  return steps;
}

Result<void> Bench::plan(Work work, uint32_t threads, uint32_t depth, uint32_t batch) {
  Measurement measurement{work, threads, depth, batch, {}, 0, {}, {}, 0, {}, {}};
  measurement.steps = stepsOf(measurement);
  for (const StepShape &step : measurement.steps) {
    if (!costs.variantOf(step))
      return Error{"no variant of the model file holds a step of " + std::to_string(step.sessions * step.rows) + " rows"};
    measurement.tokens += step.sessions * step.rows;
  }
  (work == Work::Prefill ? results.prefill : results.decode).push_back(std::move(measurement));
  return {};
}

MachineRates Bench::probeMachine(uint32_t threads) {
  const MachineRates rates = probe.measure(threads);
  for (MachineMeasurement &machine : results.machine)
    if (machine.threads == threads)
      machine.rates.push_back(rates);
  lastProbed = threads;
  return last = rates;
}

const SavedState &Bench::stateBefore(const Measurement &measurement) const {
  const std::vector<uint32_t> &depths = results.plan.depths;
  return states[size_t(std::find(depths.begin(), depths.end(), measurement.depth) - depths.begin())];
}

Result<void> Bench::measure(Measurement &measurement, BenchedModel &model) {
  const SavedState &state = stateBefore(measurement);
  // What came after the piece before comes before this one.
  const MachineRates before = lastProbed == measurement.threads ? last : probeMachine(measurement.threads);
  auto timing = measurement.work == Work::Prefill ? model.prefill(state, results.plan.prompt)
                                                  : model.decode(state, measurement.batch, results.plan.generated);
  if (!timing)
    return timing.error();
  const MachineRates after = probeMachine(measurement.threads);
  const MachineRates machine = meanOf(before, after);
  double bound = 0;
  for (const StepShape &step : measurement.steps)
    bound += boundSeconds(*costs.variantOf(step), step, machine);
  measurement.repetitions.push_back({timing->seconds, timing->processorSeconds, bound, machine});
  return results.plan.roofline ? sample(measurement, model) : Result<void>();
}

Result<void> Bench::sample(Measurement &measurement, BenchedModel &model) {
  const BenchPlan &plan = results.plan;
  const bool decodes = measurement.work == Work::Decode;
  const SavedState &state = stateBefore(measurement);
  const uint32_t rows = decodes ? 1 : std::min(plan.prompt, results.model.row_capacity);
  const uint32_t steps = decodes ? std::min(plan.generated, decodeSamples) : std::min(plan.prompt / rows, prefillSamples);
  const MachineRates before = last;
  auto sampled = model.sample(state, measurement.batch, rows, decodes, steps);
  if (!sampled)
    return sampled.error();
  const MachineRates after = probeMachine(measurement.threads);
  sampled->machine = meanOf(before, after);
  measurement.sampledRows = rows;
  measurement.samples.push_back(std::move(*sampled));
  if (!decodes)
    return {};
  auto use = model.processorUse(state, measurement.batch, plan.generated);
  if (!use)
    return use.error();
  measurement.processorUse.push_back(*use);
  lastProbed = 0; // too long ago for the next piece
  return {};
}

Result<void> Bench::run() {
  uint64_t done = 0;
  for (uint32_t repetition = 0; repetition < results.plan.repeat; ++repetition)
    for (std::vector<Measurement> *list : {&results.prefill, &results.decode})
      for (Measurement &measurement : *list) {
        progress(done++, pieces());
        for (BenchedModel &model : models)
          if (model.loaded().info.threads == measurement.threads)
            if (auto measured = measure(measurement, model); !measured)
              return measured;
      }
  return {};
}

} // namespace

Result<BenchResults> runBench(const std::string &path, BenchPlan plan, const LaunchCosts &costs, const MachineProbe &probe,
                              const std::function<void(uint64_t done, uint64_t total)> &progress) {
  BenchResults results;
  Bench bench(results, costs, probe, progress);
  if (auto opened = bench.open(path, std::move(plan)); !opened)
    return opened.error();
  if (auto run = bench.run(); !run)
    return run.error();
  return results;
}

} // namespace vspec
