/*
 * The C API of the runtime: open a model file, open sessions, run steps, sample, turn text into tokens and back.
 *
 * It is made for embedding. No call prints, exits, throws, touches signals or the locale, or keeps global state. Every call
 * that can fail returns a status and writes one sentence into the vspec_error of the caller, which may be NULL. Text is
 * UTF-8 with an explicit length; the strings that the runtime hands out are zero-terminated too.
 *
 * Threads. "Any thread" below: the call may run at the same time as any other call. "Executor": the calls that run or change
 * sessions of one model must not overlap; an overlap is noticed and refused with VSPEC_BUSY. "One object": one call at a
 * time for each object. Opening is independent; a model must outlive what was made from it.
 *
 * Memory. Opening a model and making a session, sampler, decoder or profile allocates. Steps, prefill, saving, sampling and
 * decoding never do.
 *
 *   vspec_error error;
 *   vspec_model_options options = VSPEC_MODEL_OPTIONS_INIT;
 *   vspec_model *model;
 *   if (vspec_model_open("qwen.vspec", &options, &model, &error)) return fail(error.text);
 */
#ifndef VSPEC_RUNTIME_H
#define VSPEC_RUNTIME_H
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define VSPEC_API __attribute__((visibility("default")))
#else
#define VSPEC_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Changes whenever a struct or a call changes its meaning. */
#define VSPEC_ABI_VERSION 3u

/* The version that the library was built with. Any thread. */
VSPEC_API uint32_t vspec_abi_version(void);

typedef struct vspec_model vspec_model;
typedef struct vspec_session vspec_session;
typedef struct vspec_sampler vspec_sampler;
typedef struct vspec_decoder vspec_decoder;
typedef struct vspec_profile vspec_profile;

typedef enum vspec_status {
  VSPEC_OK = 0,
  VSPEC_INVALID_ARGUMENT = 1, /* the caller asked for something that does not exist or does not fit */
  VSPEC_CANNOT_READ = 2,      /* the system refused to open, map or read the file */
  VSPEC_MALFORMED = 3,        /* the model file or the saved state is damaged */
  VSPEC_UNSUPPORTED = 4,      /* no code for this processor, or the file lacks the section that is needed */
  VSPEC_OUT_OF_MEMORY = 5,
  VSPEC_CONTEXT_FULL = 6, /* the session has no room for the rows */
  VSPEC_OTHER_MODEL = 7,  /* a saved state of another model, or sessions of two models in one step */
  VSPEC_CANCELLED = 8,
  VSPEC_BUSY = 9,      /* another thread is running a step of this model */
  VSPEC_TOO_SMALL = 10 /* the buffer is too small; the size that is needed has been written */
} vspec_status;

/* Why a call failed: lower case, with what was found and what was expected. `text` is cut where it does not fit. */
typedef struct vspec_error {
  vspec_status status;
  char text[1020];
} vspec_error;

/* ---- models ---------------------------------------------------------------------------------------------------------- */

/* One line without a line feed. Called only from within vspec_model_open*, on the caller's thread. */
typedef void (*vspec_log)(void *user, const char *line);
/* `done` of `total` bytes of weights are verified or copied; nonzero cancels the open. Called like vspec_log. */
typedef int32_t (*vspec_progress)(void *user, uint64_t done, uint64_t total);

typedef struct vspec_model_options {
  uint32_t abi_version;    /* VSPEC_ABI_VERSION */
  uint32_t threads;        /* workers, the caller of a step included; 0: one for each processor that the process may use */
  const char *isa;         /* name of the code variant; NULL: the environment's VSPEC_ISA, else the first that this machine runs */
  int32_t copy_code;       /* 1: copy the code to memory even where it could be mapped from the file (for perf) */
  int32_t verify_weights;  /* 1: compare the weights with their hash: reads them all */
  int32_t weights_in_ram;  /* 1: copy the weights to memory of this process, in huge pages where the system gives them; else mapped,
                              and shared with other processes */
  vspec_log log;           /* NULL: none */
  vspec_progress progress; /* NULL: none */
  void *user;              /* for both callbacks */
} vspec_model_options;
#define VSPEC_MODEL_OPTIONS_INIT                                                                                                           \
  { VSPEC_ABI_VERSION, 0, NULL, 0, 0, 0, NULL, NULL, NULL }

/* Maps and checks a model file, allocates its arena and starts its workers. `options` may be NULL. Any thread. */
VSPEC_API vspec_status vspec_model_open(const char *path, const vspec_model_options *options, vspec_model **model, vspec_error *error);
/* The same for the file at `base` (a multiple of 65536) of an open descriptor, which may be closed afterwards. */
VSPEC_API vspec_status vspec_model_open_descriptor(int descriptor, uint64_t base, const vspec_model_options *options, vspec_model **model,
                                                   vspec_error *error);
