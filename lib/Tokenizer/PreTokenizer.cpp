#define PCRE2_CODE_UNIT_WIDTH 8
#include "lib/Tokenizer/PreTokenizer.h"
#include "lib/Tokenizer/UTF8.h"
#include <algorithm>
#include <pcre2.h>

namespace vspec {
namespace {

template <auto release> struct Release {
  template <typename T> void operator()(T *held) const { release(held); }
};
using Code = std::unique_ptr<pcre2_code, Release<pcre2_code_free>>;
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

// What a call needs beside the compiled patterns; each call of split has its own, so that threads may share a PreTokenizer.
struct Matcher {
  MatchContext context{pcre2_match_context_create(nullptr)};
  JITStack stack{pcre2_jit_stack_create(32768, jitStackBytes, nullptr)};

  explicit Matcher(size_t textBytes) {
    if (!context)
      return;
    // A pattern may go back over the text a few times, but not once for each of its bytes.
    const size_t limit = std::min<size_t>(1000000 + 200 * textBytes, 2000000000);
    pcre2_set_match_limit(context.get(), uint32_t(limit));
    pcre2_set_heap_limit(context.get(), heapKiB);
    if (stack)
      pcre2_jit_stack_assign(context.get(), nullptr, stack.get());
  }
};

} // namespace

struct PreTokenizer::Step {
  size_t number; // from 0, for messages
  Code code;
  bool dropGaps;

  Result<void> split(std::string_view word, const Matcher &matcher, pcre2_match_data *data, std::vector<std::string_view> &words) const;
};

PreTokenizer::PreTokenizer() = default;
PreTokenizer::PreTokenizer(PreTokenizer &&) noexcept = default;
PreTokenizer &PreTokenizer::operator=(PreTokenizer &&) noexcept = default;
PreTokenizer::~PreTokenizer() = default;

Result<PreTokenizer> PreTokenizer::compile(const std::vector<SplitStep> &steps) {
  PreTokenizer made;
  const CompileContext context(pcre2_compile_context_create(nullptr));
  if (!context)
    return Error{"the patterns of the pre-tokenizer cannot be compiled: no memory"};
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  for (const SplitStep &step : steps) {
    if (step.pattern.size() > mostPatternBytes)
      return Error{"pattern " + std::to_string(made.steps.size()) + " of the pre-tokenizer has " + std::to_string(step.pattern.size()) +
                   " bytes, but at most " + std::to_string(mostPatternBytes) + " are expected"};
    int code = 0;
    PCRE2_SIZE place = 0;
    Code compiled(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(step.pattern.data()), step.pattern.size(),
                                PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &code, &place, context.get()));
    if (!compiled)
      return Error{"pattern " + std::to_string(made.steps.size()) + " of the pre-tokenizer is wrong at byte " + std::to_string(place) +
                   ": " + reason(code)};
    // Where the system forbids code at run time, matching interprets: slower, with the same result.
    (void)pcre2_jit_compile(compiled.get(), PCRE2_JIT_COMPLETE);
    made.steps.push_back(std::make_unique<Step>(Step{made.steps.size(), std::move(compiled), step.dropGaps}));
  }
  return made;
}

Result<void> PreTokenizer::Step::split(std::string_view word, const Matcher &matcher, pcre2_match_data *data,
                                       std::vector<std::string_view> &words) const {
  const auto *subject = reinterpret_cast<PCRE2_SPTR>(word.data());
  const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(data);
  size_t done = 0; // words before it are cut
  size_t from = 0; // matches before it are known
  while (from < word.size()) {
    const int matched = pcre2_match(code.get(), subject, word.size(), from, PCRE2_NO_UTF_CHECK, data, matcher.context.get());
    if (matched == PCRE2_ERROR_NOMATCH)
      break;
    if (matched < 0)
      return Error{"pattern " + std::to_string(number) + " of the pre-tokenizer gives up on a text of " + std::to_string(word.size()) +
                   " bytes after byte " + std::to_string(from) + ": " + reason(matched)};
    if (bounds[0] < from || bounds[1] < bounds[0] || bounds[1] > word.size())
      return Error{"pattern " + std::to_string(number) + " of the pre-tokenizer matches backwards at byte " + std::to_string(from)};
    if (bounds[0] > done && !dropGaps)
      words.push_back(word.substr(done, bounds[0] - done));
    if (bounds[1] > bounds[0])
      words.push_back(word.substr(bounds[0], bounds[1] - bounds[0]));
    done = from = bounds[1];
    // An empty match cuts there; the next one is sought a character later.
    if (bounds[1] == bounds[0] && from < word.size())
      from += characterAt(word, from).bytes;
  }
  if (done < word.size() && !dropGaps)
    words.push_back(word.substr(done));
  return {};
}

Result<std::vector<std::string_view>> PreTokenizer::split(std::string_view text) const {
  std::vector<std::string_view> words;
  if (text.empty())
    return words;
  words.push_back(text);
  if (steps.empty())
    return words;
  const Matcher matcher(text.size());
  const MatchData data(pcre2_match_data_create(1, nullptr));
  if (!matcher.context || !data)
    return Error{"text of " + std::to_string(text.size()) + " bytes cannot be split into words: no memory"};
  std::vector<std::string_view> before;
  for (const auto &step : steps) {
    before.swap(words);
    words.clear();
    for (std::string_view word : before)
      if (Result<void> done = step->split(word, matcher, data.get(), words); !done)
        return done.error();
  }
  return words;
}

} // namespace vspec
