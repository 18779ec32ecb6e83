#include "lib/Tokenizer/WordPieces.h"
#include <algorithm>

namespace vspec {

WordPieces::WordPieces(const TokenizerModel &model, const Vocabulary &vocabulary) : model(model), vocabulary(vocabulary) {
  if (model.kind != TokenizerKind::WordPiece)
    return;
  const std::string &prefix = model.continuingPrefix;
  for (size_t id = 0; id < model.tokens.size(); ++id) {
    const std::string &text = model.tokens[id];
    if (text.empty() || vocabulary.word(text) != int32_t(id))
      continue;
    starting.add(text, int32_t(id));
    if (text.size() > prefix.size() && text.compare(0, prefix.size(), prefix) == 0)
      continuing.add(std::string_view(text).substr(prefix.size()), int32_t(id));
  }
}

bool WordPieces::cut(std::string_view word, std::vector<int32_t> &ids) const {
  const auto characters = std::count_if(word.begin(), word.end(), [](char byte) { return (uint8_t(byte) & 0xC0) != 0x80; });
  if (size_t(characters) > model.longestWord)
    return false;
  for (size_t at = 0; at < word.size();) {
    const Trie::Match found = (at == 0 ? starting : continuing).longest(word.substr(at));
    if (found.value < 0)
      return false;
    ids.push_back(found.value);
    at += found.bytes;
  }
  return true;
}

Result<void> WordPieces::append(std::string_view word, std::vector<int32_t> &ids) const {
  const size_t before = ids.size();
  if (cut(word, ids))
    return {};
  ids.resize(before);
  if (Result<bool> done = vocabulary.appendToken(word, -1, false, ids); !done)
    return done.error();
  return {};
}

} // namespace vspec
