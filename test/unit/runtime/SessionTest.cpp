#include "runtime/Session.h"
#include "test/unit/runtime/OpenToy.h"

namespace {

std::vector<int32_t> joined(std::vector<int32_t> a, const std::vector<int32_t> &b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<uint8_t> saved(const vspec_session *session) {
  std::vector<uint8_t> bytes(vspec_session_save_bytes(session));
  EXPECT_EQ(vspec_session_save(session, bytes.data(), bytes.size(), nullptr), VSPEC_OK);
  return bytes;
}

} // namespace

TEST(Session, RefusesMoreThanTheCeiling) {
  OpenToy toy;
  vspec_session *session = nullptr;
  EXPECT_EQ(vspec_session_open(toy.model, toyContext + 1, &session, &toy.error), VSPEC_INVALID_ARGUMENT);
  EXPECT_EQ(session, nullptr);
  EXPECT_EQ(std::string(toy.error.text),
            "a context of 101 tokens is asked for, but " + (toy.folder / "toy.vspec") + " was compiled for at most 100");
  EXPECT_EQ(vspec_session_context(toy.session()), toyContext);
  EXPECT_EQ(vspec_session_context(toy.session(1)), 1u);
}

TEST(Session, ResetForgetsEverything) {
  OpenToy toy;
  vspec_session *session = toy.session();
  ASSERT_EQ(toy.prefill(session, toyTokens(50, 1)), VSPEC_OK);
  ASSERT_EQ(vspec_session_reset(session, &toy.error), VSPEC_OK);
  EXPECT_EQ(vspec_session_position(session), 0u);
  std::vector<int32_t> tokens = toyTokens(9, 2);
  ASSERT_EQ(toy.prefill(session, tokens), VSPEC_OK);
  OpenToy::expect(toy.logits, tokens);
}

TEST(Session, TruncatesAsFarAsTheRingAllows) {
  OpenToy toy;
  vspec_session *session = toy.session();
  std::vector<int32_t> tokens = toyTokens(30, 1), more = toyTokens(5, 9);
  ASSERT_EQ(toy.prefill(session, tokens), VSPEC_OK);
  // Row capacity 8: 30 - 7 is the first position whose window is whole for sure.
  EXPECT_EQ(vspec_session_truncate(session, 22, &toy.error), VSPEC_INVALID_ARGUMENT);
  EXPECT_STREQ(toy.error.text,
               "the session cannot go back to 22: it has had 30 tokens and keeps a window only, so it can go back to 0 or to 23 and later");
  EXPECT_EQ(vspec_session_truncate(session, 31, &toy.error), VSPEC_INVALID_ARGUMENT);
  EXPECT_STREQ(toy.error.text, "the session has 30 tokens, so it cannot go back to 31");
  ASSERT_EQ(vspec_session_truncate(session, 23, &toy.error), VSPEC_OK) << toy.error.text;
  ASSERT_EQ(toy.prefill(session, more), VSPEC_OK);
  OpenToy::expect(toy.logits, joined({tokens.begin(), tokens.begin() + 23}, more));
  // What counts is the most tokens that it has had, not those that it has.
  EXPECT_EQ(vspec_session_truncate(session, 22, &toy.error), VSPEC_INVALID_ARGUMENT);
}

TEST(Session, TruncatesAnywhereBeforeTheRingHasWrapped) {
  OpenToy toy;
  vspec_session *session = toy.session();
  std::vector<int32_t> tokens = toyTokens(toyRing, 1);
  ASSERT_EQ(toy.prefill(session, tokens), VSPEC_OK);
  ASSERT_EQ(vspec_session_truncate(session, 1, &toy.error), VSPEC_OK);
  ASSERT_EQ(toy.prefill(session, {7, 8}), VSPEC_OK);
  OpenToy::expect(toy.logits, {tokens[0], 7, 8});
}

TEST(Session, SavedStateContinuesInAnotherSession) {
  OpenToy toy;
  for (size_t length : {0u, 1u, 4u, 11u, 12u, 13u, 40u}) {
    vspec_session *from = toy.session(90), *to = toy.session(length < 12 ? 14 : 60);
    std::vector<int32_t> tokens = toyTokens(length, 4);
    if (length) {
      ASSERT_EQ(toy.prefill(from, tokens), VSPEC_OK);
    }
    ASSERT_EQ(toy.prefill(to, {1, 2, 3}), VSPEC_OK); // which the restored state replaces
    std::vector<uint8_t> bytes = saved(from);
    ASSERT_EQ(vspec_session_restore(to, bytes.data(), bytes.size(), &toy.error), VSPEC_OK) << toy.error.text;
    EXPECT_EQ(vspec_session_position(to), length);
    EXPECT_EQ(saved(to), bytes);
    tokens.push_back(5);
    ASSERT_EQ(toy.prefill(to, {5}), VSPEC_OK);
    OpenToy::expect(toy.logits, tokens);
  }
}

TEST(Session, SavedStateOfAnotherModelIsRefused) {
  OpenToy toy, other({true, toyBias + 1}), same({false});
  vspec_session *session = toy.session();
  ASSERT_EQ(toy.prefill(session, {1, 2, 3}), VSPEC_OK);
  std::vector<uint8_t> bytes = saved(session);
  EXPECT_EQ(vspec_session_restore(other.session(), bytes.data(), bytes.size(), &toy.error), VSPEC_OTHER_MODEL);
  EXPECT_STREQ(toy.error.text, "the saved state is of another model: its fingerprint or device class differs");
  // Without its tokenizer it is still the same model.
  EXPECT_EQ(vspec_session_restore(same.session(), bytes.data(), bytes.size(), &toy.error), VSPEC_OK) << toy.error.text;
}

TEST(Session, DamagedSavedStateIsRefusedAndChangesNothing) {
  OpenToy toy;
  vspec_session *session = toy.session(40), *small = toy.session(2);
  std::vector<int32_t> tokens = toyTokens(6, 4);
  ASSERT_EQ(toy.prefill(session, tokens), VSPEC_OK);
  const std::vector<uint8_t> good = saved(session); // 80 + two states of two tiles of 16 bytes
  auto refused = [&](vspec_session *into, const std::vector<uint8_t> &bytes, vspec_status status, const char *text) {
    EXPECT_EQ(vspec_session_restore(into, bytes.data(), bytes.size(), &toy.error), status);
    EXPECT_STREQ(toy.error.text, text);
  };
  auto changed = [&](size_t at, uint8_t value) {
    std::vector<uint8_t> bytes = good;
    bytes[at] = value;
    return bytes;
  };
  refused(session, {good.begin(), good.begin() + 79}, VSPEC_MALFORMED, "the saved state has 79 bytes, its header alone has 80");
  refused(session, changed(0, 'X'), VSPEC_MALFORMED, "the saved state does not start with VSPECST1");
  refused(session, {good.begin(), good.end() - 1}, VSPEC_MALFORMED, "the saved state has 143 bytes, but its header says 144");
  refused(session, changed(64, 5), VSPEC_OK, ""); // one token less, same tiles: still a state
  ASSERT_EQ(vspec_session_restore(session, good.data(), good.size(), &toy.error), VSPEC_OK);
  refused(session, changed(64, 12), VSPEC_MALFORMED, "the saved state has 12 tokens, but only 6 were written");
  refused(session, changed(64, 2), VSPEC_MALFORMED, "the saved state has 144 bytes, but its 2 tokens need 112");
  refused(small, good, VSPEC_CONTEXT_FULL, "the saved state has 6 tokens, but the session has room for 2");
  uint8_t byte;
  EXPECT_EQ(vspec_session_save(session, &byte, 1, &toy.error), VSPEC_TOO_SMALL);
  EXPECT_STREQ(toy.error.text, "the saved state has 144 bytes, but there is room for 1");

  tokens.push_back(9);
  ASSERT_EQ(toy.prefill(session, {9}), VSPEC_OK);
  OpenToy::expect(toy.logits, tokens);
}

TEST(Session, RecurrentStateGoesBackToTheStartOnly) {
  ToyOptions options;
  options.recurrent = true;
  OpenToy toy(options);
  vspec_session *session = toy.session();
  ASSERT_EQ(toy.prefill(session, toyTokens(9, 1), 1), VSPEC_OK);
  EXPECT_EQ(vspec_session_truncate(session, 8, &toy.error), VSPEC_INVALID_ARGUMENT);
  EXPECT_STREQ(toy.error.text, "the session cannot go back to 8: its model has recurrent state, so it can stay at 9 or go back to 0");
  EXPECT_EQ(vspec_session_position(session), 9u);
  EXPECT_EQ(vspec_session_truncate(session, 9, &toy.error), VSPEC_OK) << toy.error.text;
  ASSERT_EQ(vspec_session_reset(session, &toy.error), VSPEC_OK) << toy.error.text;
  EXPECT_EQ(vspec_session_position(session), 0u);
}

TEST(Session, SavedStateHasTheRecurrentOneWhole) {
  ToyOptions options;
  options.recurrent = true;
  OpenToy toy(options);
  auto logitsOf = [&](vspec_session *session, int32_t token) {
    EXPECT_EQ(toy.prefill(session, {token}), VSPEC_OK) << toy.error.text;
    return std::vector<float>(toy.logits, toy.logits + toyVocabulary);
  };
  vspec_session *from = toy.session(90), *to = toy.session(20), *fresh = toy.session();
  EXPECT_EQ(saved(from).size(), 80u); // nothing yet
  ASSERT_EQ(toy.prefill(from, toyTokens(11, 3), 1), VSPEC_OK);
  ASSERT_EQ(toy.prefill(to, {1, 2, 3}, 1), VSPEC_OK);
  std::vector<uint8_t> bytes = saved(from);
  EXPECT_EQ(bytes.size(), 80u + 3 * 16 + 16); // three tiles for 11 tokens, and the state as it is
  ASSERT_EQ(vspec_session_restore(to, bytes.data(), bytes.size(), &toy.error), VSPEC_OK) << toy.error.text;
  std::vector<float> continued = logitsOf(from, 5);
  EXPECT_EQ(logitsOf(to, 5), continued);
  ASSERT_EQ(toy.prefill(fresh, toyTokens(11, 4), 1), VSPEC_OK);
  EXPECT_NE(logitsOf(fresh, 5), continued);
}
