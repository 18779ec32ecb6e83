#include "lib/Tokenizer/LiteralTokens.h"
#include "lib/Tokenizer/UTF8.h"
#include <algorithm>
#include <functional>

namespace vspec {

void LiteralTokens::Set::add(std::string_view text, int32_t id) {
  ids.emplace(text, id);
  std::vector<uint32_t> &list = lengths[uint8_t(text[0])];
  auto place = std::lower_bound(list.begin(), list.end(), uint32_t(text.size()), std::greater<>());
  if (place == list.end() || *place != text.size())
    list.insert(place, uint32_t(text.size()));
}

int32_t LiteralTokens::Set::at(std::string_view text, size_t place) const {
  for (uint32_t length : lengths[uint8_t(text[place])]) {
    if (length > text.size() - place)
      continue;
    if (auto found = ids.find(text.substr(place, length)); found != ids.end())
      return found->second;
  }
  return -1;
}

LiteralTokens::LiteralTokens(const TokenizerModel &model) : model(model) {
  for (size_t id = 0; id < model.tokens.size(); ++id) {
    if (model.tokens[id].empty())
      continue;
    const TokenType type = model.types[id];
    if (type == TokenType::UserDefined)
      userDefined.add(model.tokens[id], int32_t(id));
    if (type == TokenType::UserDefined || type == TokenType::Control || type == TokenType::Unknown)
      all.add(model.tokens[id], int32_t(id));
  }
}

std::vector<Fragment> LiteralTokens::partition(std::string_view text, bool parseSpecial) const {
  const Set &set = parseSpecial ? all : userDefined;
  std::vector<Fragment> fragments;
  size_t start = 0; // of the text that is not yet in a fragment
  for (size_t at = 0; at < text.size();) {
    const int32_t id = set.at(text, at);
    if (id < 0) {
      ++at;
      continue;
    }
    const uint8_t strips = model.strips.empty() ? 0 : model.strips[id];
    std::string_view before = text.substr(start, at - start);
    if (strips & StripLeft)
      for (size_t last = before.size(); last > 0;) {
        // Back to the first byte of the character.
        do
          --last;
        while (last > 0 && (uint8_t(before[last]) & 0xC0) == 0x80);
        if (!whiteSpaceAt(before, last))
          break;
        before = before.substr(0, last);
      }
    if (!before.empty())
      fragments.push_back({before, -1});
    fragments.push_back({text.substr(at, model.tokens[id].size()), id});
    at += model.tokens[id].size();
    if (strips & StripRight)
      while (at < text.size() && whiteSpaceAt(text, at))
        at += whiteSpaceAt(text, at);
    start = at;
  }
  if (start < text.size())
    fragments.push_back({text.substr(start), -1});
  return fragments;
}

} // namespace vspec
