#include "lib/Tokenizer/UTF8.h"
#include "vspec/Tokenizer/Tokenizer.h"
#include <algorithm>

namespace vspec {

StreamDecoder::StreamDecoder(const Tokenizer &tokenizer, bool startsText, bool showSpecial)
    : tokenizer(tokenizer), startsText(startsText && tokenizer.model().stripLeadingSpace), atStart(this->startsText),
      showSpecial(showSpecial) {
  size_t longest = 0;
  for (const std::string &token : tokenizer.model().tokens)
    longest = std::max(longest, token.size());
  waiting.reserve(longest + 4);
  text.reserve((longest + 4) * replacementCharacter.size()); // if every byte is wrong
}

std::string_view StreamDecoder::push(int32_t id) {
  text.clear();
  const TokenizerModel &model = tokenizer.model();
  if (id < 0 || size_t(id) >= model.tokens.size())
    return {};
  const TokenType type = model.types[id];
  if (!showSpecial && (type == TokenType::Control || type == TokenType::Unknown))
    return {};
  const size_t before = waiting.size();
  tokenizer.appendPiece(id, waiting);
  if (atStart && waiting.size() > before) {
    if (waiting[before] == ' ')
      waiting.erase(before, 1);
    atStart = false;
  }

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

std::string_view StreamDecoder::finish() {
  text.assign(waiting.empty() ? std::string_view() : replacementCharacter);
  waiting.clear();
  atStart = startsText;
  return text;
}

} // namespace vspec
