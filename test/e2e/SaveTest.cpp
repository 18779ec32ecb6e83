// Saves a session, restores it into one with another context, and compares the logits of both as they go on.
// usage: vspec-save-test MODEL
#include "vspec/Runtime.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

vspec_error error;

void check(vspec_status status) {
  if (status == VSPEC_OK)
    return;
  std::fprintf(stderr, "%s\n", error.text);
  std::exit(1);
}

std::vector<float> step(vspec_model *model, vspec_session *session, int32_t token, uint32_t vocabulary) {
  vspec_row row{session, token};
  uint32_t select = 0;
  const float *logits = nullptr;
  check(vspec_step(model, &row, 1, &select, 1, &logits, &error));
  return {logits, logits + vocabulary};
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: vspec-save-test MODEL\n");
    return 1;
  }
  vspec_model *model = nullptr;
  vspec_session *session = nullptr, *restored = nullptr;
  check(vspec_model_open(argv[1], nullptr, &model, &error));
  vspec_model_info info;
  vspec_model_get_info(model, &info);
  check(vspec_session_open(model, 200, &session, &error));
  check(vspec_session_open(model, 90, &restored, &error));
  for (int32_t i = 0; i < 45; ++i)
    step(model, session, (i * 37 + 5) % int32_t(info.vocabulary), info.vocabulary);
  std::vector<uint8_t> saved(vspec_session_save_bytes(session));
  check(vspec_session_save(session, saved.data(), saved.size(), &error));
  check(vspec_session_restore(restored, saved.data(), saved.size(), &error));
  for (int32_t i = 0; i < 30; ++i) {
    int32_t token = (i * 11 + 3) % int32_t(info.vocabulary);
    std::vector<float> want = step(model, session, token, info.vocabulary), got = step(model, restored, token, info.vocabulary);
    if (std::memcmp(want.data(), got.data(), want.size() * sizeof(float)) != 0) {
      std::fprintf(stderr, "token %d after restoring: the logits differ\n", i);
      return 1;
    }
  }
  vspec_session_close(session);
  vspec_session_close(restored);
  vspec_model_close(model);
  std::printf("%zu bytes saved: goes on as before\n", saved.size());
  return 0;
}
