// vspec-compile: a checkpoint becomes a model file.
#include "CommandLine/Console.h"
#include "CommandLine/Progress.h"
#include "CompileReport.h"
#include "vspec/Quant/Format.h"
#include <CLI/CLI.hpp>
#include <thread>

using namespace vspec;

int main(int argc, char **argv) {
  CLI::App app("Compiles a checkpoint (a GGUF file or a Hugging Face folder) into one model file.", "vspec-compile");
  std::string names;
  for (std::string_view name : formatNames())
    names += (names.empty() ? "" : ", ") + std::string(name);
  app.footer("Formats of weights: " + names + ".\nSuffixes: int4:g128, int3:min, int4:g64:zero, int8:row. The full form: 'int{3} x 64:f16,f16'.\n"
             "Rules: --weights='int4,lm_head=int6,*.down=int5'; the last one that fits a weight counts.");
  CompileRequest request;
  uint64_t seed = 0;
  bool quiet = false;
  request.threads = std::max(1u, std::thread::hardware_concurrency());
  app.add_option("input", request.input, "GGUF file, Hugging Face folder, or with --random-weights a config.json")->required();
  app.add_option("-o,--output", request.output, "model file to write; with --emit: a text file, or for json a folder");
  app.add_option("--weights", request.weights,
                 "formats of weights: a format, or stored, and rules NAME=FORMAT (default: quantised blocks are kept, floats become int4)");
  app.add_option("--format-library", request.formatLibraries, "file of a decoder: MLIR text that says what a format's blocks of bytes mean")
      ->expected(1)
      ->take_all();
  app.add_option("--activations", request.activations, "int8, bf16 or f32")->capture_default_str();
  app.add_option("--activation-block", request.activationBlock,
                 "what shares a scale of int8 activations: group, 64 to 256 columns as the weights' groups; or token, a whole row: "
                 "faster, less exact")
      ->capture_default_str();
  auto *kv = app.add_option("--kv", request.kv, "formats of the KV cache: f32, f16, int8 or int4, or k:FORMAT,v:FORMAT")->capture_default_str();
  auto *context = app.add_option("--context", request.context, "most tokens of a session (default: the checkpoint's own, at least 512)");
  app.add_option("--fit", request.fit,
                 "memory to run in, like 6GiB or 800MB: chooses the formats of weights and KV cache and the context that are not given")
      ->transform(CLI::AsSizeValue(true))
      ->check(wholeNumber(1, INT64_MAX));
  app.add_option("--batch", request.batch, "most sessions in one step")->capture_default_str();
  app.add_option("--chunk", request.chunk, "most rows of a step (default: 64, with experts 256)");
  app.add_option("--target", request.target,
                 "cpu or cpu:x86_64 (avx512, avxvnni, v3), cpu:aarch64 (i8mm, dotprod), cpu:all, or some of them, like cpu:v3+i8mm; with "
                 "cpu also cuda:CHIP+CHIP, like cuda:sm_80")
      ->capture_default_str();
  app.add_option("--stop-after", request.stopAfter,
                 "stage to stop after, and print: import, quantize, plan-kv, fuse, pack, plan-memory or lower");
  app.add_option("--emit", request.emit, "vspec (the model file), json (module and decoded weights), mlir, llvm, asm or ptx")->capture_default_str();
  auto *random = app.add_option("--random-weights", seed, "make up the weights from this seed; the input is a bare config.json")
                     ->check(wholeNumber(0, UINT64_MAX));
  app.add_flag("--dry-run", request.dryRun, "do everything but write");
  app.add_option("--threads", request.threads, "threads of the compiler; the file does not depend on it")->capture_default_str();
  app.add_flag("-q,--quiet", quiet, "no notes and no table");
  if (std::optional<int> status = parseCommandLine(app, argc, argv))
    return *status;

  request.kvGiven = kv->count() != 0;
  if (random->count())
    request.randomWeights = seed;
  if (request.output.empty() && !request.dryRun && request.emit == "vspec" && (request.stopAfter.empty() || request.stopAfter == "emit"))
    return fail(app, Error{"-o is missing: which model file shall be written?"});
  if (context->count() && request.context < 1)
    return fail(app, Error{"--context is " + std::to_string(request.context) + ", expected 1 to 2147483647"});
  if (request.threads < 1 || request.threads > 1024)
    return fail(app, Error{"--threads is " + std::to_string(request.threads) + ", expected 1 to 1024"});
  request.version = toolVersion();
  request.flags = "weights=" + request.weights + " activations=" + request.activations +
                  (request.activationBlock == "group" ? "" : " activation-block=" + request.activationBlock) + " kv=" + request.kv +
                  " context=" + std::to_string(request.context) + " batch=" + std::to_string(request.batch) + " target=" + request.target;
  Progress progress("compiling");
  request.note = [&](const std::string &text) {
    progress.clear();
    if (!quiet)
      note(app, text);
  };
  request.progress = [&](const char *, uint64_t done, uint64_t all) { progress.show(done, all); };
  Result<std::optional<CompileReport>> report = compile(request);
  progress.clear();
  if (!report)
    return fail(app, report.error());
  if (*report && !quiet)
    note(app, (request.dryRun ? "planned" : request.output) + "\n" + reportText(**report));
  return 0;
}
