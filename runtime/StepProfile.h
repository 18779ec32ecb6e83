// Where the time of a step goes, launch by launch. The workers fill it in while one is open; otherwise a launch carries no
// record, and a worker's only cost is to see that.
#ifndef VSPEC_RUNTIME_STEPPROFILE_H
#define VSPEC_RUNTIME_STEPPROFILE_H
#include "runtime/Memory.h"
#include "vspec/Runtime.h"
#include <atomic>
#include <memory>

namespace vspec {

/// Nanoseconds of a clock that never goes back.
uint64_t monotonicNanoseconds();
/// Processor time that the calling thread has received.
uint64_t threadNanoseconds();

/// What a worker did of a launch without a pause.
struct LaunchPart {
  uint64_t begin, ready, end; // ready: the prologue is done
  uint64_t processor;         // time received
  uint32_t takes;
};

/// What the workers say about a launch of the running step.
struct LaunchRecord {
  std::atomic<uint64_t> begin; // of the first worker
  std::atomic<uint64_t> work, prologue, processor;
  std::atomic<uint32_t> takes;
  bool countsProcessor;
  const int32_t *chosen; // how many experts the rows chose; null: the launch has none
  // Written by the worker that did the last tile or prepared the last row:
  uint64_t end;
  uint32_t experts; // later launches may reuse the memory of `chosen`
  uint32_t barriers;

  void reset(bool processorTime, const int32_t *chosenExperts);
  void add(const LaunchPart &part);
  /// The last tile is done, or the last row is prepared.
  void finish();
};

class StepProfile {
public:
  /// Room for steps of at most so many launches.
  static Result<std::unique_ptr<StepProfile>> open(uint32_t launches, bool processorTime);

  /// A step of this variant, which began then.
  void start(uint32_t firstLaunch, uint32_t launches, uint64_t now);
  /// Where the workers write about a launch of the variant, which has tiles; null for `chosenExperts` if it has no experts.
  LaunchRecord *record(uint32_t launch, uint32_t tiles, const int32_t *chosenExperts);
  /// The step has ended; `others` is the processor time of all workers but the caller, since they exist.
  void finish(uint64_t others);
  /// What `others` is when the profile opens.
  void baseline(uint64_t others) { othersBefore = others; }

  const vspec_step_profile &last() const { return told; }

private:
  StepProfile() = default;

  Memory memory;
  LaunchRecord *records = nullptr;    // [launches]
  vspec_launch_time *times = nullptr; // [launches]
  bool processorTime = false;
  uint64_t began = 0, callerBegan = 0;   // of the running step
  uint64_t caller = 0, othersBefore = 0; // processor time
  vspec_step_profile told = {};
};

} // namespace vspec
#endif
