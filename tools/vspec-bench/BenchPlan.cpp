#include "BenchPlan.h"
#include "CommandLine/InputFiles.h"
#include <algorithm>

namespace vspec {
namespace {

constexpr uint32_t usualPrompt = 512, usualGenerated = 64, usualDepth = 4096, usualBatch = 4;

uint32_t largest(const std::vector<uint32_t> &numbers) { return *std::max_element(numbers.begin(), numbers.end()); }

/// 1 and `most`.
std::vector<uint32_t> oneAnd(uint32_t most) { return most > 1 ? std::vector<uint32_t>{1, most} : std::vector<uint32_t>{1}; }

} // namespace

uint32_t BenchPlan::mostThreads() const { return largest(threads); }
uint32_t BenchPlan::mostSessions() const { return largest(batches); }
uint32_t BenchPlan::deepest() const { return largest(depths); }
uint32_t BenchPlan::context() const { return deepest() + std::max(prompt, generated); }

Result<void> BenchPlan::complete(const LoadedModel &model) {
  const vspec_model_info &info = model.info;
  for (std::vector<uint32_t> *numbers : {&threads, &depths, &batches}) {
    std::sort(numbers->begin(), numbers->end());
    numbers->erase(std::unique(numbers->begin(), numbers->end()), numbers->end());
  }
  if (threads.empty())
    threads = oneAnd(info.threads);
  if (batches.empty())
    batches = oneAnd(std::min(usualBatch, info.slots));
  if (prompt == 0)
    prompt = std::min(usualPrompt, std::max(info.context_ceiling / 2, 1u));
  if (generated == 0)
    generated = std::min(usualGenerated, std::max(info.context_ceiling / 2, 1u));
  if (depths.empty()) {
    const uint32_t room = info.context_ceiling - std::min(std::max(prompt, generated), info.context_ceiling);
    depths = room > 0 ? std::vector<uint32_t>{0, std::min(usualDepth, room)} : std::vector<uint32_t>{0};
  }
  if (mostSessions() > info.slots)
    return Error{"--batch " + std::to_string(mostSessions()) + " needs as many sessions in a step, but " + quotedPath(model.path) +
                 " was compiled for " + std::to_string(info.slots) +
                 ": compile it with vspec-compile --batch=" + std::to_string(mostSessions())};
  return {};
}

} // namespace vspec
