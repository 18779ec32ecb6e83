#include "runtime/Executor.h"
#include "test/unit/runtime/OpenToy.h"

namespace {

std::vector<int32_t> firstOf(const std::vector<int32_t> &tokens, size_t count) {
  return {tokens.begin(), tokens.begin() + ptrdiff_t(count)};
}

} // namespace

TEST(Executor, AnswersAreThoseOfTheDefinitionForEveryChunkAndThreadCount) {
  for (uint32_t threads : {1u, 2u, 4u}) {
    OpenToy toy({}, threads);
    std::vector<int32_t> tokens = toyTokens(toyContext, threads);
    for (uint32_t chunk : {0u, 1u, 3u, 5u, 8u, 1000u}) {
      vspec_session *session = toy.session();
      ASSERT_EQ(toy.prefill(session, tokens, chunk), VSPEC_OK) << toy.error.text;
      OpenToy::expect(toy.logits, tokens);
      EXPECT_EQ(vspec_session_position(session), toyContext);
    }
  }
}

TEST(Executor, PrefillHandsOutAllLogitsChunkByChunk) {
  OpenToy toy;
  std::vector<int32_t> tokens = toyTokens(21, 7);
  struct Seen {
    const std::vector<int32_t> &tokens;
    uint64_t next;
  } seen{tokens, 0};
  auto callback = [](void *user, uint64_t first, uint32_t count, const float *logits) {
    auto *seen = static_cast<Seen *>(user);
    EXPECT_EQ(first, seen->next);
    for (uint32_t i = 0; i < count; ++i)
      OpenToy::expect(logits + i * toyVocabulary, firstOf(seen->tokens, first + i + 1));
    seen->next += count;
    return 0;
  };
  ASSERT_EQ(
      vspec_session_prefill(toy.session(), tokens.data(), tokens.size(), 6, VSPEC_LOGITS_ALL, callback, &seen, &toy.logits, &toy.error),
      VSPEC_OK);
  EXPECT_EQ(seen.next, 21u);
  OpenToy::expect(toy.logits, tokens);
}

TEST(Executor, OneStepServesSessionsOfDifferentLengths) {
  OpenToy toy;
  std::vector<int32_t> tokens[3] = {toyTokens(17, 1), toyTokens(2, 2), {}};
  vspec_session *sessions[3];
  for (int s = 0; s < 3; ++s) {
    sessions[s] = toy.session(uint32_t(25 + 10 * s));
    if (!tokens[s].empty()) {
      ASSERT_EQ(toy.prefill(sessions[s], tokens[s]), VSPEC_OK);
    }
  }
  for (int step = 0; step < 3; ++step) { // one row of each: the decode variant
    vspec_row rows[3];
    for (int s = 0; s < 3; ++s)
      rows[s] = {sessions[2 - s], 5 * step + s};
    uint32_t select[2] = {0, 2};
    ASSERT_EQ(vspec_step(toy.model, rows, 3, select, 2, &toy.logits, &toy.error), VSPEC_OK) << toy.error.text;
    for (int s = 0; s < 3; ++s)
      tokens[2 - s].push_back(rows[s].token);
    OpenToy::expect(toy.logits, tokens[2]);
    OpenToy::expect(toy.logits + toyVocabulary, tokens[0]);
  }
  // Ragged: five rows of one session, two of another: the prefill variant.
  vspec_row rows[7];
  for (int i = 0; i < 7; ++i) {
    rows[i] = {sessions[i < 5], 40 + i};
    tokens[i < 5].push_back(40 + i);
  }
  uint32_t select[3] = {3, 4, 6};
  ASSERT_EQ(vspec_step(toy.model, rows, 7, select, 3, &toy.logits, &toy.error), VSPEC_OK) << toy.error.text;
  OpenToy::expect(toy.logits, firstOf(tokens[1], tokens[1].size() - 1));
  OpenToy::expect(toy.logits + toyVocabulary, tokens[1]);
  OpenToy::expect(toy.logits + 2 * toyVocabulary, tokens[0]);
}

TEST(Executor, StepsWithoutLogitsAppendToo) {
  OpenToy toy;
  vspec_session *session = toy.session();
  vspec_row row{session, 3};
  toy.logits = reinterpret_cast<const float *>(1);
  ASSERT_EQ(vspec_step(toy.model, &row, 1, nullptr, 0, &toy.logits, &toy.error), VSPEC_OK);
  EXPECT_EQ(toy.logits, nullptr);
  ASSERT_EQ(toy.prefill(session, {4}), VSPEC_OK);
  OpenToy::expect(toy.logits, {3, 4});
}

