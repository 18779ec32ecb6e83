#include "lib/Tokenizer/LiteralTokens.h"
#include "lib/Tokenizer/CharacterClass.h"
#include "lib/Tokenizer/UTF8.h"
#include <algorithm>

namespace vspec {

bool LiteralTokens::standsAlone(std::string_view text, size_t begin, size_t end) const {
  return (begin == 0 || !isWordCharacter(codePointAt(text, characterBefore(text, begin)).value)) &&
         (end == text.size() || !isWordCharacter(codePointAt(text, end).value));
}

std::vector<Fragment> LiteralTokens::partition(std::string_view text, bool parseSpecial) const {
  std::vector<Fragment> fragments;
  size_t done = 0; // text before it is in a fragment
  for (size_t at = 0; at < text.size() && !spellings.empty();) {
    const Trie::Match found = spellings.longest(text.substr(at));
    if (found.value < 0) {
      ++at;
      continue;
    }
    size_t begin = at, end = at + found.bytes;
    at = end;
    const uint8_t flags = model.literals.empty() ? 0 : model.literals[found.value];
    if ((!parseSpecial && model.types[found.value] != TokenType::UserDefined) || (flags & SingleWord && !standsAlone(text, begin, end)))
      continue;
    while (flags & StripLeft && begin > done && whiteSpaceAt(text, characterBefore(text, begin)))
      begin = characterBefore(text, begin);
    while (flags & StripRight && end < text.size() && whiteSpaceAt(text, end))
      end += whiteSpaceAt(text, end);
    if (begin > done)
      fragments.push_back({text.substr(done, begin - done), -1});
    fragments.push_back({text.substr(std::min(begin, end), end - std::min(begin, end)), found.value});
    done = std::max(done, end);
  }
  if (done < text.size())
    fragments.push_back({text.substr(done), -1});
  return fragments;
}

} // namespace vspec
