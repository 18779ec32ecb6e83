// A whole model on the SIMT executor: the kernels from which the PTX is made tell the story that the CPU tells, bit for bit.
#include "test/simt/SimtSession.h"
#include "passes/Pipelines/Compiler.h"
#include "test/unit/lib/Support/TemporaryFolder.h"
#include "vspec/Runtime.h"
#include <algorithm>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>

using namespace vspec;

namespace {
/// stories260K, or another model, compiled for both device classes, open on the CPU and as kernels for the executor.
class CompiledStories {
public:
  CompiledStories(const std::string &weights, const std::string &activations, const std::string &kv, const std::string &chip,
                  const std::string &input = "models/stories260K-f32.gguf", const std::string &cpu = "cpu") {
    CompileRequest request;
    request.input = VSPEC_TEST_DATA "/" + input;
    request.output = folder / "stories.vspec";
    request.weights = weights;
    request.activations = activations;
    request.kv = kv;
    request.context = 512;
    request.target = cpu + ",cuda:" + chip;
    compileTo(request);
    request.target = "cuda:" + chip;
    request.emit = "llvm";
    request.output = folder / "kernels.ll";
    compileTo(request);

    Result<SimtModule> created = SimtModule::create(folder.read("kernels.ll"));
    EXPECT_TRUE(created) << created.error().message;
    kernels.emplace(std::move(*created));
    Result<FileBytes> bytes = FileBytes::mapPath(folder / "stories.vspec");
    EXPECT_TRUE(bytes) << bytes.error().message;
    Result<ModelFile> read = ModelFile::read(std::move(*bytes));
    EXPECT_TRUE(read) << read.error().message;
    file.emplace(std::move(*read));

    vspec_error error{};
    vspec_model_options options = VSPEC_MODEL_OPTIONS_INIT;
    options.threads = 1;
    EXPECT_EQ(vspec_model_open((folder / "stories.vspec").c_str(), &options, &model, &error), VSPEC_OK) << error.text;
    EXPECT_EQ(vspec_session_open(model, 0, &session, &error), VSPEC_OK) << error.text;
    vspec_model_get_info(model, &info);
  }
  ~CompiledStories() {
    vspec_session_close(session);
    vspec_model_close(model);
  }
  CompiledStories(const CompiledStories &) = delete;

  /// Logits of the last of `tokens` by the CPU runtime.
  const float *stepOnCPU(const std::vector<int32_t> &tokens) {
    vspec_error error{};
    const float *logits = nullptr;
    EXPECT_EQ(vspec_session_prefill(session, tokens.data(), tokens.size(), 0, VSPEC_LOGITS_LAST, nullptr, nullptr, &logits, &error),
              VSPEC_OK)
        << error.text;
    return logits;
  }

  std::string text(const std::vector<int32_t> &tokens) const {
    vspec_error error{};
    std::string text(8 * tokens.size() + 64, 0);
    size_t bytes = 0;
    EXPECT_EQ(vspec_decode(model, tokens.data(), tokens.size(), 0, text.data(), text.size(), &bytes, &error), VSPEC_OK) << error.text;
    return text.substr(0, bytes);
  }

