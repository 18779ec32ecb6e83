#define PCRE2_CODE_UNIT_WIDTH 8
#include "lib/Tokenizer/Pattern.h"
#include "lib/Tokenizer/UTF8.h"
#include <algorithm>
#include <pcre2.h>

namespace vspec {
namespace {

template <auto release> struct Release {
  template <typename T> void operator()(T *held) const { release(held); }
};
using CompiledCode = std::unique_ptr<pcre2_code, Release<pcre2_code_free>>;
using CompileContext = std::unique_ptr<pcre2_compile_context, Release<pcre2_compile_context_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Release<pcre2_match_context_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Release<pcre2_match_data_free>>;
using JITStack = std::unique_ptr<pcre2_jit_stack, Release<pcre2_jit_stack_free>>;

constexpr size_t mostPatternBytes = 32768;
constexpr size_t jitStackBytes = 1 << 20;
constexpr uint32_t heapKiB = 256 * 1024;

std::string reason(int code) {
  PCRE2_UCHAR text[256];
  pcre2_get_error_message(code, text, sizeof text);
  return reinterpret_cast<const char *>(text);
}

} // namespace

struct Pattern::Matcher::State {
  MatchContext context{pcre2_match_context_create(nullptr)};
  JITStack stack{pcre2_jit_stack_create(32768, jitStackBytes, nullptr)};
  MatchData data{pcre2_match_data_create(1, nullptr)};
};

Pattern::Matcher::Matcher(size_t textBytes) : state(std::make_unique<State>()) {
  if (!state->context)
    return;
  const size_t limit = std::min<size_t>(1000000 + 200 * textBytes, 2000000000);
  pcre2_set_match_limit(state->context.get(), uint32_t(limit));
  pcre2_set_heap_limit(state->context.get(), heapKiB);
  if (state->stack)
    pcre2_jit_stack_assign(state->context.get(), nullptr, state->stack.get());
}
Pattern::Matcher::Matcher(Matcher &&) noexcept = default;
Pattern::Matcher::~Matcher() = default;

struct Pattern::Code {
  CompiledCode compiled;
};

Pattern::Pattern() = default;
Pattern::Pattern(Pattern &&) noexcept = default;
Pattern &Pattern::operator=(Pattern &&) noexcept = default;
Pattern::~Pattern() = default;

Result<Pattern> Pattern::compile(std::string_view pattern, std::string name) {
  const CompileContext context(pcre2_compile_context_create(nullptr));
  if (!context)
    return Error{name + " cannot be compiled: no memory"};
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  if (pattern.size() > mostPatternBytes)
    return Error{name + " has " + std::to_string(pattern.size()) + " bytes, but at most " + std::to_string(mostPatternBytes) +
                 " are expected"};
  int error = 0;
  PCRE2_SIZE place = 0;
  CompiledCode compiled(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                      PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error, &place, context.get()));
  if (!compiled)
    return Error{name + " is wrong at byte " + std::to_string(place) + ": " + reason(error)};
  // Where the system forbids code at run time, matching interprets: slower, with the same result.
  (void)pcre2_jit_compile(compiled.get(), PCRE2_JIT_COMPLETE);
  Pattern made;
  made.name = std::move(name);
  made.code = std::make_unique<Code>(Code{std::move(compiled)});
  return made;
}

Result<void> Pattern::findAll(std::string_view text, const Matcher &matcher, std::vector<Match> &matches) const {
  if (!matcher.state->context || !matcher.state->data)
    return Error{name + " cannot be run: no memory"};
  const auto *subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(matcher.state->data.get());
  for (size_t from = 0; from < text.size();) {
    const int matched = pcre2_match(code->compiled.get(), subject, text.size(), from, PCRE2_NO_UTF_CHECK, matcher.state->data.get(),
                                    matcher.state->context.get());
    if (matched == PCRE2_ERROR_NOMATCH)
      return {};
    if (matched < 0)
      return Error{name + " gives up on a text of " + std::to_string(text.size()) + " bytes after byte " + std::to_string(from) + ": " +
                   reason(matched)};
    if (bounds[0] < from || bounds[1] < bounds[0] || bounds[1] > text.size())
      return Error{name + " matches backwards at byte " + std::to_string(from)};
    matches.push_back({bounds[0], bounds[1]});
    from = bounds[1];
    // An empty match counts; the next one is sought a character later.
    if (bounds[1] == bounds[0] && from < text.size())
      from += characterAt(text, from).bytes;
  }
  return {};
}

} // namespace vspec
