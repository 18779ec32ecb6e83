#include "RunStatistics.h"
#include "CommandLine/Console.h"
#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

namespace vspec {
namespace {

__attribute__((format(printf, 2, 3))) void append(std::string &text, const char *format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  text += line;
}

struct Close {
  void operator()(std::FILE *file) const { std::fclose(file); }
};

/// A line of /proc/self/status, in bytes; 0 if there is none.
uint64_t processBytes(const char *name) {
  std::unique_ptr<std::FILE, Close> status(std::fopen("/proc/self/status", "r"));
  char line[256];
  uint64_t kib = 0;
  while (status && std::fgets(line, sizeof(line), status.get()))
    if (std::strncmp(line, name, std::strlen(name)) == 0 && std::sscanf(line + std::strlen(name), ": %" SCNu64, &kib) == 1)
      return kib * 1024;
  return 0;
}

double rate(uint64_t tokens, double seconds) { return seconds > 0 ? double(tokens) / seconds : 0; }

} // namespace

std::string describe(const RunStatistics &run, const LoadedModel &model, uint32_t context, uint64_t seed) {
  const vspec_model_info &info = model.info;
  uint64_t state = 0;
  vspec_error error;
  if (vspec_model_state_bytes(model.handle.get(), context, &state, &error) != VSPEC_OK)
    state = 0;
  const uint64_t copied = info.weights_in_ram ? info.weight_bytes : 0;
  const uint64_t planned = info.arena_bytes + info.scratch_bytes + info.table_bytes + state + copied;
  std::string text;
  append(text, "model    %s, code for %s, %u workers\n", info.family, info.isa, info.threads);
  append(text, "seed     %" PRIu64 "\n", seed);
  append(text, "prefill  %" PRIu64 " tokens in %.3f s: %.1f tokens/s\n", run.promptTokens, run.prefillSeconds,
         rate(run.promptTokens, run.prefillSeconds));
  append(text, "decode   %" PRIu64 " tokens in %.3f s: %.1f tokens/s\n", run.steps, run.decodeSeconds, rate(run.steps, run.decodeSeconds));
  append(text, "planned  %s: arena %s, scratch %s, tables %s, state of %u tokens %s; %s: weights %s, code %s\n",
         readableBytes(planned).c_str(), readableBytes(info.arena_bytes).c_str(), readableBytes(info.scratch_bytes).c_str(),
         readableBytes(info.table_bytes).c_str(), context, readableBytes(state).c_str(),
         copied ? "copied" : "mapped", readableBytes(info.weight_bytes).c_str(),
         readableBytes(info.code_bytes).c_str());
  append(text, "used     %s of the process' own memory, %s at the peak with mapped files\n", readableBytes(processBytes("RssAnon")).c_str(),
         readableBytes(processBytes("VmHWM")).c_str());
  return text;
}

} // namespace vspec