/* The same for a file in memory, which must be 64-byte aligned and stay unchanged until the model is closed. */
VSPEC_API vspec_status vspec_model_open_memory(const void *bytes, uint64_t count, const vspec_model_options *options, vspec_model **model,
                                               vspec_error *error);
/* Stops the workers and frees everything. All sessions, samplers, decoders and profiles must be closed before. NULL is fine. */
VSPEC_API void vspec_model_close(vspec_model *model);

typedef struct vspec_model_info {
  uint32_t vocabulary;      /* logits of a row */
  uint32_t context_ceiling; /* tokens: most that a session may ask for */
  uint32_t trained_context; /* tokens, of the checkpoint; 0: unknown */
  uint32_t slots;           /* most sessions in one step */
  uint32_t row_capacity;    /* most rows in one step: the longest chunk of a prefill */
  uint32_t logits_capacity; /* most rows in one step whose logits can be selected */
  uint32_t layers, hidden;
  uint32_t threads;      /* workers that run */
  int32_t bos_token;     /* -1: none */
  int32_t add_bos;       /* 1: a prompt starts with bos_token */
  uint32_t end_tokens;   /* how many of end_token are used */
  int32_t end_token[12]; /* a generation ends with any of them */
  int32_t has_tokenizer; /* 1: vspec_encode, vspec_decode and decoders work */
  char family[24];
  char isa[24];            /* the code variant that runs */
  uint8_t fingerprint[32]; /* states are bound to it */
  uint64_t arena_bytes;    /* shared by all steps */
  uint64_t scratch_bytes;  /* of all workers */
  uint64_t table_bytes;    /* resolved operands, row table, state tables */
  uint64_t weight_bytes;   /* mapped from the file, shared between processes; or copied */
  int32_t weights_in_ram;  /* 1: copied */
  uint64_t code_bytes;     /* mapped or copied */
} vspec_model_info;

/* Any thread. */
VSPEC_API void vspec_model_get_info(const vspec_model *model, vspec_model_info *info);
/* Bytes of the state of a session with this context: what vspec_session_open allocates. Refuses a context above the ceiling.
   Any thread. */
VSPEC_API vspec_status vspec_model_state_bytes(const vspec_model *model, uint32_t context, uint64_t *bytes, vspec_error *error);
/* The chat template of the checkpoint, zero-terminated, valid until the model is closed; NULL and 0 if there is none.
   Any thread. */
VSPEC_API const char *vspec_model_chat_template(const vspec_model *model, size_t *bytes);
/* The provenance as JSON text, in the same way. Any thread. */
VSPEC_API const char *vspec_model_provenance(const vspec_model *model, size_t *bytes);
/* Whether the token ends a generation. Any thread. */
VSPEC_API int32_t vspec_model_is_end(const vspec_model *model, int32_t token);

/* ---- sessions -------------------------------------------------------------------------------------------------------- */

/* A session with room for `context` tokens; 0 asks for the ceiling. More than the ceiling is refused. Any thread. */
VSPEC_API vspec_status vspec_session_open(vspec_model *model, uint32_t context, vspec_session **session, vspec_error *error);
/* NULL is fine. Executor. */
VSPEC_API void vspec_session_close(vspec_session *session);
/* Tokens so far; the next token gets this position. Executor. */
VSPEC_API uint32_t vspec_session_position(const vspec_session *session);
/* Tokens that fit. Any thread. */
VSPEC_API uint32_t vspec_session_context(const vspec_session *session);
/* Forgets all tokens. Executor. */
VSPEC_API vspec_status vspec_session_reset(vspec_session *session, vspec_error *error);
/* Forgets the tokens from `position` on. A state that is a ring keeps no more than its window: once it has wrapped, one may
   go back by fewer than row_capacity tokens, or to 0. With recurrent state one may go back to 0 only. Executor. */
VSPEC_API vspec_status vspec_session_truncate(vspec_session *session, uint32_t position, vspec_error *error);

/* Saved state: bytes for vspec_session_save as it stands. Executor. */
VSPEC_API uint64_t vspec_session_save_bytes(const vspec_session *session);
/* Writes the state into `bytes` [count], count >= vspec_session_save_bytes. Executor. */
VSPEC_API vspec_status vspec_session_save(const vspec_session *session, void *bytes, uint64_t count, vspec_error *error);
/* Replaces the state of the session by saved bytes of a session of the same model (by fingerprint and device class), whose
   context may differ as long as its tokens fit. After an error the session is as before. Executor. */