TEST(Executor, RefusesWhatDoesNotFitAndChangesNothing) {
  OpenToy toy, other({true, 1});
  vspec_session *a = toy.session(4), *b = toy.session(), *c = toy.session(), *d = toy.session();
  ASSERT_EQ(toy.prefill(a, {1, 2}), VSPEC_OK);
  uint32_t select[3] = {0, 1, 1};
  auto refused = [&](std::vector<vspec_row> rows, uint32_t selected, vspec_status status, const char *text) {
    EXPECT_EQ(vspec_step(toy.model, rows.data(), uint32_t(rows.size()), select, selected, nullptr, &toy.error), status);
    EXPECT_STREQ(toy.error.text, text);
  };
  refused({}, 0, VSPEC_INVALID_ARGUMENT, "the step has 0 rows and selects 0, but the model takes 1 to 8 rows and selects at most 8");
  refused(std::vector<vspec_row>(9, {b, 1}), 0, VSPEC_INVALID_ARGUMENT,
          "the step has 9 rows and selects 0, but the model takes 1 to 8 rows and selects at most 8");
  refused({{a, 1}, {nullptr, 1}}, 0, VSPEC_INVALID_ARGUMENT, "row 1 has no session");
  refused({{a, 1}, {b, 1}, {a, 1}}, 0, VSPEC_INVALID_ARGUMENT,
          "row 2 returns to the session of an earlier row: the rows of a session must lie together");
  refused({{a, 1}, {other.session(), 1}}, 0, VSPEC_OTHER_MODEL, "row 1 has a session of another model");
  refused({{a, 1}, {b, 1}, {c, 1}, {d, 1}}, 0, VSPEC_INVALID_ARGUMENT, "the step has more than 3 sessions, the model's most");
  refused({{b, 1}, {a, 1}, {a, 1}, {a, 1}}, 0, VSPEC_CONTEXT_FULL, "row 3 is token 5 of a session with room for 4");
  refused({{a, 64}}, 0, VSPEC_INVALID_ARGUMENT, "row 0 has token 64, expected 0 to 63");
  refused({{a, -1}}, 0, VSPEC_INVALID_ARGUMENT, "row 0 has token -1, expected 0 to 63");
  refused({{a, 1}, {b, 1}}, 3, VSPEC_INVALID_ARGUMENT, "selected row 2 is 1, expected ascending rows below 2");
  refused({{a, 1}}, 2, VSPEC_INVALID_ARGUMENT, "selected row 1 is 1, expected ascending rows below 1");

  EXPECT_EQ(toy.prefill(a, {1, 2, 3}), VSPEC_CONTEXT_FULL);
  EXPECT_STREQ(toy.error.text, "the session has 2 tokens and room for 4, so 3 more do not fit");
  EXPECT_EQ(toy.prefill(a, {}), VSPEC_INVALID_ARGUMENT);
  EXPECT_STREQ(toy.error.text, "a prefill needs at least one token");

  ASSERT_EQ(toy.prefill(a, {3, 4}), VSPEC_OK) << toy.error.text;
  OpenToy::expect(toy.logits, {1, 2, 3, 4});
}

TEST(Executor, CancelStopsBetweenSteps) {
  OpenToy toy;
  vspec_session *session = toy.session();
  std::vector<int32_t> tokens = toyTokens(20, 3);
  vspec_session_cancel(session);
  EXPECT_EQ(toy.prefill(session, tokens), VSPEC_CANCELLED);
  EXPECT_STREQ(toy.error.text, "cancelled after 0 of 20 tokens");
  auto stop = [](void *, uint64_t first, uint32_t, const float *) { return int32_t(first == 8); };
  EXPECT_EQ(vspec_session_prefill(session, tokens.data(), 20, 4, VSPEC_LOGITS_ALL, stop, nullptr, nullptr, &toy.error), VSPEC_CANCELLED);
  EXPECT_STREQ(toy.error.text, "stopped by the callback after 12 of 20 tokens");
  EXPECT_EQ(vspec_session_position(session), 12u);
  EXPECT_EQ(toy.prefill(session, {tokens.begin() + 12, tokens.end()}), VSPEC_OK);
  OpenToy::expect(toy.logits, tokens);
}

TEST(Executor, ACallDuringAStepIsRefused) {
  OpenToy toy;
  struct Both {
    vspec_session *session;
    vspec_error error;
    vspec_status status;
  } both{toy.session(), {}, VSPEC_OK};
  auto callback = [](void *user, uint64_t, uint32_t, const float *) {
    auto *both = static_cast<Both *>(user);
    both->status = vspec_session_reset(both->session, &both->error);
    return 0;
  };
  int32_t tokens[2] = {1, 2};
  EXPECT_EQ(vspec_session_prefill(both.session, tokens, 2, 0, VSPEC_LOGITS_LAST, callback, &both, nullptr, nullptr), VSPEC_OK);
  EXPECT_EQ(both.status, VSPEC_BUSY);
  EXPECT_STREQ(both.error.text, "another call is running or changing a session of this model");
}

TEST(Executor, PlansWhatItAllocates) {
  OpenToy toy({}, 3);
  vspec_model_info info;
  vspec_model_get_info(toy.model, &info);
  EXPECT_EQ(info.arena_bytes, 64u + toyRows * toyVocabulary * 4);
  EXPECT_EQ(info.scratch_bytes, 3u * 64 + 64); // a panel of each thread, and one of all
  EXPECT_EQ(info.weight_bytes, 128u);
  EXPECT_EQ(info.threads, 3u);
  uint64_t bytes = 0;
  ASSERT_EQ(vspec_model_state_bytes(toy.model, 17, &bytes, nullptr), VSPEC_OK);
  EXPECT_EQ(bytes, 128u + 64); // five tiles of 16 bytes, three in the ring
  ASSERT_EQ(vspec_model_state_bytes(toy.model, 0, &bytes, nullptr), VSPEC_OK);
  EXPECT_EQ(bytes, 448u + 64); // 25 tiles
}
