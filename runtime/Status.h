// Why a call of the C API failed: a status and a sentence. Within the runtime, calls with a single kind of failure return
// Result instead.
#ifndef VSPEC_RUNTIME_STATUS_H
#define VSPEC_RUNTIME_STATUS_H
#include "vspec/Runtime.h"
#include "vspec/Support/Result.h"

namespace vspec {

struct [[nodiscard]] Status {
  vspec_status code = VSPEC_OK;
  std::string message;

  Status() = default;
  Status(vspec_status code, std::string message) : code(code), message(std::move(message)) {}
  Status(vspec_status code, const Error &error) : code(code), message(error.message) {}
  bool ok() const { return code == VSPEC_OK; }
};

} // namespace vspec
#endif
