// What is measured: which numbers of threads, depths and batches, and how often.
#ifndef VSPEC_TOOLS_VSPECBENCH_BENCHPLAN_H
#define VSPEC_TOOLS_VSPECBENCH_BENCHPLAN_H
#include "CommandLine/LoadedModel.h"

namespace vspec {

/// As the user gave it; what is empty or 0 is chosen by `complete`.
struct BenchPlan {
  std::vector<uint32_t> threads, depths, batches;
  uint32_t prompt = 0, generated = 0, repeat = 5;
  bool roofline = false;
  LoadOptions load; // but for its threads

  LoadOptions loadWith(uint32_t threads) const { return {threads, load.weightsInRAM}; }
  uint32_t mostThreads() const;
  uint32_t mostSessions() const;
  uint32_t deepest() const;
  /// Tokens of a session.
  uint32_t context() const;

  /// Chooses what was not given so that the model can hold it, and refuses what it cannot hold.
  Result<void> complete(const LoadedModel &model);
};

} // namespace vspec
#endif
