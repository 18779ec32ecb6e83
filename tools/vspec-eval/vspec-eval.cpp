// vspec-eval: how well a model predicts a text, alone or against a reference, and its logits.
#include "CommandLine/Console.h"
#include "CommandLine/InputFiles.h"
#include "CommandLine/Progress.h"
#include "EvaluationReport.h"
#include "LogitsDump.h"
#include "SessionSource.h"
#include <CLI/CLI.hpp>

using namespace vspec;

namespace {

constexpr uint64_t mostTokens = 1u << 30;

struct Options {
  std::string model, ppl, kl, text, tokens, logits;
  uint32_t context = 512, chunk = 0;
  LoadOptions load;
  bool json = false;
};

Result<SessionSource> openSource(const LoadedModel &model, const Options &options, uint64_t context, const std::string &wanted) {
  auto session = openSession(model, context, wanted);
  if (!session)
    return session.error();
  return SessionSource(model, std::move(*session), options.chunk);
}

/// The tokens of the whole text, BOS in front if the model wants it. Nothing in a text to be scored is special.
Result<std::vector<int32_t>> encodeFile(const LoadedModel &model, const std::string &path) {
  auto text = readTextFile(path);
  if (!text)
    return text.error();
  return encodeText(model, *text, /*addSpecial=*/true, /*parseSpecial=*/false);
}

ChunkProtocol protocolOf(const LoadedModel &model, const Options &options) {
  return {options.context, model.info.add_bos ? model.info.bos_token : -1};
}

Result<void> runPerplexity(const LoadedModel &model, const Options &options) {
  auto tokens = encodeFile(model, options.ppl);
  if (!tokens)
    return tokens.error();
  auto source = openSource(model, options, options.context, "--ctx");
  if (!source)
    return source.error();
  Progress progress("evaluating");
  auto result =
      evaluatePerplexity(*source, *tokens, protocolOf(model, options), [&](uint64_t done, uint64_t total) { progress.show(done, total); });
  progress.clear();
  if (!result)
    return Error{quotedPath(options.ppl) + ": " + result.error().message};
  return writeOutput(options.json ? reportJSON(*result) : reportText(*result));
}

Result<void> runDivergence(const LoadedModel &model, const Options &options) {
  auto reference = loadModel(options.kl, options.load);
  if (!reference)
    return reference.error();
  auto source = openSource(model, options, options.context, "--ctx");
  if (!source)
    return source.error();
  auto referenceSource = openSource(*reference, options, options.context, "--ctx");
  if (!referenceSource)
    return referenceSource.error();
  auto tokens = encodeFile(model, options.text), referenceTokens = encodeFile(*reference, options.text);
  if (!tokens)
    return tokens.error();
  if (!referenceTokens)
    return referenceTokens.error();
  if (*tokens != *referenceTokens)
    return Error{quotedPath(options.model) + " and " + quotedPath(options.kl) + " cut " + quotedPath(options.text) +
                 " into different tokens, expected models with the same tokenizer"};
  Progress progress("comparing");
  auto result = evaluateDivergence(*source, *referenceSource, *tokens, protocolOf(model, options),
                                   [&](uint64_t done, uint64_t total) { progress.show(done, total); });
  progress.clear();
  if (!result)
    return Error{quotedPath(options.text) + ": " + result.error().message};
  return writeOutput(options.json ? reportJSON(*result) : reportText(*result));
}

Result<void> runLogits(const LoadedModel &model, const Options &options) {
  auto tokens = readTokenFile(options.tokens, model.info.vocabulary);
  if (!tokens)
    return tokens.error();
  auto source = openSource(model, options, tokens->size(), "--tokens");
  if (!source)
    return source.error();
  Progress progress("evaluating");
  auto dumped = dumpLogits(*source, *tokens, options.logits, [&](uint64_t done, uint64_t total) { progress.show(done, total); });
  progress.clear();
  if (!dumped || !options.json)
    return dumped;
  return writeOutput("{\"tokens\": " + std::to_string(tokens->size()) + ", \"vocabulary\": " + std::to_string(model.info.vocabulary) +
                     "}\n");
}

Result<void> evaluate(const Options &options) {
  auto model = loadModel(options.model, options.load);
  if (!model)
    return model.error();
  if (!options.ppl.empty())
    return runPerplexity(*model, options);
  return options.kl.empty() ? runLogits(*model, options) : runDivergence(*model, options);
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  CLI::App app("Measures how well a model predicts: the perplexity of a text (--ppl), the divergence from a reference model (--kl\n"
               "with --text), or the logits of given tokens (--tokens with --logits).\n\n"
               "Texts are scored as llama-perplexity does: encoded as a whole, cut into chunks of --ctx tokens, each from an\n"
               "empty context and with BOS first if the model wants it; the second half of each chunk counts.",
               "vspec-eval");
  app.add_option("MODEL", options.model, "Model file")->required();
  auto *ppl = app.add_option("--ppl", options.ppl, "Perplexity of this text and its standard error")->type_name("FILE");
  auto *kl = app.add_option("--kl", options.kl, "Divergence from this model file, which has the same tokenizer")->type_name("REFERENCE");
  auto *text = app.add_option("--text", options.text, "Text for --kl")->type_name("FILE");
  auto *tokens = app.add_option("--tokens", options.tokens, "File of token ids between white space, taken as they are")->type_name("IDS");
  auto *logits =
      app.add_option("--logits", options.logits, "Logits of each of them: float32 [tokens, vocabulary] as .npy")->type_name("OUT");
  auto *context = app.add_option("--ctx", options.context, "Tokens of a chunk (512)")->type_name("N")->check(wholeNumber(3, mostTokens));
  app.add_option("--chunk", options.chunk, "Most rows of a step (as many as the model takes); results do not depend on it")
      ->type_name("N")
      ->check(wholeNumber(0, mostTokens));
  options.load.addTo(app);
  app.add_flag("--json", options.json,
               "One JSON object: ppl, nll, stderr (of ppl), tokens; with --kl also kl_mean, kl_p99 (nats), same_top (0 to 1); with "
               "--logits tokens, vocabulary");
  ppl->excludes(kl)->excludes(tokens);
  kl->needs(text)->excludes(tokens);
  text->needs(kl);
  tokens->needs(logits)->excludes(context);
  logits->needs(tokens);
  if (auto status = parseCommandLine(app, argc, argv))
    return *status;
  if (options.ppl.empty() && options.kl.empty() && options.tokens.empty())
    return fail(app, Error{"nothing to do: expected --ppl FILE, --kl REFERENCE --text FILE, or --tokens IDS --logits OUT"});
  auto done = evaluate(options);
  return done ? 0 : fail(app, done.error());
}
