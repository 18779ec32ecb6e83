// The calls of Runtime.h about models.
#include "runtime/Boundary.h"

using namespace vspec;

namespace {

template <typename Bytes>
vspec_status openModel(const vspec_model_options *given, vspec_model **model, vspec_error *error, const Bytes &bytes) {
  return guarded(error, [&]() -> Status {
    vspec_model_options options = VSPEC_MODEL_OPTIONS_INIT;
    if (given)
      options = *given;
    if (!model)
      return {VSPEC_INVALID_ARGUMENT, "no place for the model"};
    *model = nullptr;
    if (options.abi_version != VSPEC_ABI_VERSION)
      return {VSPEC_INVALID_ARGUMENT, "the options are of ABI version " + std::to_string(options.abi_version) +
                                          ", this runtime has version " + std::to_string(VSPEC_ABI_VERSION)};
    Result<FileBytes> file = bytes();
    if (!file)
      return {VSPEC_CANNOT_READ, file.error()};
    auto opened = std::make_unique<vspec_model>();
    if (Status status = Model::open(std::move(*file), options, opened->model); !status.ok())
      return status;
    *model = opened.release();
    return {};
  });
}

const char *textOf(const std::string *text, size_t *bytes) {
  if (bytes)
    *bytes = text ? text->size() : 0;
  return text ? text->c_str() : nullptr;
}

} // namespace

uint32_t vspec_abi_version(void) { return VSPEC_ABI_VERSION; }

vspec_status vspec_model_open(const char *path, const vspec_model_options *options, vspec_model **model, vspec_error *error) {
  return openModel(options, model, error, [&]() -> Result<FileBytes> {
    if (!path)
      return Error{"no path of a model file"};
    return FileBytes::mapPath(path);
  });
}

vspec_status vspec_model_open_descriptor(int descriptor, uint64_t base, const vspec_model_options *options, vspec_model **model,
                                         vspec_error *error) {
  return openModel(options, model, error, [&] { return FileBytes::map(descriptor, base, "descriptor " + std::to_string(descriptor)); });
}

vspec_status vspec_model_open_memory(const void *bytes, uint64_t count, const vspec_model_options *options, vspec_model **model,
                                     vspec_error *error) {
  return openModel(options, model, error, [&] { return FileBytes::wrap(bytes, count); });
}

void vspec_model_close(vspec_model *model) { delete model; }

void vspec_model_get_info(const vspec_model *model, vspec_model_info *info) { model->model->describe(*info); }

vspec_status vspec_model_state_bytes(const vspec_model *model, uint32_t context, uint64_t *bytes, vspec_error *error) {
  return guarded(error, [&]() -> Status {
    uint32_t room = context ? context : model->model->manifest().contextCeiling;
    if (Status checked = model->model->checkContext(room); !checked.ok())
      return checked;
    *bytes = sessionBytes(model->model->program(), room);
    return {};
  });
}

const char *vspec_model_chat_template(const vspec_model *model, size_t *bytes) { return textOf(model->model->chatTemplate(), bytes); }

const char *vspec_model_provenance(const vspec_model *model, size_t *bytes) { return textOf(model->model->provenance(), bytes); }

int32_t vspec_model_is_end(const vspec_model *model, int32_t token) {
  const file::Manifest &manifest = model->model->manifest();
  for (uint32_t i = 0; i < manifest.endTokens; ++i)
    if (manifest.endToken[i] == token)
      return 1;
  return 0;
}
