// Runs a plan: opens the model once for each number of threads, then measures everything in turn, as often as the plan says,
// with the machine itself before and after each piece.
#ifndef VSPEC_TOOLS_VSPECBENCH_BENCH_H
#define VSPEC_TOOLS_VSPECBENCH_BENCH_H
#include "BenchPlan.h"
#include "Measurement.h"
#include <functional>

namespace vspec {

/// All that the machine did at one number of threads.
struct MachineMeasurement {
  uint32_t threads;
  std::vector<MachineRates> rates;
};

struct BenchResults {
  BenchPlan plan; // completed
  vspec_model_info model;
  std::vector<double> openSeconds;         // of the file in the page cache, with one worker for each processor
  std::vector<MachineMeasurement> machine; // [threads]
  std::vector<Measurement> prefill, decode;

  bool hasExperts() const { return !prefill.empty() && prefill[0].expertsPerLayer() > 0; }
};

/// `progress` gets pieces of work: done, and all.
Result<BenchResults> runBench(const std::string &path, BenchPlan plan, const LaunchCosts &costs, const MachineProbe &probe,
                              const std::function<void(uint64_t done, uint64_t total)> &progress);

} // namespace vspec
#endif
