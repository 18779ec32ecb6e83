// Text to token ids and back. A tokenizer does not change after it is made, so threads may share it.
//
// Text is UTF-8 in both directions: bytes that are not become U+FFFD, one for each maximal part of a character, before they are encoded and
// after they are decoded.
#ifndef VSPEC_TOKENIZER_TOKENIZER_H
#define VSPEC_TOKENIZER_TOKENIZER_H
#include "vspec/Tokenizer/TokenizerModel.h"
#include <memory>

namespace vspec {

struct EncodeOptions {
  bool addSpecial = true;    // BOS before and EOS after, if the model wants them
  bool parseSpecial = false; // text that spells a control token becomes it; never for text that users may write
};

class Tokenizer {
public:
  /// Reads the tokenizer section of a model file.
  static Result<Tokenizer> fromBytes(std::string_view bytes);
  static Result<Tokenizer> fromModel(TokenizerModel model);

  Tokenizer(Tokenizer &&) noexcept;
  Tokenizer &operator=(Tokenizer &&) noexcept;
  ~Tokenizer();

  /// The ids of `text`. Fails if a character has no token and the vocabulary neither bytes for it nor an unknown token, or if a pattern of
  /// the pre-tokenizer needs more steps than a text of this length may take.
  Result<std::vector<int32_t>> encode(std::string_view text, EncodeOptions options = {}) const;

  /// The text of `ids`, which start a text. Control tokens are silent unless `showSpecial`; ids outside the vocabulary always are.
  std::string decode(const std::vector<int32_t> &ids, bool showSpecial = false) const;

  /// The bytes of one token, spaces unescaped: part of a character perhaps. Empty outside the vocabulary.
  std::string piece(int32_t id) const;
  /// The same, behind what `to` holds; of a token that starts a text its spelling there.
  void appendPiece(int32_t id, std::string &to, bool startsText = false) const;

  /// The token spelt `text` (control tokens included), or -1.
  int32_t idOf(std::string_view text) const;

  bool isEnd(int32_t id) const;
  const TokenizerModel &model() const;

private:
  struct State;
  explicit Tokenizer(std::unique_ptr<const State> state);
  std::unique_ptr<const State> state;
};

/// Decodes token by token and never gives out half a character. The tokenizer must outlive it.
class StreamDecoder {
public:
  /// `startsText`: the first token starts a text, so the space that encoding puts before a text is taken off. False where text goes on,
  /// as after a prompt.
  explicit StreamDecoder(const Tokenizer &tokenizer, bool startsText = true, bool showSpecial = false);

  /// The text that `id` completes; what is the start of a character waits. Valid until the next call. Allocates nothing.
  std::string_view push(int32_t id);
  /// What still waits, as U+FFFD. Then it is as new.
  std::string_view finish();

private:
  const Tokenizer &tokenizer;
  std::string waiting; // less than one character, or a space that may end the text
  std::string text;    // handed out last
  bool startsText, atStart, showSpecial;
  uint32_t spacesToDrop;
};

} // namespace vspec
#endif
