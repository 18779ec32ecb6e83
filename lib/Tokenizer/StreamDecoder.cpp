#include "lib/Tokenizer/UTF8.h"
#include "vspec/Tokenizer/Tokenizer.h"

namespace vspec {

StreamDecoder::StreamDecoder(const Tokenizer &tokenizer, bool startsText, bool showSpecial)
    : tokenizer(tokenizer), atStart(startsText && tokenizer.model().stripLeadingSpace), showSpecial(showSpecial) {}

std::string StreamDecoder::push(int32_t id) {
  const TokenizerModel &model = tokenizer.model();
  if (id < 0 || size_t(id) >= model.tokens.size())
    return {};
  const TokenType type = model.types[id];
  if (!showSpecial && (type == TokenType::Control || type == TokenType::Unknown))
    return {};
  std::string piece = tokenizer.piece(id);
  if (atStart && !piece.empty()) {
    if (piece[0] == ' ')
      piece.erase(0, 1);
    atStart = false;
  }
  waiting += piece;

  std::string text;
  size_t at = 0;
  while (at < waiting.size()) {
    const Character character = characterAt(waiting, at);
    if (character.form == Character::Cut)
      break;
    text += character.form == Character::Whole ? std::string_view(waiting).substr(at, character.bytes) : replacementCharacter;
    at += character.bytes;
  }
  waiting.erase(0, at);
  return text;
}

std::string StreamDecoder::finish() {
  const bool cut = !waiting.empty();
  waiting.clear();
  return cut ? std::string(replacementCharacter) : std::string();
}

} // namespace vspec
