// A model on machines with several memory nodes: made-up ones, so that this one's processors serve all of them. Logits of a
// prefill and of single tokens have the bits that one node gives. usage: vspec-nodes-test MODEL
#include "runtime/Boundary.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace vspec;

namespace {

constexpr unsigned prefilled = 70, tokenCount = 90; // more than a chunk, and some one by one
vspec_error error;

void require(bool condition, const char *what) {
  if (condition)
    return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

void check(vspec_status status) { require(status == VSPEC_OK, error.text); }

/// Nodes of the machine's first numbers, without processors of their own: nobody is pinned, but each worker has a node, and each
/// node a part of the weights and of every launch's tiles.
Topology simulated(unsigned nodes) {
  Topology topology;
  for (unsigned i = 0; i < nodes; ++i)
    topology.nodes.push_back({i, {}});
  return topology;
}

/// Logits of every token: [tokens][vocabulary].
std::vector<float> logitsOn(unsigned nodes, unsigned threads, const char *path) {
  vspec_model_options options = VSPEC_MODEL_OPTIONS_INIT;
  options.threads = threads;
  options.weights_in_ram = 1; // or they lie where the system has put the file's pages
  Result<FileBytes> file = FileBytes::mapPath(path);
  require(bool(file), "the file cannot be mapped");
  vspec_model model;
  Status opened = Model::open(std::move(*file), options, model.model, simulated(nodes));
  require(opened.ok(), "the model cannot be opened");
  vspec_model_info info;
  vspec_model_get_info(&model, &info);
  vspec_session *session = nullptr;
  check(vspec_session_open(&model, tokenCount, &session, &error));
  std::vector<int32_t> tokens;
  for (unsigned i = 0; i < tokenCount; ++i)
    tokens.push_back(int32_t(i * i * 37 % info.vocabulary));
  struct All {
    std::vector<float> logits;
    uint32_t vocabulary;
  } all{{}, info.vocabulary};
  auto append = [](void *user, uint64_t, uint32_t count, const float *logits) {
    auto *to = static_cast<All *>(user);
    to->logits.insert(to->logits.end(), logits, logits + size_t(count) * to->vocabulary);
    return 0;
  };
  const float *logits = nullptr;
  check(vspec_session_prefill(session, tokens.data(), prefilled, 0, VSPEC_LOGITS_ALL, append, &all, &logits, &error));
  for (unsigned i = prefilled; i < tokenCount; ++i) {
    vspec_row row{session, tokens[i]};
    uint32_t select = 0;
    check(vspec_step(&model, &row, 1, &select, 1, &logits, &error));
    append(&all, i, 1, logits);
  }
  vspec_session_close(session);
  require(all.logits.size() == size_t(tokenCount) * info.vocabulary, "logits are missing");
  return all.logits;
}

} // namespace

int main(int argc, char **argv) {
  require(argc == 2, "usage: vspec-nodes-test MODEL");
  std::vector<float> want = logitsOn(1, 1, argv[1]);
  for (unsigned nodes : {1u, 2u, 4u})
    for (unsigned threads : {3u, 4u, 8u}) {
      std::vector<float> got = logitsOn(nodes, threads, argv[1]);
      if (got.size() != want.size() || std::memcmp(got.data(), want.data(), want.size() * sizeof(float)) != 0) {
        std::fprintf(stderr, "%u nodes, %u threads: logits differ from those of one\n", nodes, threads);
        return 1;
      }
    }
  std::printf("%u tokens on 1, 2 and 4 nodes: the same bits\n", tokenCount);
  return 0;
}
