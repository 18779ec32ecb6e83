// The runtime's C API with owners and Results, as the tools use it.
#ifndef VSPEC_TOOLS_COMMANDLINE_LOADEDMODEL_H
#define VSPEC_TOOLS_COMMANDLINE_LOADEDMODEL_H
#include "vspec/Runtime.h"
#include "vspec/Support/Result.h"
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace vspec {

struct RuntimeCloser {
  void operator()(vspec_model *model) const { vspec_model_close(model); }
  void operator()(vspec_session *session) const { vspec_session_close(session); }
  void operator()(vspec_sampler *sampler) const { vspec_sampler_close(sampler); }
  void operator()(vspec_decoder *decoder) const { vspec_decoder_close(decoder); }
  void operator()(vspec_profile *profile) const { vspec_profile_close(profile); }
};
template <typename T> using RuntimeOwner = std::unique_ptr<T, RuntimeCloser>;

/// Why a call of the C API failed.
inline Error runtimeError(const vspec_error &error) { return Error{error.text}; }

struct LoadedModel {
  std::string path;
  RuntimeOwner<vspec_model> handle;
  vspec_model_info info;
};

/// How a model is opened: options of every tool that runs one.
struct LoadOptions {
  uint32_t threads = 0; // 0: one for each processor
  bool weightsInRAM = false;

  /// --threads and --weights-in.
  void addTo(CLI::App &app);
  void addWeightsIn(CLI::App &app);
};

Result<LoadedModel> loadModel(const std::string &path, const LoadOptions &options);

/// A session for `context` tokens. Asked for more than the file was compiled for, it says with how much it must be compiled;
/// `wanted` is what asks for so many: "--ctx".
Result<RuntimeOwner<vspec_session>> openSession(const LoadedModel &model, uint64_t context, const std::string &wanted);

/// `addSpecial` adds BOS as the model wants it; with `parseSpecial` text can spell special tokens.
Result<std::vector<int32_t>> encodeText(const LoadedModel &model, std::string_view text, bool addSpecial, bool parseSpecial);

} // namespace vspec
#endif
