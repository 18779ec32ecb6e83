#include "lib/Tokenizer/UTF8.h"
#include "vspec/Tokenizer/Tokenizer.h"
#include <algorithm>

namespace vspec {

StreamDecoder::StreamDecoder(const Tokenizer &tokenizer, bool startsText, bool showSpecial)
    : tokenizer(tokenizer), startsText(startsText), atStart(startsText), showSpecial(showSpecial),
      spacesToDrop(startsText ? tokenizer.model().dropSpaces : 0) {
  size_t longest = 0;
  const TokenizerModel &model = tokenizer.model();
  for (const std::string &token : model.tokens)
    longest = std::max(longest, token.size());
  for (const std::vector<Spelling> *spellings : {&model.spellings, &model.firstSpellings})
    for (const Spelling &spelling : *spellings)
      longest = std::max(longest, spelling.text.size());
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
  tokenizer.appendPiece(id, waiting, atStart);
  atStart = false;
  for (; spacesToDrop > 0 && waiting.size() > before; --spacesToDrop) {
    if (waiting[before] != ' ')
      spacesToDrop = 1; // the last round
    else
      waiting.erase(before, 1);
  }

  // The space that ends a word waits for the next token: at the end of the text it is none.
  const std::string_view token = model.tokens[id], suffix = model.wordSuffix;
  const bool endsWord = model.dropLastSpace && token.size() >= suffix.size() && token.substr(token.size() - suffix.size()) == suffix;
  const size_t end = waiting.size() - (endsWord && !waiting.empty() && waiting.back() == ' ');
  size_t at = 0;
  while (at < end) {
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
  if (tokenizer.model().dropLastSpace && !waiting.empty() && waiting.back() == ' ')
    waiting.pop_back();
  text.assign(waiting.empty() ? std::string_view() : replacementCharacter);
  waiting.clear();
  atStart = startsText;
  spacesToDrop = startsText ? tokenizer.model().dropSpaces : 0;
  return text;
}

} // namespace vspec
