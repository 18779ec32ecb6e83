// The calls of Runtime.h about sampling and text.
#include "runtime/Boundary.h"
#include "runtime/Sampler.h"

using namespace vspec;

struct vspec_sampler final {
  std::unique_ptr<Sampler> sampler;
};

struct vspec_decoder final {
  StreamDecoder stream;
};

vspec_status vspec_sampler_open(const vspec_model *model, const vspec_sampler_options *options, vspec_sampler **sampler,
                                vspec_error *error) {
  return guarded(error, [&]() -> Status {
    *sampler = nullptr;
    auto opened = std::make_unique<vspec_sampler>();
    vspec_sampler_options greedy{};
    Status status = Sampler::open(model->model->manifest().vocabulary, options ? *options : greedy, opened->sampler);
    if (status.ok())
      *sampler = opened.release();
    return status;
  });
}

void vspec_sampler_close(vspec_sampler *sampler) { delete sampler; }

vspec_status vspec_sampler_sample(vspec_sampler *sampler, const float *logits, int32_t *token, vspec_error *error) {
  return guarded(error, [&] { return sampler->sampler->sample(logits, *token); });
}

void vspec_sampler_accept(vspec_sampler *sampler, int32_t token) { sampler->sampler->accept(token); }

void vspec_sampler_reset(vspec_sampler *sampler, uint64_t seed) { sampler->sampler->reset(seed); }

namespace {

Status noTokenizer() { return {VSPEC_UNSUPPORTED, "the model file has no tokenizer"}; }

Status tooSmall(const char *what, size_t needed, size_t capacity) {
  return {VSPEC_TOO_SMALL, "the result has " + std::to_string(needed) + " " + what + ", but there is room for " + std::to_string(capacity)};
}

} // namespace

vspec_status vspec_encode(const vspec_model *model, const char *text, size_t bytes, int32_t add_special, int32_t parse_special,
                          int32_t *tokens, size_t capacity, size_t *count, vspec_error *error) {
  return guarded(error, [&]() -> Status {
    *count = 0;
    const Tokenizer *tokenizer = model->model->tokenizer();
    if (!tokenizer)
      return noTokenizer();
    auto encoded = tokenizer->encode({text, bytes}, {add_special != 0, parse_special != 0});
    if (!encoded)
      return {VSPEC_INVALID_ARGUMENT, encoded.error()};
    *count = encoded->size();
    if (*count > capacity)
      return tooSmall("tokens", *count, capacity);
    std::copy(encoded->begin(), encoded->end(), tokens);
    return {};
  });
}

vspec_status vspec_decode(const vspec_model *model, const int32_t *tokens, size_t count, int32_t special, char *text, size_t capacity,
                          size_t *bytes, vspec_error *error) {
  return guarded(error, [&]() -> Status {
    *bytes = 0;
    const Tokenizer *tokenizer = model->model->tokenizer();
    if (!tokenizer)
      return noTokenizer();
    std::string decoded = tokenizer->decode({tokens, tokens + count}, special != 0);
    *bytes = decoded.size();
    if (*bytes > capacity)
      return tooSmall("bytes", *bytes, capacity);
    std::copy(decoded.begin(), decoded.end(), text);
    if (*bytes < capacity)
      text[*bytes] = 0;
    return {};
  });
}

vspec_status vspec_decoder_open(const vspec_model *model, int32_t starts_text, int32_t special, vspec_decoder **decoder,
                                vspec_error *error) {
  return guarded(error, [&]() -> Status {
    *decoder = nullptr;
    const Tokenizer *tokenizer = model->model->tokenizer();
    if (!tokenizer)
      return noTokenizer();
    *decoder = new vspec_decoder{StreamDecoder(*tokenizer, starts_text != 0, special != 0)};
    return {};
  });
}

void vspec_decoder_close(vspec_decoder *decoder) { delete decoder; }

vspec_status vspec_decoder_push(vspec_decoder *decoder, int32_t token, const char **text, size_t *bytes, vspec_error *error) {
  return guarded(error, [&]() -> Status {
    std::string_view made = decoder->stream.push(token);
    *text = made.empty() ? "" : made.data();
    *bytes = made.size();
    return {};
  });
}

vspec_status vspec_decoder_finish(vspec_decoder *decoder, const char **text, size_t *bytes, vspec_error *error) {
  return guarded(error, [&]() -> Status {
    std::string_view made = decoder->stream.finish();
    *text = made.empty() ? "" : made.data();
    *bytes = made.size();
    return {};
  });
}
