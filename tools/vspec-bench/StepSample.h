// What was seen in one profiled step: the raw material of a roofline.
#ifndef VSPEC_TOOLS_VSPECBENCH_STEPSAMPLE_H
#define VSPEC_TOOLS_VSPECBENCH_STEPSAMPLE_H
#include "MachineProbe.h"
#include "vspec/Runtime.h"
#include <vector>

namespace vspec {

struct StepSample {
  uint64_t wallNanoseconds;
  uint32_t firstLaunch; // in the program's table
  std::vector<vspec_launch_time> launches;
};

/// Steps of one kind of work, with the machine as it was around them.
struct SampledSteps {
  uint64_t firstPosition; // each step goes on where the one before ended
  std::vector<StepSample> steps;
  MachineRates machine = {};
};

/// Of some decode steps: what the workers received, and what of it was work in kernels.
struct ProcessorUse {
  double seconds, processorSeconds, workSeconds;
};

} // namespace vspec
#endif
