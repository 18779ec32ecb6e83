// vspec-run: continues a text with a model, or talks with it.
#include "Chat.h"
#include "ChatTemplates.h"
#include "CommandLine/Console.h"
#include "CommandLine/InputFiles.h"
#include "CompileCache.h"
#include "Conversation.h"
#include "Generation.h"
#include "Interrupt.h"
#include <CLI/CLI.hpp>
#include <random>

using namespace vspec;

namespace {

constexpr uint64_t mostTokens = 1u << 30;

struct Options {
  std::string model, tokens;
  std::optional<uint64_t> seed;
  std::optional<uint32_t> context;
  LoadOptions load;
  bool stats = false;
  bool chat = false, raw = false;
  std::optional<std::string> chatTemplate; // a name or a path
  std::string system;
  GenerationOptions generation;
};

/// Room for everything that is asked for, or for a conversation's worth of tokens where no end is named.
uint64_t contextOf(const Options &options, const LoadedModel &model) {
  constexpr uint64_t unnamed = 4096;
  const uint64_t prompt = options.generation.prompt.size();
  if (options.context)
    return *options.context;
  // In a chat -n is of each answer.
  const uint64_t wanted =
      options.generation.newTokens <= UINT32_MAX && !options.chat ? prompt + options.generation.newTokens : std::max(unnamed, prompt + 1);
  // What does not fit ends the generation; a prompt that does not fit is an error.
  return std::max(prompt, std::min<uint64_t>(wanted, model.info.context_ceiling));
}

Result<Conversation> openConversation(const LoadedModel &model, const Options &options) {
  std::optional<std::string> text;
  if (options.chatTemplate) {
    auto read = chatTemplateOf(*options.chatTemplate);
    if (!read)
      return read.error();
    text = std::move(*read);
  }
  return Conversation::open(model, std::move(text), options.system);
}

/// Whether -p is a message to the model, and not a text to continue.
bool isMessage(const LoadedModel &model, const Options &options) {
  const bool asked = options.chatTemplate || !options.system.empty();
  return options.generation.promptText && !options.raw && (asked || vspec_model_chat_template(model.handle.get(), nullptr));
}

Result<void> readMessage(const LoadedModel &model, Options &options) {
  auto conversation = openConversation(model, options);
  if (!conversation)
    return conversation.error();
  conversation->user(*options.generation.promptText);
  auto prompt = conversation->prompt();
  if (!prompt)
    return prompt.error();
  options.generation.prompt = std::move(prompt->tokens);
  options.generation.answers = true;
  options.generation.answer.startsThinking = opensThinking(prompt->text);
  return {};
}

Result<void> readPrompt(const LoadedModel &model, Options &options) {
  GenerationOptions &generation = options.generation;
  if (!options.tokens.empty()) {
    auto tokens = readTokenFile(options.tokens, model.info.vocabulary);
    if (!tokens)
      return tokens.error();
    generation.prompt = std::move(*tokens);
  } else if (isMessage(model, options)) {
    return readMessage(model, options);
  } else if (generation.promptText) {
    auto tokens = encodeText(model, *generation.promptText, /*addSpecial=*/true, /*parseSpecial=*/true);
    if (!tokens)
      return tokens.error();
    generation.prompt = std::move(*tokens);
  } else if (model.info.bos_token >= 0) {
    generation.prompt = {model.info.bos_token};
  }
  if (generation.prompt.empty())
    return Error{quotedPath(model.path) + " has no token that begins a text: give a prompt with -p or --tokens"};
  return {};
}

Result<void> run(const CLI::App &app, Options &options) {
  auto path = modelFileOf(options.model, [&](const std::string &sentence) { note(app, sentence); });
  if (!path)
    return path.error();
  auto model = loadModel(*path, options.load);
  if (!model)
    return model.error();
  options.generation.sampling.seed = options.seed ? *options.seed : std::random_device()();
  if (options.chat) {
    auto conversation = openConversation(*model, options);
    if (!conversation)
      return conversation.error();
    return chat(app, *model, *conversation, options.generation, contextOf(options, *model), options.stats);
  }
  if (auto read = readPrompt(*model, options); !read)
    return read;
  const uint64_t context = contextOf(options, *model);
  auto session = openSession(*model, context, options.context ? "--context" : "the prompt");
  if (!session)
    return session.error();
  if (options.generation.prompt.size() > context)
    return Error{"the prompt has " + std::to_string(options.generation.prompt.size()) + " tokens, but the context has room for " +
                 std::to_string(context)};
  RunStatistics statistics;
  auto made = generate(*model, session->get(), options.generation, statistics);
  if (!made)
    return made.error();
  if (made->ending == Ending::ContextFull)
    note(app, "stopped: the context of " + std::to_string(context) + " tokens is full");
  if (options.stats)
    std::fputs(describe(statistics, *model, uint32_t(context), options.generation.sampling.seed).c_str(), stderr);
  return {};
}

void addSamplingOptions(CLI::App &app, Options &options) {
  vspec_sampler_options &sampling = options.generation.sampling;
  sampling = {0.8f, 40, 0.95f, 0.05f, 1.0f, 64, 0};
  app.add_option("--temp", sampling.temperature, "Temperature; 0 always takes the most probable token (0.8)")
      ->type_name("T")
      ->check(realNumber(0, 1e6));
  app.add_option("--top-k", sampling.top_k, "Only the K most probable tokens; 0: all (40)")
      ->type_name("K")
      ->check(wholeNumber(0, UINT32_MAX));
  app.add_option("--top-p", sampling.top_p, "Only the fewest tokens that together reach probability P; 1: all (0.95)")
      ->type_name("P")
      ->check(realNumber(0, 1));
  app.add_option("--min-p", sampling.min_p, "Only tokens at least P times as probable as the best; 0: all (0.05)")
      ->type_name("P")
      ->check(realNumber(0, 1));
  app.add_option("--repeat-penalty", sampling.repetition_penalty, "Makes the last 64 tokens less probable; 1: does not (1)")
      ->type_name("R")
      ->check(realNumber(1e-3, 1e3));
  app.add_option("--seed", options.seed, "Seed of the random numbers (a random one; --stats tells it)")
      ->type_name("S")
      ->check(wholeNumber(0, UINT64_MAX));
}

void addChatOptions(CLI::App &app, Options &options, CLI::Option *prompt, CLI::Option *tokens) {
  auto *chat =
      app.add_flag("--chat", options.chat, "Talk with the model: messages from standard input, line by line; /help lists commands");
  auto *system = app.add_option("--system", options.system, "Message of the system, before all others")->type_name("TEXT");
  auto *chatTemplate = app.add_option("--chat-template", options.chatTemplate,
                                      "Template for messages (the model's): a file in Jinja, or " + chatTemplateNames())
                           ->type_name("T");
  auto *raw = app.add_flag("--raw", options.raw, "Continue the text of -p as it is, where the model has a chat template too");
  app.add_option("--stop", options.generation.answer.stops, "End at this text, which is not printed; may be given several times")
      ->type_name("TEXT")
      ->allow_extra_args(false)
      ->check(CLI::Validator([](const std::string &text) { return std::string(text.empty() ? "is empty, expected a text" : ""); }, ""));
  app.add_flag("--hide-thinking", options.generation.answer.hideThinking, "Leave out what stands between <think> and </think>");
  chat->excludes(prompt)->excludes(tokens)->excludes(raw);
  raw->excludes(system)->excludes(chatTemplate);
  tokens->excludes(system)->excludes(chatTemplate);
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  GenerationOptions &generation = options.generation;
  CLI::App app("Continues a text, or answers. Prints what follows, as it is made, until the model ends it, -n tokens are made, the\n"
               "context is full, or Ctrl-C. If the model has a chat template, -p is a message and the answer is printed; else, and with\n"
               "--raw, -p is a text, printed with its continuation. Without -p and --tokens it starts from the model's BOS.\n\n"
               "A checkpoint (a GGUF file or a Hugging Face folder) is compiled first, once, by the vspec-compile beside this\n"
               "program, into $XDG_CACHE_HOME/vspec or ~/.cache/vspec.",
               "vspec-run");
  app.add_option("MODEL", options.model, "Model file or checkpoint")->required();
  auto *prompt =
      app.add_option("-p,--prompt", generation.promptText, "Message, or text to continue; BOS comes before it if the model wants it")
          ->type_name("TEXT");
  auto *tokens =
      app.add_option("--tokens", options.tokens, "Prompt as a file of token ids between white space, taken as they are")->type_name("FILE");
  prompt->excludes(tokens);
  addChatOptions(app, options, prompt, tokens);
  app.add_option("-n", generation.newTokens, "Most new tokens (no limit)")->type_name("N")->check(wholeNumber(0, mostTokens));
  addSamplingOptions(app, options);
  options.load.addTo(app);
  app.add_option("--context", options.context, "Tokens of prompt and text together (what is asked for, at most 4096 without -n)")
      ->type_name("N")
      ->check(wholeNumber(1, mostTokens));
  app.add_option("--chunk", generation.chunk, "Most rows of a step (as many as the model takes); results do not depend on it")
      ->type_name("N")
      ->check(wholeNumber(0, mostTokens));
  app.add_flag("--stats", options.stats, "Seed, tokens a second, planned and used memory, on standard error");
  auto *logits =
      app.add_option("--logits", generation.logits, "Logits that each new token was chosen by: float32 [new tokens, vocabulary] as .npy")
          ->type_name("OUT");
  auto *ids = app.add_flag("--ids", generation.ids, "Print the ids of the new tokens on one line, and no text");
  ids->excludes("--chat")->excludes("--stop");
  logits->excludes("--chat");
  app.add_flag("--ignore-eos", generation.ignoreEnd, "Go on after the model's end tokens");
  if (auto status = parseCommandLine(app, argc, argv, prompt))
    return *status;
  catchInterrupt();
  auto done = run(app, options);
  return done ? 0 : fail(app, done.error());
}
