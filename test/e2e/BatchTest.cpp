// Feeds sessions of different lengths together, some rows of each in every step, and compares the logits of every row with
// those of the session alone. usage: vspec-batch-test MODEL, a model file for at least 4 sessions in one step.
#include "vspec/Runtime.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr unsigned sessionCount = 4;
constexpr unsigned lengths[sessionCount] = {5, 61, 33, 18}; // tokens
vspec_error error;

void require(bool condition, const char *what) {
  if (condition)
    return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

void check(vspec_status status) { require(status == VSPEC_OK, error.text); }

std::vector<int32_t> tokensOf(unsigned session, uint32_t vocabulary) {
  std::vector<int32_t> tokens;
  for (unsigned i = 0; i < lengths[session]; ++i)
    tokens.push_back(int32_t((i * 37 + session * 101 + i * i * session) % vocabulary));
  return tokens;
}

struct Opened {
  vspec_session *session = nullptr;
  Opened(vspec_model *model, uint32_t context) { check(vspec_session_open(model, context, &session, &error)); }
  ~Opened() { vspec_session_close(session); }
};

/// Logits of every token, one session in the model: [tokens][vocabulary].
std::vector<float> alone(vspec_model *model, const std::vector<int32_t> &tokens, uint32_t vocabulary) {
  Opened opened(model, uint32_t(tokens.size()));
  std::vector<float> all;
  for (int32_t token : tokens) {
    vspec_row row{opened.session, token};
    uint32_t select = 0;
    const float *logits = nullptr;
    check(vspec_step(model, &row, 1, &select, 1, &logits, &error));
    all.insert(all.end(), logits, logits + vocabulary);
  }
  return all;
}

} // namespace

int main(int argc, char **argv) {
  require(argc == 2, "usage: vspec-batch-test MODEL");
  vspec_model *model = nullptr;
  check(vspec_model_open(argv[1], nullptr, &model, &error));
  vspec_model_info info;
  vspec_model_get_info(model, &info);
  require(info.slots >= sessionCount, "the model takes fewer than 4 sessions in one step");
  std::vector<std::vector<int32_t>> tokens;
  std::vector<std::vector<float>> want;
  for (unsigned s = 0; s < sessionCount; ++s) {
    tokens.push_back(tokensOf(s, info.vocabulary));
    want.push_back(alone(model, tokens[s], info.vocabulary));
  }

  // Session s joins at step s and has 1, 2 or 3 rows in a step, until its tokens are used up.
  std::vector<Opened> opened;
  opened.reserve(sessionCount);
  for (unsigned s = 0; s < sessionCount; ++s)
    opened.emplace_back(model, lengths[s]);
  unsigned done[sessionCount] = {}, step = 0;
  for (;; ++step) {
    std::vector<vspec_row> rows;
    std::vector<uint32_t> select;
    std::vector<const float *> expected; // of each row
    for (unsigned s = 0; s < sessionCount; ++s)
      for (unsigned n = 0; n < 1 + (step + s) % 3 && s <= step && done[s] < lengths[s]; ++n, ++done[s]) {
        select.push_back(uint32_t(rows.size()));
        rows.push_back({opened[s].session, tokens[s][done[s]]});
        expected.push_back(&want[s][size_t(done[s]) * info.vocabulary]);
      }
    if (rows.empty())
      break;
    const float *logits = nullptr;
    check(vspec_step(model, rows.data(), uint32_t(rows.size()), select.data(), uint32_t(select.size()), &logits, &error));
    for (size_t row = 0; row < rows.size(); ++row)
      if (std::memcmp(logits + row * info.vocabulary, expected[row], info.vocabulary * sizeof(float)) != 0) {
        std::fprintf(stderr, "step %u: the logits of row %zu differ from those of its session alone\n", step, row);
        return 1;
      }
  }
  opened.clear();
  vspec_model_close(model);
  std::printf("%u sessions, %u steps: each as alone\n", sessionCount, step);
  return 0;
}
