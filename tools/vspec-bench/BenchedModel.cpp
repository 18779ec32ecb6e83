#include "BenchedModel.h"
#include <chrono>
#include <numeric>
#include <time.h>

namespace vspec {
namespace {

class Stopwatch {
public:
  Stopwatch() : start(std::chrono::steady_clock::now()), processor(processorSeconds()) {}
  Timing timing() const {
    return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), processorSeconds() - processor};
  }

private:
  static double processorSeconds() {
    timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return double(t.tv_sec) + 1e-9 * double(t.tv_nsec);
  }
  std::chrono::steady_clock::time_point start;
  double processor;
};

Result<RuntimeOwner<vspec_profile>> openProfile(const LoadedModel &model, bool processorTime) {
  vspec_error error;
  vspec_profile *profile = nullptr;
  if (vspec_profile_open(model.handle.get(), processorTime, &profile, &error) != VSPEC_OK)
    return runtimeError(error);
  return RuntimeOwner<vspec_profile>(profile);
}

} // namespace

// splitmix64.
int32_t TokenSource::next() {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return int32_t((z ^ z >> 31) % vocabulary);
}

Result<BenchedModel> BenchedModel::open(LoadedModel loaded, const BenchPlan &plan) {
  BenchedModel bench(std::move(loaded));
  const std::string wanted =
      "--depth " + std::to_string(plan.deepest()) + " with " +
      (plan.prompt > plan.generated ? "--prompt " + std::to_string(plan.prompt) : "--gen " + std::to_string(plan.generated));
  for (uint32_t i = 0; i < plan.mostSessions(); ++i) {
    auto session = openSession(bench.model, plan.context(), wanted);
    if (!session)
      return session.error();
    bench.sessions.push_back(std::move(*session));
  }
  // The first pass over a mapped file finds its pages; that is no part of the speed.
  if (auto fed = bench.feed(plan.prompt, VSPEC_LOGITS_LAST); !fed)
    return fed.error();
  if (auto decoded = bench.decode({}, 1, 1); !decoded)
    return decoded.error();
  return bench;
}

Result<void> BenchedModel::bring(const SavedState &state, uint32_t sessionCount) {
  vspec_error error;
  for (uint32_t i = 0; i < sessionCount; ++i) {
    vspec_session *session = sessions[i].get();
    const vspec_status status =
        state.empty() ? vspec_session_reset(session, &error) : vspec_session_restore(session, state.data(), state.size(), &error);
    if (status != VSPEC_OK)
      return runtimeError(error);
  }
  source = TokenSource(model.info.vocabulary, vspec_session_position(sessions[0].get()));
  return {};
}

Result<void> BenchedModel::feed(uint32_t tokens, vspec_logits logits) {
  std::vector<int32_t> ids(tokens);
  for (int32_t &id : ids)
    id = source.next();
  vspec_error error;
  if (vspec_session_prefill(sessions[0].get(), ids.data(), tokens, 0, logits, nullptr, nullptr, nullptr, &error) != VSPEC_OK)
    return runtimeError(error);
  return {};
}

Result<void> BenchedModel::step(uint32_t batch, uint32_t rowsOfEach, uint32_t selected) {
  const uint32_t count = batch * rowsOfEach;
  std::vector<vspec_row> rows(count);
  std::vector<uint32_t> select(selected);
  std::iota(select.begin(), select.end(), count - selected);
  for (uint32_t i = 0; i < count; ++i)
    rows[i] = {sessions[i / rowsOfEach].get(), source.next()};
  vspec_error error;
  if (vspec_step(model.handle.get(), rows.data(), count, select.data(), selected, nullptr, &error) != VSPEC_OK)
    return runtimeError(error);
  return {};
}

Result<SavedState> BenchedModel::stateAt(uint32_t depth) {
  if (auto brought = bring({}, 1); !brought)
    return brought.error();
  if (depth == 0)
    return SavedState();
  if (auto fed = feed(depth, VSPEC_LOGITS_NONE); !fed)
    return fed.error();
  SavedState state(vspec_session_save_bytes(sessions[0].get()));
  vspec_error error;
  if (vspec_session_save(sessions[0].get(), state.data(), state.size(), &error) != VSPEC_OK)
    return runtimeError(error);
  return state;
}

Result<Timing> BenchedModel::prefill(const SavedState &state, uint32_t tokens) {
  if (auto brought = bring(state, 1); !brought)
    return brought.error();
  const Stopwatch watch;
  if (auto fed = feed(tokens, VSPEC_LOGITS_LAST); !fed)
    return fed.error();
  return watch.timing();
}

Result<Timing> BenchedModel::decode(const SavedState &state, uint32_t batch, uint32_t steps) {
  if (auto brought = bring(state, batch); !brought)
    return brought.error();
  const Stopwatch watch;
  for (uint32_t i = 0; i < steps; ++i)
    if (auto stepped = step(batch, 1, batch); !stepped)
      return stepped.error();
  return watch.timing();
}

Result<void> BenchedModel::countExperts(const SavedState &state, std::vector<StepShape> &steps) {
  if (auto brought = bring(state, uint32_t(steps[0].sessions)); !brought)
    return brought;
  auto profile = openProfile(model, false);
  if (!profile)
    return profile.error();
  for (StepShape &shape : steps) {
    if (auto stepped = step(uint32_t(shape.sessions), uint32_t(shape.rows), uint32_t(shape.selected)); !stepped)
      return stepped;
    vspec_step_profile last;
    vspec_profile_get(profile->get(), &last);
    for (uint32_t i = 0; i < last.launches; ++i)
      shape.experts.push_back(last.times[i].experts);
  }
  return {};
}

Result<SampledSteps> BenchedModel::sample(const SavedState &state, uint32_t batch, uint32_t rows, bool logits, uint32_t steps) {
  if (auto brought = bring(state, batch); !brought)
    return brought.error();
  auto profile = openProfile(model, false);
  if (!profile)
    return profile.error();
  SampledSteps sampled{vspec_session_position(sessions[0].get()), {}, {}};
  for (uint32_t i = 0; i < steps; ++i) {
    if (auto stepped = step(batch, rows, logits ? batch * rows : 0); !stepped)
      return stepped.error();
    vspec_step_profile last;
    vspec_profile_get(profile->get(), &last);
    sampled.steps.push_back({last.wall_ns, last.first_launch, {last.times, last.times + last.launches}});
  }
  return sampled;
}

Result<ProcessorUse> BenchedModel::processorUse(const SavedState &state, uint32_t batch, uint32_t steps) {
  if (auto brought = bring(state, batch); !brought)
    return brought.error();
  auto profile = openProfile(model, true);
  if (!profile)
    return profile.error();
  const Stopwatch watch;
  for (uint32_t i = 0; i < steps; ++i)
    if (auto stepped = step(batch, 1, batch); !stepped)
      return stepped.error();
  const double seconds = watch.timing().seconds;
  vspec_step_profile last;
  vspec_profile_get(profile->get(), &last);
  return ProcessorUse{seconds, 1e-9 * double(last.processor_ns), 1e-9 * double(last.processor_work_ns)};
}

} // namespace vspec
