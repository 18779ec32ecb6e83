// A model file opened with one number of threads, with the sessions of the largest batch: what is timed.
#ifndef VSPEC_TOOLS_VSPECBENCH_BENCHEDMODEL_H
#define VSPEC_TOOLS_VSPECBENCH_BENCHEDMODEL_H
#include "BenchPlan.h"
#include "LaunchCosts.h"
#include "StepSample.h"

namespace vspec {

/// Token ids that look random and are the same in each run; from another start, others.
class TokenSource {
public:
  TokenSource(uint32_t vocabulary, uint64_t start) : vocabulary(vocabulary), state(start) {}
  int32_t next();

private:
  uint32_t vocabulary;
  uint64_t state;
};

/// The saved state of a session; empty: no tokens.
using SavedState = std::vector<uint8_t>;

struct Timing {
  double seconds, processorSeconds;
};

/// Work that begins at the same depth has the same tokens, however often and with however many threads it is done: so it chooses the
/// same experts.
class BenchedModel {
public:
  /// Opens the sessions and touches all weights once.
  static Result<BenchedModel> open(LoadedModel model, const BenchPlan &plan);

  const LoadedModel &loaded() const { return model; }
  /// Session 0 after so many tokens.
  Result<SavedState> stateAt(uint32_t depth);
  /// Times the tokens of a prompt, fed to session 0 after what it was saved with.
  Result<Timing> prefill(const SavedState &state, uint32_t tokens);
  /// Times `steps` steps of the first `batch` sessions, a token of each, all logits made.
  Result<Timing> decode(const SavedState &state, uint32_t batch, uint32_t steps);

  /// What the rows of such steps, one after the other, choose: experts of each launch, step by step.
  Result<void> countExperts(const SavedState &state, std::vector<StepShape> &steps);
  /// The same work in single steps, each profiled: `rows` new tokens of each session, logits of all or of none.
  Result<SampledSteps> sample(const SavedState &state, uint32_t batch, uint32_t rows, bool logits, uint32_t steps);
  /// Processor time of decode steps; counting makes them slower.
  Result<ProcessorUse> processorUse(const SavedState &state, uint32_t batch, uint32_t steps);

private:
  explicit BenchedModel(LoadedModel loaded) : model(std::move(loaded)), source(model.info.vocabulary, 0) {}
  Result<void> bring(const SavedState &state, uint32_t sessionCount);
  Result<void> feed(uint32_t tokens, vspec_logits logits);
  /// Logits of the last `selected` rows.
  Result<void> step(uint32_t batch, uint32_t rowsOfEach, uint32_t selected);

  LoadedModel model;
  TokenSource source;
  std::vector<RuntimeOwner<vspec_session>> sessions;
};

} // namespace vspec
#endif
