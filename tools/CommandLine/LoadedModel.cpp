#include "CommandLine/LoadedModel.h"
#include "CommandLine/Console.h"
#include "CommandLine/InputFiles.h"
#include <CLI/CLI.hpp>

namespace vspec {

void LoadOptions::addTo(CLI::App &app) {
  app.add_option("--threads", threads, "Workers (one for each processor)")->type_name("N")->check(wholeNumber(0, UINT32_MAX));
  addWeightsIn(app);
}

void LoadOptions::addWeightsIn(CLI::App &app) {
  app.add_option_function<std::string>(
         "--weights-in", [this](const std::string &where) { weightsInRAM = where == "ram"; },
         "file: weights are mapped, and shared with other processes (the default); ram: copied, in huge pages if there are any")
      ->type_name("WHERE")
      ->check(CLI::IsMember({"file", "ram"}));
}

Result<LoadedModel> loadModel(const std::string &path, const LoadOptions &wanted) {
  auto kind = inputKind(path);
  if (!kind)
    return kind.error();
  if (*kind == InputKind::GGUF || *kind == InputKind::Folder)
    return Error{quotedPath(path) + " is a checkpoint, expected a model file: compile it with vspec-compile"};
  vspec_model_options options = VSPEC_MODEL_OPTIONS_INIT;
  options.threads = wanted.threads;
  options.weights_in_ram = wanted.weightsInRAM;
  vspec_error error;
  vspec_model *handle = nullptr;
  if (vspec_model_open(path.c_str(), &options, &handle, &error) != VSPEC_OK)
    return runtimeError(error);
  LoadedModel model{path, RuntimeOwner<vspec_model>(handle), {}};
  vspec_model_get_info(handle, &model.info);
  return model;
}

Result<RuntimeOwner<vspec_session>> openSession(const LoadedModel &model, uint64_t context, const std::string &wanted) {
  if (context > model.info.context_ceiling) {
    const std::string trained = model.info.trained_context == 0 ? "" : ", trained with " + std::to_string(model.info.trained_context);
    return Error{wanted + " needs a context of " + std::to_string(context) + " tokens, but " + quotedPath(model.path) +
                 " was compiled for " + std::to_string(model.info.context_ceiling) + trained +
                 ": compile it with vspec-compile --context=" + std::to_string(context)};
  }
  vspec_error error;
  vspec_session *session = nullptr;
  if (vspec_session_open(model.handle.get(), uint32_t(context), &session, &error) != VSPEC_OK)
    return runtimeError(error);
  return RuntimeOwner<vspec_session>(session);
}

Result<std::vector<int32_t>> encodeText(const LoadedModel &model, std::string_view text, bool addSpecial, bool parseSpecial) {
  // A token is at least a byte of the text, except for BOS, EOS and a leading space.
  std::vector<int32_t> tokens(text.size() + 8);
  vspec_error error;
  size_t count = 0;
  const auto encode = [&] {
    return vspec_encode(model.handle.get(), text.data(), text.size(), addSpecial, parseSpecial, tokens.data(), tokens.size(), &count,
                        &error);
  };
  vspec_status status = encode();
  if (status == VSPEC_TOO_SMALL) {
    tokens.resize(count);
    status = encode();
  }
  if (status != VSPEC_OK)
    return Error{quotedPath(model.path) + ": " + runtimeError(error).message};
  tokens.resize(count);
  return tokens;
}

} // namespace vspec
