/* A session from plain C: the header must compile as C99 without a warning, and mean there what it means in C++. */
#include "vspec/Runtime.h"
#include <stdlib.h>
#include <string.h>

static const char *runSession(vspec_model *model, const char *prompt, char *text, size_t room, vspec_error *error) {
  vspec_session *session = NULL;
  vspec_sampler *sampler = NULL;
  vspec_decoder *decoder = NULL;
  const float *logits = NULL;
  int32_t tokens[32];
  size_t count = 0, bytes = 0, used = 0;
  int step;

  if (vspec_encode(model, prompt, strlen(prompt), 1, 0, tokens, 32, &count, error) || vspec_session_open(model, 64, &session, error) ||
      vspec_sampler_open(model, NULL, &sampler, error) || vspec_decoder_open(model, 0, 0, &decoder, error) ||
      vspec_session_prefill(session, tokens, count, 0, VSPEC_LOGITS_LAST, NULL, NULL, &logits, error))
    return error->text;
  for (step = 0; step < 8; ++step) {
    const char *piece = NULL;
    const uint32_t select = 0;
    vspec_row row;
    row.session = session;
    if (vspec_sampler_sample(sampler, logits, &row.token, error) || vspec_decoder_push(decoder, row.token, &piece, &bytes, error) ||
        vspec_step(model, &row, 1, &select, 1, &logits, error))
      return error->text;
    if (used + bytes < room)
      memcpy(text + used, piece, bytes + 1);
    used += bytes;
  }
  if (vspec_session_position(session) != count + 8)
    return "wrong position";
  vspec_decoder_close(decoder);
  vspec_sampler_close(sampler);
  vspec_session_close(session);
  return NULL;
}

/* Null, or what went wrong. */
const char *runFromC(const char *path, const char *prompt, char *text, size_t room, vspec_error *error) {
  vspec_model_options options = VSPEC_MODEL_OPTIONS_INIT;
  vspec_model *model = NULL;
  const char *failure;
  options.threads = 2;
  if (vspec_model_open(path, &options, &model, error))
    return error->text;
  failure = runSession(model, prompt, text, room, error);
  vspec_model_close(model);
  return failure;
}