  TemporaryFolder folder;
  std::optional<SimtModule> kernels;
  std::optional<ModelFile> file;
  vspec_model *model = nullptr;
  vspec_session *session = nullptr;
  vspec_model_info info{};

private:
  static void compileTo(const CompileRequest &request) {
    Result<std::optional<CompileReport>> report = compile(request);
    EXPECT_TRUE(report) << report.error().message;
  }
};

/// The tokens that follow `prompt`, the likeliest each time, on the executor. Logits of every step must be the CPU's.
std::vector<int32_t> tellStory(CompiledStories &stories, SimtExecutor &executor, const std::vector<int32_t> &prompt, size_t count) {
  EXPECT_EQ(vspec_session_reset(stories.session, nullptr), VSPEC_OK);
  Result<SimtSession> gpu = SimtSession::open(*stories.file, *stories.kernels, executor);
  EXPECT_TRUE(gpu) << gpu.error().message;
  std::vector<int32_t> tokens, next = prompt;
  while (tokens.size() < count) {
    Result<const float *> logits = gpu->step(next);
    EXPECT_TRUE(logits) << logits.error().message;
    const float *expected = stories.stepOnCPU(next);
    if (std::memcmp(*logits, expected, stories.info.vocabulary * sizeof(float))) {
      ADD_FAILURE() << "the logits after " << tokens.size() << " tokens differ";
      break;
    }
    next = {int32_t(std::max_element(*logits, *logits + stories.info.vocabulary) - *logits)};
    tokens.push_back(next[0]);
  }
  return tokens;
}

TEST(SimtSession, TellsTheGoldenStory) {
  CompiledStories stories("f32", "f32", "f32", "sm_80");
  SimtExecutor executor({2, 5});
  std::vector<int32_t> tokens = tellStory(stories, executor, {stories.info.bos_token}, 200);
  tokens.insert(tokens.begin(), stories.info.bos_token);
  std::ifstream golden(VSPEC_TEST_DATA "/golden/stories260K-greedy-200.txt", std::ios::binary);
  std::string expected(std::istreambuf_iterator<char>(golden), {});
  ASSERT_FALSE(expected.empty());
  EXPECT_EQ(stories.text(tokens) + "\n", expected);
}

TEST(SimtSession, TellsTheStoryOfInt8) {
  CompiledStories stories("int8", "int8", "f16", "sm_80");
  SimtExecutor executor({2, 5});
  std::vector<int32_t> tokens = tellStory(stories, executor, {stories.info.bos_token}, 200);
  EXPECT_EQ(tokens.size(), 200u);
  tokens.insert(tokens.begin(), stories.info.bos_token);
  EXPECT_EQ(stories.text(tokens).rfind("Once upon a time, there was a little girl named Lily. She loved to play outside in the park.", 0),
            0u)
      << stories.text(tokens);
}

// Launches of rows, soft caps, a window of 8 tokens.
TEST(SimtSession, GemmaTwo) {
  CompiledStories gemma("f32", "f32", "f32", "sm_80", "families/gemma2.gguf");
  SimtExecutor executor({2, 5});
  EXPECT_EQ(tellStory(gemma, executor, {1, 38, 17, 50, 41, 57, 19, 12, 11, 39, 42}, 4).size(), 4u);
}

// Streams, parts of rows, gates of which only the largest numbers stay, caches that layers share.
TEST(SimtSession, GemmaThreeN) {
  CompiledStories gemma("f32", "f32", "f32", "sm_80", "families/gemma3n.gguf", "cpu:v3");
  SimtExecutor executor({2, 5});
  EXPECT_EQ(tellStory(gemma, executor, {1, 38, 17}, 1).size(), 1u);
}

// Experts with biases that rows choose, attention sinks: chosen in one launch, read by the next.
TEST(SimtSession, GPTOSS) {
  CompiledStories model("int8,*.ffn_gate_inp=f32", "int8", "f16", "sm_80", "families/gpt-oss.gguf");
  SimtExecutor executor({2, 5});
  EXPECT_EQ(tellStory(model, executor, {1, 38, 17, 50, 41, 57, 19, 12, 11, 39, 42}, 2).size(), 2u);
}

// State that all tokens before have made, in layers with attention between them and without.
TEST(SimtSession, Recurrences) {
  for (const char *family : {"qwen3next", "mamba2"}) {
    CompiledStories model("int8", "int8", "f16", "sm_80", std::string("families/") + family + ".gguf", "cpu:v3");
    SimtExecutor executor({2, 5});
    EXPECT_EQ(tellStory(model, executor, {1, 38, 17}, 2).size(), 2u) << family;
  }
}

// Low bits and tables, a prompt in one step, and threads in every order: results depend on neither the grid nor on turns.
TEST(SimtSession, LowBitsOnAnyGridInAnyOrder) {
  std::vector<int32_t> prompt = {1, 403, 407, 261, 378, 432, 383, 286, 261, 503, 392, 443}, first;
  uint32_t seed = 0;
  CompiledStories stories("int4,*.ffn_down=int3:min,*.ffn_up=nf4,token_embd=nf4", "int8", "int4", "sm_75");
  for (SimtGrid grid : {SimtGrid{1, 1}, SimtGrid{1, 33}, SimtGrid{7, 3}}) {
    SimtExecutor executor(grid, seed++);
    std::vector<int32_t> tokens = tellStory(stories, executor, prompt, 12);
    EXPECT_EQ(tokens.size(), 12u);
    if (first.empty())
      first = tokens;
    EXPECT_EQ(tokens, first);
  }
}
} // namespace
