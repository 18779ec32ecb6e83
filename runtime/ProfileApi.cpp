// The calls of Runtime.h about profiles.
#include "runtime/Boundary.h"

using namespace vspec;

struct vspec_profile final {
  vspec_model *model;
  std::unique_ptr<StepProfile> profile;
};

vspec_status vspec_profile_open(vspec_model *model, int32_t processor_time, vspec_profile **profile, vspec_error *error) {
  return exclusive(*model->model, error, [&]() -> Status {
    *profile = nullptr;
    Executor &executor = model->model->executor();
    if (executor.profile())
      return {VSPEC_INVALID_ARGUMENT, "the model has a profile already, and can have one"};
    uint32_t most = 0;
    for (const file::Variant &variant : model->model->program().variants)
      most = std::max(most, variant.launches);
    auto opened = StepProfile::open(most, processor_time != 0);
    if (!opened)
      return {VSPEC_OUT_OF_MEMORY, opened.error()};
    *profile = new vspec_profile{model, std::move(*opened)};
    executor.attach((*profile)->profile.get());
    return {};
  });
}

void vspec_profile_close(vspec_profile *profile) {
  if (!profile)
    return;
  profile->model->model->executor().attach(nullptr);
  delete profile;
}

void vspec_profile_get(const vspec_profile *profile, vspec_step_profile *last) { *last = profile->profile->last(); }
