// vspec-bench: how fast a model file runs here, and how fast this machine could run it.
#include "BenchJSON.h"
#include "BenchText.h"
#include "CommandLine/Console.h"
#include "CommandLine/InputFiles.h"
#include "CommandLine/Progress.h"
#include "RooflinePage.h"
#include "vspec/Support/AtomicFile.h"
#include "vspec/Support/Sha256.h"
#include <CLI/CLI.hpp>
#include <algorithm>

using namespace vspec;

namespace {

constexpr uint64_t mostTokens = 1u << 30;
constexpr uint64_t mostThreads = 256;

struct Options {
  std::string model, page;
  BenchPlan plan;
  bool json = false;
};

Result<BenchReport> measure(const Options &options) {
  auto kind = inputKind(options.model);
  if (!kind)
    return kind.error();
  if (*kind == InputKind::GGUF || *kind == InputKind::Folder)
    return Error{quotedPath(options.model) + " is a checkpoint, expected a model file: compile it with vspec-compile"};
  auto file = ModelFileView::open(options.model);
  if (!file)
    return file.error();
  auto costs = LaunchCosts::read(*file);
  if (!costs)
    return costs.error();
  const Machine machine = thisMachine();
  auto probe = MachineProbe::create(machine.cacheBytes);
  if (!probe)
    return probe.error();
  Progress progress("measuring");
  auto results = runBench(options.model, options.plan, *costs, *probe, [&](uint64_t done, uint64_t total) { progress.show(done, total); });
  progress.clear();
  if (!results)
    return results.error();
  Digest fingerprint;
  std::copy(std::begin(file->manifest().fingerprint), std::end(file->manifest().fingerprint), fingerprint.begin());
  BenchReport report;
  report.path = options.model;
  report.fingerprint = toHex(fingerprint);
  report.fileBytes = file->bytes();
  report.compiler = costs->compiler;
  report.flags = costs->flags;
  report.machine = machine;
  report.readName = probe->readName();
  report.int8Name = probe->int8Name();
  report.f32Name = probe->f32Name();
  report.bufferBytes = probe->bufferBytes();
  report.results = std::move(*results);
  for (const std::vector<Measurement> *list : {&report.results.prefill, &report.results.decode})
    for (Roofline &roofline : rooflinesOf(*list, *costs))
      report.rooflines.push_back(std::move(roofline));
  return report;
}

/// Else a model named behind --roofline would be taken for the page, and replaced.
CLI::Validator pageName() {
  const auto check = [](const std::string &name) -> std::string {
    const std::string end = ".html";
    const bool fine = name.empty() || (name.size() > end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0);
    return fine ? "" : "is " + quotedPath(name) + ", expected a name that ends in .html";
  };
  return CLI::Validator(check, "");
}

Result<void> writePage(const std::string &path, const std::string &page) {
  auto output = AtomicFile::create(path);
  if (!output)
    return output.error();
  if (auto written = output->write(page); !written)
    return written;
  return output->commit();
}

Result<void> bench(const Options &options) {
  auto report = measure(options);
  if (!report)
    return report.error();
  if (!options.page.empty())
    if (auto written = writePage(options.page, rooflinePage(*report)); !written)
      return written;
  return writeOutput(options.json ? benchJSON(*report) : benchText(*report));
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  BenchPlan &plan = options.plan;
  CLI::App app("Measures how fast a model file runs here, beside what the machine can do: the bytes that it reads from memory and the\n"
               "int8 operations that it computes in a second, measured in turn with the model, so that a machine that is busy or slows\n"
               "down spoils no ratio.",
               "vspec-bench");
  app.add_option("MODEL", options.model, "Model file")->required();
  plan.load.addWeightsIn(app);
  app.add_option("--threads", plan.threads, "Numbers of workers (1, and one for each processor)")
      ->type_name("N,N")
      ->delimiter(',')
      ->check(wholeNumber(1, mostThreads));
  app.add_option("--prompt", plan.prompt, "Tokens of the prompt (512, or what the context holds)")
      ->type_name("N")
      ->check(wholeNumber(1, mostTokens));
  app.add_option("--gen", plan.generated, "Tokens that each session generates (64, or what the context holds)")
      ->type_name("N")
      ->check(wholeNumber(1, mostTokens));
  app.add_option("--depth", plan.depths, "Numbers of tokens that come before (0 and 4096, or what the context holds)")
      ->type_name("N,N")
      ->delimiter(',')
      ->check(wholeNumber(0, mostTokens));
  app.add_option("--batch", plan.batches, "Numbers of sessions that decode together (1 and 4, or what the model holds)")
      ->type_name("N,N")
      ->delimiter(',')
      ->check(wholeNumber(1, mostTokens));
  app.add_option("--repeat", plan.repeat, "Times that everything is measured (5)")->type_name("N")->check(wholeNumber(1, 1000));
  app.add_flag("--json", options.json, "One JSON object: version, machine, model, settings, probes, prefill, decode, rooflines");
  auto *roofline =
      app.add_option("--roofline", options.page,
                     "Also the time of each kernel beside its bound, as tables, and as a page with pictures if a file is named")
          ->type_name("[REPORT.html]")
          ->expected(0, 1)
          ->check(pageName());
  if (auto status = parseCommandLine(app, argc, argv, roofline))
    return *status;
  plan.roofline = roofline->count() > 0;
  auto done = bench(options);
  return done ? 0 : fail(app, done.error());
}
