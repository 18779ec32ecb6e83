#include "SessionSource.h"

namespace vspec {
namespace {

/// The taker behind the callback of the C API, and what it said last.
struct Taking {
  const LogitsTaker &take;
  Result<void> last;
};

int32_t takeLogits(void *user, uint64_t, uint32_t count, const float *logits) {
  auto *taking = static_cast<Taking *>(user);
  taking->last = taking->take(count, logits);
  return !taking->last;
}

} // namespace

Result<void> SessionSource::reset() {
  vspec_error error;
  if (vspec_session_reset(session.get(), &error) != VSPEC_OK)
    return runtimeError(error);
  return {};
}

Result<void> SessionSource::feed(const int32_t *tokens, uint64_t count, const LogitsTaker &take) {
  Taking taking{take, {}};
  vspec_error error;
  const vspec_status status = vspec_session_prefill(session.get(), tokens, count, chunk, take ? VSPEC_LOGITS_ALL : VSPEC_LOGITS_NONE,
                                                    take ? takeLogits : nullptr, &taking, nullptr, &error);
  if (!taking.last)
    return taking.last;
  if (status != VSPEC_OK)
    return runtimeError(error);
  return {};
}

} // namespace vspec
