#include "lib/Tokenizer/PreTokenizer.h"
#include "lib/Tokenizer/UTF8.h"
#include <algorithm>

namespace vspec {
namespace {

struct Part {
  size_t begin, end;
  bool match;
};

// Matches of a word and the gaps between them.
void partsOf(size_t begin, size_t end, const std::vector<Pattern::Match> &matches, bool invert, std::vector<Part> &parts) {
  parts.clear();
  size_t done = 0;
  for (const Pattern::Match &match : matches) {
    if (match.begin > done)
      parts.push_back({begin + done, begin + match.begin, invert});
    parts.push_back({begin + match.begin, begin + match.end, !invert});
    done = match.end;
  }
  if (begin + done < end)
    parts.push_back({begin + done, end, invert});
}

void join(std::vector<Part> &parts, SplitBehavior behavior) {
  if (behavior == SplitBehavior::Isolated || behavior == SplitBehavior::Removed)
    return;
  const bool backwards = behavior == SplitBehavior::MergedWithNext;
  if (backwards)
    std::reverse(parts.begin(), parts.end());
  std::vector<Part> joined;
  bool before = false; // was the part before a match?
  for (const Part &part : parts) {
    const bool belongs = behavior == SplitBehavior::Contiguous ? part.match == before : part.match && !before;
    if (belongs && !joined.empty())
      (backwards ? joined.back().begin : joined.back().end) = backwards ? part.begin : part.end;
    else
      joined.push_back(part);
    before = part.match;
  }
  if (backwards)
    std::reverse(joined.begin(), joined.end());
  parts = std::move(joined);
}

// Writes spaces as `space` and puts one before words that do not start with it.
void writeSpaces(Words &words, const std::string &space, SpacePrefix prefix, bool first) {
  Words written;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string word = space == " " ? std::string(words[i]) : replaced(words[i], " ", space);
    const bool starts = first && i == 0 && words.places[0].begin == 0;
    const size_t begin = written.text.size();
    if ((prefix == SpacePrefix::EveryText || (prefix == SpacePrefix::FirstText && starts)) && word.compare(0, space.size(), space) != 0)
      written.text += space;
    written.text += word;
    written.places.push_back({begin, written.text.size()});
  }
  words = std::move(written);
}

} // namespace

Result<PreTokenizer> PreTokenizer::compile(const std::vector<SplitStep> &steps) {
  PreTokenizer made;
  for (const SplitStep &step : steps) {
    made.steps.push_back({step, std::nullopt});
    if (step.spaces)
      continue;
    Result<Pattern> pattern = Pattern::compile(step.pattern, "pattern " + std::to_string(made.steps.size() - 1) + " of the pre-tokenizer");
    if (!pattern)
      return pattern.error();
    made.steps.back().pattern = std::move(*pattern);
  }
  return made;
}

Result<Words> PreTokenizer::split(std::string text, bool first) const {
  Words words{std::move(text), {}};
  if (words.text.empty())
    return words;
  words.places.push_back({0, words.text.size()});
  std::optional<Pattern::Matcher> matcher;
  std::vector<Pattern::Match> before, matches;
  std::vector<Part> parts;
  for (const Step &step : steps) {
    if (step.what.spaces) {
      // A word that a step before dropped would have started the input.
      first = first && !words.places.empty() && words.places[0].begin == 0;
      writeSpaces(words, step.what.pattern, step.what.prefix, first);
      continue;
    }
    if (!matcher)
      matcher.emplace(words.text.size());
    before.swap(words.places);
    words.places.clear();
    for (const Pattern::Match &word : before) {
      matches.clear();
      const std::string_view place = std::string_view(words.text).substr(word.begin, word.end - word.begin);
      if (Result<void> done = step.pattern->findAll(place, *matcher, matches); !done)
        return done.error();
      partsOf(word.begin, word.end, matches, step.what.invert, parts);
      join(parts, step.what.behavior);
      for (const Part &part : parts)
        if (part.begin < part.end && !(part.match && step.what.behavior == SplitBehavior::Removed))
          words.places.push_back({part.begin, part.end});
    }
  }
  return words;
}

} // namespace vspec