VSPEC_API vspec_status vspec_session_restore(vspec_session *session, const void *bytes, uint64_t count, vspec_error *error);

/* ---- running --------------------------------------------------------------------------------------------------------- */

/* The next token of a session. */
typedef struct vspec_row {
  vspec_session *session;
  int32_t token;
} vspec_row;

/* Runs one step: rows [count], 1 <= count <= row_capacity, of at most `slots` sessions. The rows of a session lie together,
   in the order of its tokens. `select` [selected] lists rows in ascending order; `logits` then points to
   f32 [selected][vocabulary], valid until the next step of the model (NULL: not wanted). After an error all sessions are as
   before. Executor. */
VSPEC_API vspec_status vspec_step(vspec_model *model, const vspec_row *rows, uint32_t count, const uint32_t *select, uint32_t selected,
                                  const float **logits, vspec_error *error);

typedef enum vspec_logits {
  VSPEC_LOGITS_NONE = 0,
  VSPEC_LOGITS_LAST = 1, /* of the last token */
  VSPEC_LOGITS_ALL = 2   /* of every token, chunk by chunk */
} vspec_logits;

/* Called after each step of a prefill that made logits: f32 [count][vocabulary] of tokens[first] and the following, valid
   during the call. Nonzero stops the prefill with VSPEC_CANCELLED. It must not run steps of the same model. */
typedef int32_t (*vspec_logits_callback)(void *user, uint64_t first, uint32_t count, const float *logits);

/* Feeds tokens [count] to a session, in steps of at most `chunk` rows (0: row_capacity; ALL: also at most logits_capacity).
   The result does not depend on the chunk. With VSPEC_LOGITS_LAST or ALL `logits` points to f32 [vocabulary] of the last
   token as for vspec_step; `callback` and `logits` may be NULL. After an error or a cancel the session holds the tokens of the
   steps that were done: see vspec_session_position. Executor. */
VSPEC_API vspec_status vspec_session_prefill(vspec_session *session, const int32_t *tokens, uint64_t count, uint32_t chunk,
                                             vspec_logits which, vspec_logits_callback callback, void *user, const float **logits,
                                             vspec_error *error);
/* Stops the prefill that runs on the session, or the next one, before its next step; that call returns VSPEC_CANCELLED and
   clears the wish. Any thread. */
VSPEC_API void vspec_session_cancel(vspec_session *session);

/* ---- profiles -------------------------------------------------------------------------------------------------------- */

/* What a launch of a step did. Times are nanoseconds; begin_ns and end_ns count from the start of the step. A launch without
   tiles in that step did not run, and all is 0. */
typedef struct vspec_launch_time {
  uint64_t begin_ns;    /* the first worker began, with the rows that all prepare together or with a tile */
  uint64_t end_ns;      /* the last tile was done; the next launch begins later */
  uint64_t work_ns;     /* in its kernel, all workers together */
  uint64_t prologue_ns; /* of that: preparing rows */
  uint32_t tiles;
  uint32_t takes;    /* ranges of tiles that workers took */
  uint32_t experts;  /* that rows chose, whose weights the launch read; 0: it has none */
  uint32_t barriers; /* 1, or 2 where workers prepared its rows together before they took tiles */
} vspec_launch_time;

typedef struct vspec_step_profile {
  uint64_t steps;                 /* since the profile is open; the next four are of the last one */
  uint64_t wall_ns;               /* the whole step */
  uint32_t first_launch;          /* number of times[0] in the table of launches of the model file */
  uint32_t launches;              /* of the variant that ran */
  const vspec_launch_time *times; /* [launches], valid until the next step */
  uint64_t processor_ns;          /* that the workers received: the caller in steps, the others always. 0: not counted */
  uint64_t processor_work_ns;     /* of that: in kernels */
} vspec_step_profile;

/* From now on notes the time of each launch, and with `processor_time` 1 how much processor time is spent in kernels, which
   makes steps slower. A model has at most one profile; without one steps do none of this. Executor. */
VSPEC_API vspec_status vspec_profile_open(vspec_model *model, int32_t processor_time, vspec_profile **profile, vspec_error *error);
/* NULL is fine. Executor. */
VSPEC_API void vspec_profile_close(vspec_profile *profile);
/* Executor. */
VSPEC_API void vspec_profile_get(const vspec_profile *profile, vspec_step_profile *last);

/* ---- sampling -------------------------------------------------------------------------------------------------------- */

/* Applied in this order: repetition penalty, temperature, top-k, top-p, min-p. All zero is greedy. Ties go to the lower id.
   The same options, seed, logits and accepted tokens give the same tokens on every machine. */
