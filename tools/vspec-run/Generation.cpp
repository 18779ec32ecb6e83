#include "Generation.h"
#include "CommandLine/Console.h"
#include "CommandLine/Progress.h"
#include "Interrupt.h"
#include "vspec/Support/NpyWriter.h"
#include <algorithm>
#include <chrono>

namespace vspec {
namespace {

class Stopwatch {
public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }

private:
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

/// Standard output: ids, or the prompt and the text that continues it.
class TokenPrinter {
public:
  static Result<TokenPrinter> create(const LoadedModel &model, const GenerationOptions &options) {
    TokenPrinter printer(options);
    if (options.ids)
      return printer;
    vspec_error error;
    vspec_decoder *decoder = nullptr;
    if (vspec_decoder_open(model.handle.get(), /*starts_text=*/!options.answers, /*special=*/0, &decoder, &error) != VSPEC_OK)
      return Error{runtimeError(error).message + " (--tokens with --ids needs no tokenizer)"};
    printer.decoder.reset(decoder);
    return printer;
  }

  /// The decoder hears the prompt too, so that what comes next continues it; the user's own spelling is printed if there is one.
  Result<void> prompt(const std::vector<int32_t> &tokens, const std::optional<std::string> &spelling) {
    if (!decoder || answers)
      return {};
    std::string text;
    for (int32_t token : tokens) {
      auto piece = decode(token);
      if (!piece)
        return piece.error();
      text += *piece;
    }
    return writeOutput(spelling ? *spelling : text);
  }

  Result<void> next(int32_t token) {
    if (!decoder) {
      const bool first = !std::exchange(started, true);
      return writeOutput((first ? "" : " ") + std::to_string(token));
    }
    auto piece = decode(token);
    return piece ? printer.push(*piece) : piece.error();
  }

  bool stopped() const { return printer.stopped(); }
  std::string answer() const { return printer.answer(); }
  std::string thinking() const { return printer.thinking(); }

  Result<void> finish() {
    const char *text = "";
    size_t bytes = 0;
    vspec_error error;
    if (decoder && vspec_decoder_finish(decoder.get(), &text, &bytes, &error) != VSPEC_OK)
      return runtimeError(error);
    if (auto printed = printer.push({text, bytes}); !printed)
      return printed;
    if (auto printed = printer.finish(); !printed)
      return printed;
    return writeOutput("\n");
  }

private:
  explicit TokenPrinter(const GenerationOptions &options) : printer(options.answer), answers(options.answers) {}

  Result<std::string_view> decode(int32_t token) {
    const char *text = nullptr;
    size_t bytes = 0;
    vspec_error error;
    if (vspec_decoder_push(decoder.get(), token, &text, &bytes, &error) != VSPEC_OK)
      return runtimeError(error);
    return std::string_view(text, bytes);
  }

