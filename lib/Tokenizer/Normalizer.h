// Changes a text before it is cut into words, by the steps of the model.
#ifndef VSPEC_LIB_TOKENIZER_NORMALIZER_H
#define VSPEC_LIB_TOKENIZER_NORMALIZER_H
#include "lib/Tokenizer/Pattern.h"
#include "lib/Tokenizer/Trie.h"
#include "vspec/Tokenizer/TokenizerModel.h"
#include <optional>

namespace vspec {

class Normalizer {
public:
  /// The model must be valid, outlive it and keep its place. Fails with the pattern that is wrong.
  static Result<Normalizer> compile(const TokenizerModel &model);

  /// `text` is UTF-8. `dropsStart`, if not null, tells whether characters at the start of the text are gone.
  Result<std::string> run(std::string_view text, bool *dropsStart = nullptr) const;

  /// With model.literalsInside: the user-defined tokens.
  const Trie &literalsInside() const { return inside; }

private:
  struct Step {
    const NormalizeStep *what;
    std::optional<Pattern> pattern;
  };
  Normalizer() = default;
  Result<std::string> runStep(const Step &step, std::string text, bool &dropsStart) const;
  std::string sentencePiece(const NormalizeStep &step, std::string_view text) const;

  std::vector<Step> steps;
  Trie inside;
};

} // namespace vspec
#endif
