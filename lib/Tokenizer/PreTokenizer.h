// Cuts text into the words within which a tokenizer merges, by the patterns of the model.
#ifndef VSPEC_LIB_TOKENIZER_PRETOKENIZER_H
#define VSPEC_LIB_TOKENIZER_PRETOKENIZER_H
#include "vspec/Tokenizer/TokenizerModel.h"
#include <memory>

namespace vspec {

class PreTokenizer {
public:
  /// Compiles the patterns, to machine code where the system allows it. Fails with the pattern and PCRE2's reason.
  static Result<PreTokenizer> compile(const std::vector<SplitStep> &steps);

  PreTokenizer(PreTokenizer &&) noexcept;
  PreTokenizer &operator=(PreTokenizer &&) noexcept;
  ~PreTokenizer();

  /// The words of `text`, which must be UTF-8 and outlive them. A step sees one word of the step before, never its neighbours. Fails if a
  /// pattern takes too many steps for the length of the text.
  Result<std::vector<std::string_view>> split(std::string_view text) const;

private:
  struct Step;
  PreTokenizer();
  std::vector<std::unique_ptr<Step>> steps;
};

} // namespace vspec
#endif
