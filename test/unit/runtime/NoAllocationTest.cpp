// Once a session is open, nothing allocates: counted below malloc, on all threads.
#include "test/unit/runtime/OpenToy.h"
#include <atomic>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define VSPEC_SANITIZED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define VSPEC_SANITIZED
#endif

#if defined(VSPEC_SANITIZED) || !defined(__GLIBC__)
TEST(NoAllocation, NeedsGlibcsOwnMalloc) { GTEST_SKIP() << "the sanitizer has replaced malloc"; }
#else

static std::atomic<bool> counting{false};
static std::atomic<uint64_t> allocations{0};

extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void *malloc(size_t bytes) { return allocations += counting, __libc_malloc(bytes); }
void *calloc(size_t count, size_t bytes) { return allocations += counting, __libc_calloc(count, bytes); }
void *realloc(void *old, size_t bytes) { return allocations += counting, __libc_realloc(old, bytes); }
void *aligned_alloc(size_t alignment, size_t bytes) { return allocations += counting, __libc_memalign(alignment, bytes); }
int posix_memalign(void **place, size_t alignment, size_t bytes) {
  allocations += counting;
  return (*place = __libc_memalign(alignment, bytes)) ? 0 : 12;
}
}

namespace {

template <typename Call> uint64_t countAllocations(const Call &call) {
  allocations = 0;
  counting = true;
  call();
  counting = false;
  return allocations;
}

} // namespace

TEST(NoAllocation, TheCounterCounts) {
  std::string text;
  EXPECT_EQ(countAllocations([&] { text.assign(1000, 'x'); }), 1u);
}

TEST(NoAllocation, StepsSamplingAndStreamingDecodeDoNot) {
  OpenToy toy({}, 3);
  vspec_session *session = toy.session(), *other = toy.session();
  vspec_sampler_options options{0.8f, 20, 0.9f, 0.01f, 1.1f, 16, 5};
  vspec_sampler *sampler = nullptr;
  vspec_decoder *decoder = nullptr;
  ASSERT_EQ(vspec_sampler_open(toy.model, &options, &sampler, &toy.error), VSPEC_OK) << toy.error.text;
  ASSERT_EQ(vspec_decoder_open(toy.model, 1, 1, &decoder, &toy.error), VSPEC_OK) << toy.error.text;
  vspec_profile *profile = nullptr;
  ASSERT_EQ(vspec_profile_open(toy.model, 1, &profile, &toy.error), VSPEC_OK) << toy.error.text;
  vspec_step_profile last;
  std::vector<int32_t> prompt = toyTokens(30, 1);
  std::vector<uint8_t> saved(4096);
  uint64_t failures = 0, letters = 0;
  uint64_t counted = countAllocations([&] {
    auto succeed = [&](vspec_status status) { failures += status != VSPEC_OK; };
    succeed(vspec_session_prefill(session, prompt.data(), prompt.size(), 0, VSPEC_LOGITS_ALL, nullptr, nullptr, &toy.logits, &toy.error));
    succeed(vspec_session_prefill(other, prompt.data(), 7, 3, VSPEC_LOGITS_LAST, nullptr, nullptr, nullptr, &toy.error));
    for (int i = 0; i < 40; ++i) {
      int32_t token = 0;
      const char *text;
      size_t bytes;
      succeed(vspec_sampler_sample(sampler, toy.logits, &token, &toy.error));
      vspec_sampler_accept(sampler, token);
      succeed(vspec_decoder_push(decoder, token, &text, &bytes, &toy.error));
      letters += bytes;
      vspec_row rows[2] = {{other, 1}, {session, token}};
      uint32_t select = 1;
      succeed(vspec_step(toy.model, rows, 2, &select, 1, &toy.logits, &toy.error));
      vspec_profile_get(profile, &last);
    }
    succeed(vspec_session_save(session, saved.data(), saved.size(), &toy.error));
    succeed(vspec_session_restore(session, saved.data(), vspec_session_save_bytes(session), &toy.error));
    succeed(vspec_session_truncate(session, vspec_session_position(session) - 3, &toy.error));
    succeed(vspec_session_reset(session, &toy.error));
  });
  EXPECT_EQ(failures, 0u) << toy.error.text;
  EXPECT_GT(letters, 0u);
  EXPECT_EQ(counted, 0u);
  EXPECT_GT(last.steps, 40u);
  vspec_profile_close(profile);
  vspec_sampler_close(sampler);
  vspec_decoder_close(decoder);
}
#endif
