// Each turn renders the whole conversation. What the session holds already of its tokens is not read again.
#include "Chat.h"
#include "Interrupt.h"
#include "LineInput.h"
#include <algorithm>

namespace vspec {
namespace {

constexpr const char *help = "/reset  forget the conversation, but not the message of the system\n"
                             "/exit   leave; so does the end of the input (Ctrl-D), and Ctrl-C here\n"
                             "/help   this\n"
                             "A message that begins with / is written with //. Ctrl-C ends an answer.\n";

class Chat {
public:
  Chat(const CLI::App &app, const LoadedModel &model, Conversation &conversation, GenerationOptions options,
       RuntimeOwner<vspec_session> session, bool stats)
      : app(app), model(model), conversation(conversation), options(std::move(options)), session(std::move(session)), stats(stats) {}

  Result<void> run() {
    LineInput input;
    for (;;) {
      releaseInterrupt();
      auto line = input.next();
      if (!line)
        return line.error();
      if (!*line || **line == "/exit")
        return input.terminal() && !*line ? writeOutput("\n") : Result<void>();
      catchInterrupt();
      auto done = take(**line);
      if (!done && !input.terminal())
        return done;
      if (!done)
        fail(app, done.error());
    }
  }

private:
  Result<void> take(const std::string &line) {
    if (line.empty())
      return {};
    if (line[0] != '/' || line.substr(0, 2) == "//")
      return answer(line.substr(line[0] == '/'));
    if (line == "/reset")
      conversation.reset();
    else if (line == "/help")
      std::fputs(help, stderr);
    else
      return Error{"there is no command '" + line + "': /help lists them"};
    return {};
  }

  Result<void> answer(const std::string &message) {
    conversation.user(message);
    auto made = generated();
    if (!made) {
      conversation.forgetLast();
      return made.error();
    }
    conversation.assistant(made->answer, made->thinking);
    if (made->ending == Ending::ContextFull)
      note(app, "stopped: the context of " + std::to_string(vspec_session_context(session.get())) + " tokens is full; /reset starts anew");
    return {};
  }

  Result<Generated> generated() {
    auto prompt = conversation.prompt();
    if (!prompt)
      return prompt.error();
    const uint32_t context = vspec_session_context(session.get());
    if (prompt->tokens.size() > context)
      return Error{"the conversation has " + std::to_string(prompt->tokens.size()) + " tokens, but the context has room for " +
                   std::to_string(context) + ": /reset starts anew, --context asks for more"};
    if (auto kept = keepPrefix(prompt->tokens); !kept)
      return kept.error();
    options.prompt = std::move(prompt->tokens);
    options.answer.startsThinking = opensThinking(prompt->text);
    RunStatistics statistics;
    auto made = generate(model, session.get(), options, statistics);
    held = options.prompt;
    if (made)
      held.insert(held.end(), made->tokens.begin(), made->tokens.end());
    held.resize(std::min<size_t>(held.size(), vspec_session_position(session.get())));
    if (stats)
      std::fputs(describe(statistics, model, context, options.sampling.seed).c_str(), stderr);
    ++options.sampling.seed; // the same question may get another answer
    return made;
  }

  /// Shortens the session to what it has in common with `tokens`, but for the last one, whose logits are wanted.
  Result<void> keepPrefix(const std::vector<int32_t> &tokens) {
    const auto differs = std::mismatch(held.begin(), held.end(), tokens.begin(), tokens.end()).first;
    auto common = std::min<uint64_t>(uint64_t(differs - held.begin()), tokens.size() - 1);
    vspec_error error;
    // A ring may have forgotten what lies so far back.
    if (vspec_session_truncate(session.get(), uint32_t(common), &error) != VSPEC_OK) {
      common = 0;
      if (vspec_session_reset(session.get(), &error) != VSPEC_OK)
        return runtimeError(error);
    }
    held.resize(common);
    options.held = common;
    return {};
  }

  const CLI::App &app;
  const LoadedModel &model;
  Conversation &conversation;
  GenerationOptions options;
  RuntimeOwner<vspec_session> session;
  std::vector<int32_t> held; // the tokens of the session
  bool stats;
};

} // namespace

Result<void> chat(const CLI::App &app, const LoadedModel &model, Conversation &conversation, GenerationOptions options, uint64_t context,
                  bool stats) {
  options.answers = true;
  auto session = openSession(model, context, "--context");
  if (!session)
    return session.error();
  return Chat(app, model, conversation, std::move(options), std::move(*session), stats).run();
}

} // namespace vspec
