#include "runtime/StepProfile.h"
#include "test/unit/runtime/OpenToy.h"
#include <chrono>

namespace {

struct Profile {
  explicit Profile(OpenToy &toy, int32_t processorTime = 0) {
    EXPECT_EQ(vspec_profile_open(toy.model, processorTime, &handle, &toy.error), VSPEC_OK) << toy.error.text;
  }
  ~Profile() { vspec_profile_close(handle); }
  vspec_step_profile get() const {
    vspec_step_profile last;
    vspec_profile_get(handle, &last);
    return last;
  }
  vspec_profile *handle = nullptr;
};

// Every launch with tiles has its time, in the order of the list, and all of it lies in the step.
void expectConsistent(const vspec_step_profile &step, uint32_t threads) {
  uint64_t before = 0, sum = 0;
  for (uint32_t i = 0; i < step.launches; ++i) {
    const vspec_launch_time &time = step.times[i];
    ASSERT_GT(time.tiles, 0u) << i;
    EXPECT_GE(time.begin_ns, before) << i;
    EXPECT_GT(time.end_ns, time.begin_ns) << i;
    EXPECT_GT(time.work_ns, 0u) << i;
    EXPECT_LE(time.prologue_ns, time.work_ns) << i;
    EXPECT_LE(time.work_ns, threads * (time.end_ns - time.begin_ns)) << i;
    EXPECT_GE(time.takes, 1u) << i;
    EXPECT_LE(time.takes, time.tiles) << i;
    before = time.end_ns;
    sum += time.end_ns - time.begin_ns;
  }
  EXPECT_LE(before, step.wall_ns);
  EXPECT_LE(sum, step.wall_ns);
}

} // namespace

TEST(StepProfile, EveryLaunchOfAStepHasATime) {
  for (uint32_t threads : {1u, 3u}) {
    OpenToy toy({}, threads);
    vspec_session *session = toy.session();
    Profile profile(toy);
    EXPECT_EQ(profile.get().steps, 0u);
    ASSERT_EQ(toy.prefill(session, toyTokens(7, 1)), VSPEC_OK);
    vspec_step_profile prefill = profile.get();
    EXPECT_EQ(prefill.steps, 1u);
    EXPECT_GT(prefill.launches, 0u);
    expectConsistent(prefill, threads);
    for (uint64_t i = 0; i < 20; ++i) {
      ASSERT_EQ(toy.prefill(session, {1}), VSPEC_OK);
      vspec_step_profile decode = profile.get();
      EXPECT_EQ(decode.steps, i + 2);
      EXPECT_NE(decode.first_launch, prefill.first_launch); // the other variant
      expectConsistent(decode, threads);
      EXPECT_EQ(decode.processor_ns, 0u);
    }
  }
}

TEST(StepProfile, ALaunchWithoutTilesHasNone) {
  OpenToy toy;
  vspec_row row{toy.session(), 3};
  Profile profile(toy);
  ASSERT_EQ(vspec_step(toy.model, &row, 1, nullptr, 0, nullptr, &toy.error), VSPEC_OK);
  vspec_step_profile step = profile.get();
  uint32_t without = 0;
  for (uint32_t i = 0; i < step.launches; ++i)
    if (!step.times[i].tiles) {
      ++without;
      EXPECT_EQ(step.times[i].end_ns + step.times[i].work_ns + step.times[i].takes, 0u);
    }
  EXPECT_EQ(without, 1u); // no logits were asked for
}

// Read when the launch has ended: the launch behind it writes to the same memory.
TEST(StepProfile, ALaunchOfExpertsTellsHowManyRowsChose) {
  for (uint32_t threads : {1u, 3u}) {
    ToyOptions withExperts;
    withExperts.experts = true;
    OpenToy toy(withExperts, threads);
    vspec_session *session = toy.session();
    Profile profile(toy);
    for (int32_t token : {3, 1, 7}) {
      ASSERT_EQ(vspec_session_truncate(session, 0, &toy.error), VSPEC_OK);
      ASSERT_EQ(toy.prefill(session, {token}), VSPEC_OK);
      OpenToy::expect(toy.logits, {token});
      vspec_step_profile step = profile.get();
      ASSERT_EQ(step.launches, 5u);
      expectConsistent(step, threads);
      for (uint32_t i = 0; i < step.launches; ++i)
        EXPECT_EQ(step.times[i].experts, i == 2 ? 101u * uint32_t(token) : 0u) << i; // what the toy has attended to
    }
  }
}

// Some kernels count a thread's processor time in ticks, and that of another thread as of its last tick: so steps go on until
// a tick was work, and what the workers received may lag by some.
TEST(StepProfile, TellsHowMuchProcessorTimeWasWork) {
  constexpr uint64_t ticks = 50'000'000;
  OpenToy toy({}, 2);
  vspec_session *session = toy.session();
  Profile profile(toy, 1);
  uint64_t before = 0;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (int steps = 0; steps < 20 || (before == 0 && std::chrono::steady_clock::now() < end); ++steps) {
    ASSERT_EQ(vspec_session_truncate(session, 0, &toy.error), VSPEC_OK);
    ASSERT_EQ(toy.prefill(session, {1}), VSPEC_OK);
    vspec_step_profile step = profile.get();
    EXPECT_GE(step.processor_work_ns, before);
    EXPECT_LE(step.processor_work_ns, step.processor_ns + ticks);
    before = step.processor_work_ns;
  }
  EXPECT_GT(before, 0u);
}

TEST(StepProfile, ChangesNoResultAndEndsWhenClosed) {
  OpenToy toy({}, 2);
  vspec_session *session = toy.session();
  std::vector<int32_t> tokens = toyTokens(9, 4);
  vspec_profile *profile = nullptr, *second = nullptr;
  ASSERT_EQ(vspec_profile_open(toy.model, 0, &profile, &toy.error), VSPEC_OK);
  EXPECT_EQ(vspec_profile_open(toy.model, 0, &second, &toy.error), VSPEC_INVALID_ARGUMENT);
  EXPECT_STREQ(toy.error.text, "the model has a profile already, and can have one");
  EXPECT_EQ(second, nullptr);
  ASSERT_EQ(toy.prefill(session, tokens), VSPEC_OK);
  OpenToy::expect(toy.logits, tokens);
  vspec_profile_close(profile);
  vspec_profile_close(nullptr);
  tokens.push_back(5);
  ASSERT_EQ(toy.prefill(session, {5}), VSPEC_OK);
  OpenToy::expect(toy.logits, tokens);
  Profile again(toy);
  EXPECT_EQ(again.get().steps, 0u);
}

TEST(StepProfile, ARefusedStepLeavesTheLastOne) {
  OpenToy toy({}, 1);
  vspec_session *session = toy.session(4);
  Profile profile(toy);
  ASSERT_EQ(toy.prefill(session, {1, 2}), VSPEC_OK);
  vspec_row row{session, 64};
  EXPECT_EQ(vspec_step(toy.model, &row, 1, nullptr, 0, nullptr, &toy.error), VSPEC_INVALID_ARGUMENT);
  EXPECT_EQ(profile.get().steps, 1u);
  expectConsistent(profile.get(), 1);
}
