// The calls of Runtime.h about sessions and steps.
#include "runtime/Boundary.h"

using namespace vspec;

vspec_status vspec_session_open(vspec_model *model, uint32_t context, vspec_session **session, vspec_error *error) {
  return guarded(error, [&]() -> Status {
    *session = nullptr;
    uint32_t room = context ? context : model->model->manifest().contextCeiling;
    if (Status checked = model->model->checkContext(room); !checked.ok())
      return checked;
    auto opened = Session::open(model->model->program(), room);
    if (!opened)
      return {VSPEC_OUT_OF_MEMORY, opened.error()};
    *session = new vspec_session{model, std::move(*opened)};
    return {};
  });
}

void vspec_session_close(vspec_session *session) { delete session; }

uint32_t vspec_session_position(const vspec_session *session) { return session->session->position(); }

uint32_t vspec_session_context(const vspec_session *session) { return session->session->context(); }

vspec_status vspec_session_reset(vspec_session *session, vspec_error *error) { return vspec_session_truncate(session, 0, error); }

vspec_status vspec_session_truncate(vspec_session *session, uint32_t position, vspec_error *error) {
  return exclusive(*session->model->model, error, [&] { return session->session->truncate(position); });
}

uint64_t vspec_session_save_bytes(const vspec_session *session) { return session->session->savedBytes(); }

vspec_status vspec_session_save(const vspec_session *session, void *bytes, uint64_t count, vspec_error *error) {
  Model &model = *session->model->model;
  return exclusive(model, error, [&]() -> Status {
    uint64_t needed = session->session->savedBytes();
    if (count < needed)
      return {VSPEC_TOO_SMALL, "the saved state has " + std::to_string(needed) + " bytes, but there is room for " + std::to_string(count)};
    session->session->save(model.origin(), static_cast<uint8_t *>(bytes));
    return {};
  });
}

vspec_status vspec_session_restore(vspec_session *session, const void *bytes, uint64_t count, vspec_error *error) {
  Model &model = *session->model->model;
  return exclusive(model, error, [&] { return session->session->restore(model.origin(), static_cast<const uint8_t *>(bytes), count); });
}

vspec_status vspec_step(vspec_model *model, const vspec_row *rows, uint32_t count, const uint32_t *select, uint32_t selected,
                        const float **logits, vspec_error *error) {
  return exclusive(*model->model, error, [&] { return model->model->executor().step(rows, count, select, selected, logits); });
}

vspec_status vspec_session_prefill(vspec_session *session, const int32_t *tokens, uint64_t count, uint32_t chunk, vspec_logits which,
                                   vspec_logits_callback callback, void *user, const float **logits, vspec_error *error) {
  Model &model = *session->model->model;
  return exclusive(model, error, [&] { return model.executor().prefill(*session, {tokens, count, chunk, which, callback, user}, logits); });
}

void vspec_session_cancel(vspec_session *session) { session->session->cancelled = true; }