typedef struct vspec_sampler_options {
  float temperature;          /* 0: greedy */
  uint32_t top_k;             /* 0: off */
  float top_p;                /* the fewest most probable tokens whose probability reaches it; 0 or 1: off */
  float min_p;                /* only tokens at least this probable, relative to the best; 0: off */
  float repetition_penalty;   /* positive logits are divided by it, negative ones multiplied; 0 or 1: off */
  uint32_t repetition_window; /* the last accepted tokens that are penalised */
  uint64_t seed;
} vspec_sampler_options;

/* `options` may be NULL: greedy. Any thread. */
VSPEC_API vspec_status vspec_sampler_open(const vspec_model *model, const vspec_sampler_options *options, vspec_sampler **sampler,
                                          vspec_error *error);
/* NULL is fine. */
VSPEC_API void vspec_sampler_close(vspec_sampler *sampler);
/* Chooses a token from logits f32 [vocabulary], which stay as they are. It does not remember the token. One object. */
VSPEC_API vspec_status vspec_sampler_sample(vspec_sampler *sampler, const float *logits, int32_t *token, vspec_error *error);
/* Remembers a token for the repetition penalty: call it for the tokens of the prompt and for each that was sampled and kept.
   One object. */
VSPEC_API void vspec_sampler_accept(vspec_sampler *sampler, int32_t token);
/* Forgets the accepted tokens and starts the random numbers again from `seed`. One object. */
VSPEC_API void vspec_sampler_reset(vspec_sampler *sampler, uint64_t seed);

/* ---- text ------------------------------------------------------------------------------------------------------------ */

/* Text [bytes] to tokens [capacity]; writes how many there are. VSPEC_TOO_SMALL if they do not fit: `count` then holds what
   is needed. `add_special`: 1 adds what the model wants around a prompt (bos). `parse_special`: 1 turns the spelling of a
   special token into that token; give 0 for text that is not trusted. bos is added here: never add bos_token oneself. Any
   thread. */
VSPEC_API vspec_status vspec_encode(const vspec_model *model, const char *text, size_t bytes, int32_t add_special, int32_t parse_special,
                                    int32_t *tokens, size_t capacity, size_t *count, vspec_error *error);
/* Tokens [count] to text [capacity], zero-terminated if there is room. Writes its bytes; VSPEC_TOO_SMALL as above.
   `special`: 1 also spells special tokens. Any thread. */
VSPEC_API vspec_status vspec_decode(const vspec_model *model, const int32_t *tokens, size_t count, int32_t special, char *text,
                                    size_t capacity, size_t *bytes, vspec_error *error);

/* Renders a conversation, so that the model answers it. `conversation` is a JSON object with the variables of the template:
   {"messages": [{"role": "user", "content": "Hi"}], "add_generation_prompt": true}, and perhaps "tools" and whatever else the
   template knows; the model's bos_token and eos_token are there already. `chat_template` is a template in Jinja; NULL takes
   that of the model. Give the text to vspec_encode with add_special 0 and parse_special 1: the template writes bos itself.
   `text` and `bytes` as for vspec_decode. A malformed template is VSPEC_MALFORMED; one that refuses the conversation
   VSPEC_INVALID_ARGUMENT. A template is limited in steps and memory, but not trusted otherwise. Any thread. */
VSPEC_API vspec_status vspec_chat_render(const vspec_model *model, const char *chat_template, size_t template_bytes,
                                         const char *conversation, size_t conversation_bytes, char *text, size_t capacity, size_t *bytes,
                                         vspec_error *error);

/* Decodes token by token and hands out whole UTF-8 characters only. `starts_text`: 1 if the first token starts a text, so that
   the space which some tokenizers put before a text is taken off; 0 after a prompt. `special` as for vspec_decode. Any thread. */
VSPEC_API vspec_status vspec_decoder_open(const vspec_model *model, int32_t starts_text, int32_t special, vspec_decoder **decoder,
                                          vspec_error *error);
/* NULL is fine. */
VSPEC_API void vspec_decoder_close(vspec_decoder *decoder);
/* The text that a further token completes, possibly empty: valid until the next call for this decoder. One object. */
VSPEC_API vspec_status vspec_decoder_push(vspec_decoder *decoder, int32_t token, const char **text, size_t *bytes, vspec_error *error);
/* What is left of an unfinished character, as U+FFFD; the decoder starts anew. One object. */
VSPEC_API vspec_status vspec_decoder_finish(vspec_decoder *decoder, const char **text, size_t *bytes, vspec_error *error);

#ifdef __cplusplus
}
#endif
#endif
