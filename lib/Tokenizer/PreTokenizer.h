// Cuts text into the words that become tokens one by one, by the steps of the model.
#ifndef VSPEC_LIB_TOKENIZER_PRETOKENIZER_H
#define VSPEC_LIB_TOKENIZER_PRETOKENIZER_H
#include "lib/Tokenizer/Pattern.h"
#include "vspec/Tokenizer/TokenizerModel.h"
#include <optional>

namespace vspec {

/// Parts of a text, in its order.
struct Words {
  std::string text;
  std::vector<Pattern::Match> places;

  size_t size() const { return places.size(); }
  std::string_view operator[](size_t i) const { return std::string_view(text).substr(places[i].begin, places[i].end - places[i].begin); }
};

class PreTokenizer {
public:
  /// Fails with the pattern that is wrong and PCRE2's reason.
  static Result<PreTokenizer> compile(const std::vector<SplitStep> &steps);

  /// The words of `text`, which must be UTF-8; none is empty. `first`: it starts the input. A step sees one word of the step before, never
  /// its neighbours. Fails if a pattern takes too many steps for the length of the text.
  Result<Words> split(std::string text, bool first) const;

private:
  struct Step {
    SplitStep what;
    std::optional<Pattern> pattern;
  };
  PreTokenizer() = default;
  std::vector<Step> steps;
};

} // namespace vspec
#endif
