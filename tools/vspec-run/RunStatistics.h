// Speed and memory of a run, for --stats.
#ifndef VSPEC_TOOLS_VSPECRUN_RUNSTATISTICS_H
#define VSPEC_TOOLS_VSPECRUN_RUNSTATISTICS_H
#include "CommandLine/LoadedModel.h"

namespace vspec {

struct RunStatistics {
  uint64_t promptTokens = 0, generatedTokens = 0;
  uint64_t steps = 0; // of one token each, after the prompt
  double prefillSeconds = 0, decodeSeconds = 0;
};

/// Several lines: seed, workers, tokens a second of both phases, the memory that was planned and what the process uses now.
std::string describe(const RunStatistics &statistics, const LoadedModel &model, uint32_t context, uint64_t seed);

} // namespace vspec
#endif
