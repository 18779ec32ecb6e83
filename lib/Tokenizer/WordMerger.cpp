#include "lib/Tokenizer/WordMerger.h"
#include "lib/Tokenizer/UTF8.h"
#include <algorithm>

namespace vspec {

void WordMerger::cutIntoSymbols(std::string_view word) {
  symbols.clear();
  const bool byteLevel = model.kind == TokenizerKind::ByteLevelBPE;
  const bool affixes = !model.continuingPrefix.empty() || !model.wordSuffix.empty();
  std::string spelt;
  for (size_t at = 0; at < word.size();) {
    const int32_t index = int32_t(symbols.size());
    if (const Trie::Match found = whole.longest(word.substr(at)); found.value >= 0) {
      symbols.push_back({index - 1, index + 1, uint32_t(at), uint32_t(found.bytes), found.value, true});
      at += found.bytes;
      continue;
    }
    const uint32_t bytes = byteLevel ? 1 : characterAt(word, at).bytes;
    std::string_view text = word.substr(at, bytes);
    if (affixes) {
      spelt = at > 0 ? model.continuingPrefix : "";
      spelt.append(text).append(at + bytes == word.size() ? model.wordSuffix : "");
      text = spelt;
    }
    const int32_t id = byteLevel ? vocabulary.byte(uint8_t(word[at])) : vocabulary.word(text);
    symbols.push_back({index - 1, index + 1, uint32_t(at), bytes, id, false});
    at += bytes;
  }
  symbols.back().next = -1;
}

void WordMerger::consider(std::string_view word, int32_t left, int32_t right) {
  if (left < 0 || right < 0)
    return;
  const Symbol &a = symbols[left], &b = symbols[right];
  if (a.fixed || b.fixed)
    return;
  Candidate candidate{0, left, right, -1, a.bytes + b.bytes};
  if (model.kind == TokenizerKind::SentencePiece) {
    if (candidate.bytes > vocabulary.longestWord())
      return;
    candidate.result = vocabulary.word(word.substr(a.begin, candidate.bytes));
    if (candidate.result < 0)
      return;
    candidate.order = -double(model.scores[candidate.result]);
  } else {
    if (a.id < 0 || b.id < 0)
      return;
    const MergeTable::Entry *merge = merges.find(a.id, b.id);
    if (!merge)
      return;
    candidate.result = merge->result;
    candidate.order = merge->rank;
  }
  queue.push_back(candidate);
  std::push_heap(queue.begin(), queue.end());
}

void WordMerger::mergeAll(std::string_view word) {
  queue.clear();
  for (size_t i = 1; i < symbols.size(); ++i)
    consider(word, int32_t(i - 1), int32_t(i));
  while (!queue.empty()) {
    std::pop_heap(queue.begin(), queue.end());
    const Candidate best = queue.back();
    queue.pop_back();
    Symbol &left = symbols[best.left], &right = symbols[best.right];
    if (left.bytes == 0 || right.bytes == 0 || left.bytes + right.bytes != best.bytes)
      continue;
    left.bytes = best.bytes;
    left.id = best.result;
    left.next = right.next;
    right.bytes = 0;
    if (left.next >= 0)
      symbols[left.next].previous = best.left;
    consider(word, left.previous, best.left);
    consider(word, best.left, left.next);
  }
}

Result<void> WordMerger::append(std::string_view text, std::vector<int32_t> &ids) {
  // Cutting is right only where a word's tokens do not depend on where it ends.
  if (!vocabulary.spacesOnlyLead() || model.wholeWordFirst || !model.continuingPrefix.empty() || !model.wordSuffix.empty())
    return appendWord(text, ids);
  // The same ids as of the whole text, from queues that stay short.
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(nextWordStart(text, start + 1), text.size());
    if (Result<void> done = appendWord(text.substr(start, end - start), ids); !done)
      return done.error();
    start = end;
  }
  return {};
}

Result<void> WordMerger::appendWord(std::string_view word, std::vector<int32_t> &ids) {
  if (word.empty())
    return {};
  if (word.size() > size_t(INT32_MAX))
    return Error{"text of " + std::to_string(word.size()) + " bytes is one word, but at most " + std::to_string(INT32_MAX) +
                 " bytes are expected"};
  if (model.wholeWordFirst) {
    if (const int32_t id = vocabulary.word(word); id >= 0) {
      ids.push_back(id);
      return {};
    }
  }
  cutIntoSymbols(word);
  mergeAll(word);
  bool afterUnknown = false;
  for (int32_t i = 0; i >= 0; i = symbols[i].next) {
    const Symbol &symbol = symbols[i];
    Result<bool> unknown = vocabulary.appendToken(word.substr(symbol.begin, symbol.bytes), symbol.id, afterUnknown, ids);
    if (!unknown)
      return unknown.error();
    afterUnknown = *unknown;
  }
  return {};
}

} // namespace vspec