  RuntimeOwner<vspec_decoder> decoder; // none: ids
  AnswerPrinter printer;
  bool answers;
  bool started = false;
};

/// Feeds the prompt step by step, so that an interrupt is heard in between. The logits are those of its last token; none
/// after an interrupt.
Result<const float *> prefill(const LoadedModel &model, vspec_session *session, const GenerationOptions &options,
                              RunStatistics &statistics) {
  const uint64_t count = options.prompt.size(), rows = options.chunk ? options.chunk : model.info.row_capacity;
  const float *logits = nullptr;
  Progress progress("reading the prompt");
  Stopwatch watch;
  for (uint64_t done = options.held; done < count && !interrupted();) {
    const uint64_t part = std::min(rows, count - done);
    const bool last = done + part == count;
    vspec_error error;
    if (vspec_session_prefill(session, options.prompt.data() + done, part, options.chunk, last ? VSPEC_LOGITS_LAST : VSPEC_LOGITS_NONE,
                              nullptr, nullptr, last ? &logits : nullptr, &error) != VSPEC_OK)
      return runtimeError(error);
    done += part;
    statistics.promptTokens = done - options.held;
    progress.show(done - options.held, count - options.held);
  }
  statistics.prefillSeconds = watch.seconds();
  return logits;
}

Result<const float *> step(const LoadedModel &model, vspec_session *session, int32_t token) {
  const vspec_row row = {session, token};
  const uint32_t select = 0;
  const float *logits = nullptr;
  vspec_error error;
  if (vspec_step(model.handle.get(), &row, 1, &select, 1, &logits, &error) != VSPEC_OK)
    return runtimeError(error);
  return logits;
}

Result<RuntimeOwner<vspec_sampler>> openSampler(const LoadedModel &model, const GenerationOptions &options) {
  vspec_error error;
  vspec_sampler *sampler = nullptr;
  if (vspec_sampler_open(model.handle.get(), &options.sampling, &sampler, &error) != VSPEC_OK)
    return runtimeError(error);
  for (int32_t token : options.prompt)
    vspec_sampler_accept(sampler, token);
  return RuntimeOwner<vspec_sampler>(sampler);
}

/// The loop from the logits of the prompt to the last token.
Result<Ending> decode(const LoadedModel &model, vspec_session *session, vspec_sampler *sampler, const float *logits,
                      const GenerationOptions &options, TokenPrinter &printer, std::optional<NpyWriter> &record, std::vector<int32_t> &made,
                      RunStatistics &statistics) {
  Stopwatch watch;
  for (;;) {
    if (interrupted())
      return Ending::Interrupted;
    if (statistics.generatedTokens == options.newTokens)
      return Ending::Limit;
    int32_t token = 0;
    vspec_error error;
    if (vspec_sampler_sample(sampler, logits, &token, &error) != VSPEC_OK)
      return runtimeError(error);
    if (!options.ignoreEnd && vspec_model_is_end(model.handle.get(), token))
      return Ending::EndToken;
    if (record)
      if (auto written = record->append(logits); !written)
        return written.error();
    vspec_sampler_accept(sampler, token);
    if (auto printed = printer.next(token); !printed)
      return printed.error();
    made.push_back(token);
    ++statistics.generatedTokens;
    if (printer.stopped())
      return Ending::StopString;
    if (statistics.generatedTokens == options.newTokens)
      return Ending::Limit;
    if (vspec_session_position(session) == vspec_session_context(session))
      return Ending::ContextFull;
    auto next = step(model, session, token);
    if (!next)
      return next.error();
    logits = *next;
    ++statistics.steps;
    statistics.decodeSeconds = watch.seconds();
  }
}

} // namespace

Result<Generated> generate(const LoadedModel &model, vspec_session *session, const GenerationOptions &options, RunStatistics &statistics) {
  auto printer = TokenPrinter::create(model, options);
  if (!printer)
    return printer.error();
  auto sampler = openSampler(model, options);
  if (!sampler)
    return sampler.error();
  std::optional<NpyWriter> record;
  if (!options.logits.empty()) {
    auto writer = NpyWriter::create(options.logits, model.info.vocabulary);
    if (!writer)
      return writer.error();
    record = std::move(*writer);
  }
  if (auto printed = printer->prompt(options.prompt, options.promptText); !printed)
    return printed.error();
  auto logits = prefill(model, session, options, statistics);
  if (!logits)
    return logits.error();
  Generated made;
  Result<Ending> ending = Ending::Interrupted;
  if (*logits)
    ending = decode(model, session, sampler->get(), *logits, options, *printer, record, made.tokens, statistics);
  // The line ends even where an error stops the text.
  if (auto finished = printer->finish(); ending && !finished)
    return finished.error();
  if (ending && record)
    if (auto written = record->commit(); !written)
      return written.error();
  if (!ending)
    return ending.error();
  made.ending = *ending;
  made.answer = printer->answer();
  made.thinking = printer->thinking();
  return made;
}

} // namespace vspec
