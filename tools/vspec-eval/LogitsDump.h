// The logits of every position of given tokens, as a matrix for numpy.
#ifndef VSPEC_TOOLS_VSPECEVAL_LOGITSDUMP_H
#define VSPEC_TOOLS_VSPECEVAL_LOGITSDUMP_H
#include "vspec/Eval/Evaluation.h"
#include <string>

namespace vspec {

/// Writes f32 [tokens][vocabulary] to `path`, a .npy: row i predicts what follows token i.
Result<void> dumpLogits(LogitsSource &model, const std::vector<int32_t> &tokens, const std::string &path, const ChunkProgress &progress);

} // namespace vspec
#endif
