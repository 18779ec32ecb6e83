// From a checkpoint to a model file in one call: what vspec-compile does. No MLIR in this header.
#ifndef VSPEC_PASSES_PIPELINES_COMPILER_H
#define VSPEC_PASSES_PIPELINES_COMPILER_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace vspec {

struct CompileRequest {
  std::string input;  // a GGUF file, a Hugging Face folder, or with randomWeights a config.json
  std::string output; // a file; for text "-" is standard output; for json a folder
  std::vector<std::string> formatLibraries; // files of decoders
  std::string weights, activations = "int8", activationBlock = "group", kv = "f16", target = "cpu", stopAfter, emit = "vspec";
  int64_t context = 0; // 0: the checkpoint's own
  int64_t batch = 1;   // sessions in one step
  std::optional<int64_t> chunk; // most rows of a step; none: as many as the model is fast with
  uint64_t fit = 0;    // bytes to run in: formats and context that are not given are chosen; 0: no limit
  bool kvGiven = false; // --fit keeps it
  std::optional<uint64_t> randomWeights; // a seed
  bool dryRun = false;                   // everything but writing weights
  unsigned threads = 1;
  std::string version, flags;                                 // for the file's provenance
  std::function<void(const std::string &)> note;              // warnings and remarks
  std::function<void(const char *, uint64_t, uint64_t)> progress; // what, done, in all
};

struct CompileReport {
  struct Part {
    std::string name;
    uint64_t bytes;
  };
  struct FormatShare {
    std::string format;
    uint64_t tensors, weights, bytes;
  };
  std::vector<Part> parts; // of the file
  std::vector<FormatShare> formats;
  uint64_t weights = 0, weightBytes = 0;
  uint64_t arenaBytes = 0, stateBytes = 0;   // arena, one session with the whole context
  uint64_t scratchBytes = 0, panelBytes = 0; // one worker, what workers share
  int64_t context = 0, sessions = 1;
  /// Of all workers in `inAll()`: the compiler does not know how many threads will run.
  static constexpr unsigned threads = 16;
  uint64_t inAll() const { return weightBytes + stateBytes * uint64_t(sessions) + arenaBytes + panelBytes + scratchBytes * threads; }
};

/// The error is one sentence. Without a report, text or JSON was written instead of a model file.
Result<std::optional<CompileReport>> compile(const CompileRequest &request);

} // namespace vspec
#endif
