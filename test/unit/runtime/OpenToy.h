// An open toy model with its sessions, closed at the end of the test.
#ifndef VSPEC_TEST_OPENTOY_H
#define VSPEC_TEST_OPENTOY_H
#include "test/unit/lib/Support/TemporaryFolder.h"
#include "test/unit/runtime/ToyModel.h"
#include <gtest/gtest.h>

class OpenToy {
public:
  explicit OpenToy(const ToyOptions &toy = {}, uint32_t threads = 2) {
    std::string failed = writeToyModel(folder / "toy.vspec", toy);
    EXPECT_EQ(failed, "");
    vspec_model_options options = VSPEC_MODEL_OPTIONS_INIT;
    options.threads = threads;
    EXPECT_EQ(vspec_model_open((folder / "toy.vspec").c_str(), &options, &model, &error), VSPEC_OK) << error.text;
  }
  ~OpenToy() {
    for (vspec_session *session : sessions)
      vspec_session_close(session);
    vspec_model_close(model);
  }
  OpenToy(const OpenToy &) = delete;

  vspec_session *session(uint32_t context = 0) {
    vspec_session *opened = nullptr;
    EXPECT_EQ(vspec_session_open(model, context, &opened, &error), VSPEC_OK) << error.text;
    sessions.push_back(opened);
    return opened;
  }
  vspec_status prefill(vspec_session *session, const std::vector<int32_t> &tokens, uint32_t chunk = 0) {
    return vspec_session_prefill(session, tokens.data(), tokens.size(), chunk, VSPEC_LOGITS_LAST, nullptr, nullptr, &logits, &error);
  }
  /// Logits of one row against the definition.
  static void expect(const float *row, const std::vector<int32_t> &tokens) {
    for (int32_t v = 0; v < toyVocabulary; ++v)
      ASSERT_EQ(row[v], toyLogit(tokens, v)) << "token " << v << " after " << tokens.size() << " tokens";
  }

  vspec::TemporaryFolder folder;
  vspec_model *model = nullptr;
  std::vector<vspec_session *> sessions;
  vspec_error error{};
  const float *logits = nullptr;
};

/// `count` tokens that depend on `seed`.
inline std::vector<int32_t> toyTokens(size_t count, uint32_t seed) {
  std::vector<int32_t> tokens;
  for (size_t i = 0; i < count; ++i)
    tokens.push_back(int32_t((seed = seed * 1664525 + 1013904223) >> 26));
  return tokens;
}
#endif
