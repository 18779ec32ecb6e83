// Sampled steps added up: for each kernel how long it took, what it read and computed, and how near that is to its bound.
#ifndef VSPEC_TOOLS_VSPECBENCH_ROOFLINE_H
#define VSPEC_TOOLS_VSPECBENCH_ROOFLINE_H
#include "Measurement.h"
#include <algorithm>

namespace vspec {

/// What takes longest at least: reading, or multiplying what most of the time is multiplied.
enum class Bound { Read, Int8, F32 };
const char *nameOf(Bound bound); // "read"

/// Some launches of a step, together. Bytes and operations are means over the sampled steps, so that they add up; all else is a median.
struct RooflineRow {
  std::string kernel; // "linear_1"
  std::string name;   // where in the model: "blk.*.attn_q"
  std::string kind;   // "embed", "linear", "attention", "logits"
  uint32_t launches = 0;
  double bytes = 0;
  double operations = 0, f32Operations = 0;    // of all types; of them in f32
  double seconds = 0;                          // from the first worker's begin to the last one's end
  double gapSeconds = 0;                       // from the end of the launch before to the begin
  double workSeconds = 0, prologueSeconds = 0; // of all workers
  double predictedSeconds = 0;                 // of all workers, by the model that the runtime takes tiles by (TileCost.h)
  double boundSeconds = 0;                     // the larger of bytes and operations, launch by launch
  double boundShare = 0;
  Bound bound = Bound::Read;
};

/// One kind of step.
struct Roofline {
  Work work;
  uint32_t threads, batch, depth;
  uint32_t rows;  // of the step
  uint32_t steps; // sampled
  std::string variant;
  uint32_t launches; // that ran
  uint32_t barriers; // at their ends, and where rows are prepared by all workers together
  MachineRates machine;
  double wallSeconds, launchSeconds, gapSeconds; // what is left was before the first launch and after the last
  double workShare;                              // of the workers' time in launches: in kernels
  double tileShare;                              // of the processor time that they received; negative: not counted
  double processors;                             // that they received while this was counted
  std::vector<RooflineRow> kernels, kinds, each;

  /// Of medians, so on a restless machine it might come out below zero.
  double outsideSeconds() const { return std::max(wallSeconds - launchSeconds - gapSeconds, 0.0); }
};

/// Of all prefill and decode measurements that have samples, in their order.
std::vector<Roofline> rooflinesOf(const std::vector<Measurement> &measurements, const LaunchCosts &costs);

/// "decode, 2 threads, batch 1, depth 4096"
std::string titleOf(const Roofline &roofline);

} // namespace vspec
#endif
