#include "lib/Tokenizer/UnigramCutter.h"
#include "lib/Tokenizer/CharacterClass.h"
#include <algorithm>

namespace vspec {
namespace {

constexpr uint32_t nowhere = UINT32_MAX;

struct Place {
  double sum = 0;           // of the best cut that ends here
  uint32_t start = nowhere; // where its last token starts
  int32_t id = -1;          // its last token; -1: an unknown character
};

} // namespace

UnigramCutter::UnigramCutter(const TokenizerModel &model, const Vocabulary &vocabulary) : model(model), vocabulary(vocabulary) {
  if (model.kind != TokenizerKind::Unigram)
    return;
  for (size_t id = 0; id < model.tokens.size(); ++id)
    if (model.scores[id] != notAPiece && !model.tokens[id].empty() && model.types[id] != TokenType::Control &&
        model.types[id] != TokenType::Unknown)
      pieces.add(Vocabulary::spelling(model, id), int32_t(id));
}

Result<void> UnigramCutter::append(std::string_view word, std::vector<int32_t> &ids) const {
  if (word.size() >= nowhere)
    return Error{"text of " + std::to_string(word.size()) + " bytes is one word, but at most " + std::to_string(nowhere - 1) +
                 " bytes are expected"};
  std::vector<Place> places(word.size() + 1);
  auto reach = [&](size_t from, size_t to, int32_t id, double sum) {
    Place &place = places[to];
    if (place.start == nowhere || sum > place.sum)
      place = {model.singlePrecision ? double(float(sum)) : sum, uint32_t(from), id};
  };
  for (size_t at = 0, bytes; at < word.size(); at += bytes) {
    bytes = codePointAt(word, at).bytes;
    bool covered = false;
    const double before = places[at].sum;
    pieces.forEach(word.substr(at), [&](size_t length, int32_t id) {
      covered |= length == bytes;
      reach(at, at + length, id, before + model.scores[id]);
    });
    if (!covered) {
      const double sum = before + model.unknownScore;
      reach(at, at + bytes, -1, model.singlePrecision ? double(float(sum)) : sum);
    }
  }
  std::vector<std::pair<uint32_t, uint32_t>> cut;
  for (size_t end = word.size(); end > 0; end = places[end].start)
    cut.push_back({places[end].start, uint32_t(end)});
  std::reverse(cut.begin(), cut.end());
  bool afterUnknown = false;
  for (auto [begin, end] : cut) {
    const int32_t id = places[end].id >= 0 ? places[end].id : -1;
    Result<bool> unknown = vocabulary.appendToken(word.substr(begin, end - begin), id, afterUnknown, ids);
    if (!unknown)
      return unknown.error();
    afterUnknown = *unknown;
  }
  return {};
}

} // namespace vspec
