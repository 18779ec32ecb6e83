// What was measured, and the figures that are made of it.
#ifndef VSPEC_TOOLS_VSPECBENCH_MEASUREMENT_H
#define VSPEC_TOOLS_VSPECBENCH_MEASUREMENT_H
#include "LaunchCosts.h"
#include "StepSample.h"

namespace vspec {

/// Of the repetitions of one number.
struct Spread {
  double median, least, most;
};
Spread spreadOf(std::vector<double> values);
Spread spreadOf(const std::vector<MachineRates> &all, double MachineRates::*rate);
MachineRates medianOf(const std::vector<MachineRates> &all);

/// One timed piece of work, and the machine as it was just before and just after it (their mean).
struct Repetition {
  double seconds;
  double processorSeconds; // that the whole process received meanwhile
  double boundSeconds;     // what such a machine needs at least
  MachineRates machine;
};

enum class Work { Prefill, Decode };

struct Measurement {
  Work work;
  uint32_t threads, depth, batch;
  // Of a repetition, all sessions together:
  std::vector<StepShape> steps; // that the runtime makes
  uint64_t tokens = 0;
  StepCost cost;
  std::vector<Repetition> repetitions;
  // With --roofline, of each repetition:
  uint32_t sampledRows = 0; // of each session in a sampled step
  std::vector<SampledSteps> samples;
  std::vector<ProcessorUse> processorUse; // of decode

  /// That a step reads in a layer of experts, on average; 0: the model has none.
  double expertsPerLayer() const;
};

/// Ratios are made repetition by repetition, so that a machine that slows down spoils none.
struct Figures {
  Spread tokensPerSecond, bytesPerSecond, operationsPerSecond;
  Spread bytesShare;          // of the machine's read bandwidth
  Spread int8Share, f32Share; // of linears, of the machine's peaks
  Spread boundTokensPerSecond, boundShare;
  Spread processors; // that the process received, on average over the time
};
Figures figuresOf(const Measurement &measurement);

/// What such a machine needs at least to multiply.
double operationsSeconds(const Operations &operations, const MachineRates &machine);

/// Each launch needs at least the time of its bytes or of its operations, and they run one after the other.
double boundSeconds(const CostedVariant &variant, const StepShape &step, const MachineRates &machine);

} // namespace vspec
#endif
