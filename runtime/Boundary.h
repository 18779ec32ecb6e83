// What every call of the C API does: report a Status to the caller, and let no exception out. Ours are none, but the standard
// library's containers throw when there is no memory.
#ifndef VSPEC_RUNTIME_BOUNDARY_H
#define VSPEC_RUNTIME_BOUNDARY_H
#include "runtime/Model.h"
#include <cstring>

namespace vspec {

inline vspec_status report(vspec_error *error, vspec_status code, const char *text, size_t bytes) {
  if (!error)
    return code;
  error->status = code;
  bytes = bytes < sizeof error->text ? bytes : sizeof error->text - 1;
  std::memcpy(error->text, text, bytes);
  error->text[bytes] = 0;
  return code;
}

/// Runs `call`, which returns a Status.
template <typename Call> vspec_status guarded(vspec_error *error, const Call &call) {
  try {
    Status status = call();
    return report(error, status.code, status.message.data(), status.message.size());
  } catch (...) {
    constexpr char text[] = "no memory";
    return report(error, VSPEC_OUT_OF_MEMORY, text, sizeof text - 1);
  }
}

/// The same for calls that run or change sessions of a model: one at a time.
template <typename Call> vspec_status exclusive(Model &model, vspec_error *error, const Call &call) {
  return guarded(error, [&]() -> Status {
    if (model.busy.exchange(true, std::memory_order_acquire))
      return {VSPEC_BUSY, "another call is running or changing a session of this model"};
    struct Release {
      std::atomic<bool> &busy;
      ~Release() { busy.store(false, std::memory_order_release); }
    } release{model.busy};
    return call();
  });
}

} // namespace vspec
#endif
