// Encoding and decoding: literal tokens, then normalisation, then words, then merges.
#include "vspec/Tokenizer/Tokenizer.h"
#include "lib/Tokenizer/LiteralTokens.h"
#include "lib/Tokenizer/Normalizer.h"
#include "lib/Tokenizer/PreTokenizer.h"
#include "lib/Tokenizer/UTF8.h"
#include "lib/Tokenizer/UnigramCutter.h"
#include "lib/Tokenizer/WordMerger.h"
#include "lib/Tokenizer/WordPieces.h"
#include "vspec/Support/Quote.h"
#include <algorithm>

namespace vspec {

// The parts point into `model` and each other, so a State never moves.
struct Tokenizer::State {
  TokenizerModel model;
  PreTokenizer preTokenizer;
  Vocabulary vocabulary;
  MergeTable merges;
  UnigramCutter unigram;
  WordPieces wordPieces;
  std::optional<Normalizer> normalizer;
  LiteralTokens literals, normalizedLiterals; // found before and after a text is normalised

  State(TokenizerModel given, PreTokenizer preTokenizer)
      : model(std::move(given)), preTokenizer(std::move(preTokenizer)), vocabulary(model), merges(model.merges, model.rankByResult),
        unigram(model, vocabulary), wordPieces(model, vocabulary), literals(model), normalizedLiterals(model) {}

  Result<void> findLiterals();
  Result<void> encodeFragment(std::string_view text, bool first, bool parseSpecial, WordMerger &merger, std::vector<int32_t> &ids) const;
  Result<void> encodeText(std::string_view text, bool first, WordMerger &merger, std::vector<int32_t> &ids) const;
  Result<void> encodeWord(std::string_view word, WordMerger &merger, std::vector<int32_t> &ids) const;
};

Tokenizer::Tokenizer(std::unique_ptr<const State> state) : state(std::move(state)) {}
Tokenizer::Tokenizer(Tokenizer &&) noexcept = default;
Tokenizer &Tokenizer::operator=(Tokenizer &&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Result<Tokenizer> Tokenizer::fromBytes(std::string_view bytes) {
  Result<TokenizerModel> model = TokenizerModel::parse(bytes);
  if (!model)
    return model.error();
  return fromModel(std::move(*model));
}

Result<Tokenizer> Tokenizer::fromModel(TokenizerModel model) {
  if (Result<void> valid = model.validate("tokenizer"); !valid)
    return valid.error();
  Result<PreTokenizer> preTokenizer = PreTokenizer::compile(model.splits);
  if (!preTokenizer)
    return Error{"tokenizer: " + preTokenizer.error().message};
  auto state = std::make_unique<State>(std::move(model), std::move(*preTokenizer));
  Result<Normalizer> normalizer = Normalizer::compile(state->model);
  if (!normalizer)
    return Error{"tokenizer: " + normalizer.error().message};
  state->normalizer = std::move(*normalizer);
  if (Result<void> done = state->findLiterals(); !done)
    return Error{"tokenizer: " + done.error().message};
  return Tokenizer(std::move(state));
}

Result<void> Tokenizer::State::findLiterals() {
  for (size_t id = 0; id < model.tokens.size(); ++id) {
    const TokenType type = model.types[id];
    const bool control = type == TokenType::Control || type == TokenType::Unknown;
    if (model.tokens[id].empty() || !(control || (type == TokenType::UserDefined && !model.literalsInside)))
      continue;
    if (model.literals.empty() || !(model.literals[id] & Normalized)) {
      literals.add(model.tokens[id], int32_t(id));
      continue;
    }
    Result<std::string> spelling = normalizer->run(model.tokens[id]);
    if (!spelling)
      return spelling.error();
    if (!spelling->empty())
      normalizedLiterals.add(*spelling, int32_t(id));
  }
  return {};
}

Result<void> Tokenizer::State::encodeWord(std::string_view word, WordMerger &merger, std::vector<int32_t> &ids) const {
  switch (model.kind) {
  case TokenizerKind::SentencePiece:
  case TokenizerKind::ByteLevelBPE:
  case TokenizerKind::CharacterBPE:
    return merger.append(word, ids);
  case TokenizerKind::Unigram:
    return unigram.append(word, ids);
  case TokenizerKind::WordPiece:
    return wordPieces.append(word, ids);
  case TokenizerKind::WordLevel:
    break;
  }
  if (Result<bool> done = vocabulary.appendToken(word, vocabulary.word(word), false, ids); !done)
    return done.error();
  return {};
}

// A text without literal tokens that is normalised. `first`: it starts the input.
Result<void> Tokenizer::State::encodeText(std::string_view text, bool first, WordMerger &merger, std::vector<int32_t> &ids) const {
  Result<Words> words = preTokenizer.split(std::string(text), first);
  if (!words)
    return words.error();
  for (size_t i = 0; i < words->size(); ++i)
    if (Result<void> done = encodeWord((*words)[i], merger, ids); !done)
      return done.error();
  return {};
}

Result<void> Tokenizer::State::encodeFragment(std::string_view text, bool first, bool parseSpecial, WordMerger &merger,
                                              std::vector<int32_t> &ids) const {
  bool dropsStart = false;
  Result<std::string> ready = normalizer->run(text, &dropsStart);
  if (!ready)
    return ready.error();
  for (const Fragment &fragment : normalizedLiterals.partition(*ready, parseSpecial)) {
    if (fragment.token >= 0) {
      ids.push_back(fragment.token);
      continue;
    }
    const bool starts = first && !dropsStart && fragment.text.data() == ready->data();
    if (Result<void> done = encodeText(fragment.text, starts, merger, ids); !done)
      return done.error();
  }
  return {};
}

Result<std::vector<int32_t>> Tokenizer::encode(std::string_view text, EncodeOptions options) const {
  std::string repaired;
  if (!isUtf8(text)) {
    repaired = repairedUTF8(text);
    text = repaired;
  }
  const TokenizerModel &model = state->model;
  std::vector<int32_t> ids;
  if (options.addSpecial)
    ids = model.before;
  WordMerger merger(model, state->vocabulary, state->merges, state->normalizer->literalsInside());
  for (const Fragment &fragment : state->literals.partition(text, options.parseSpecial)) {
    if (fragment.token >= 0) {
      ids.push_back(fragment.token);
      continue;
    }
    const bool first = fragment.text.data() == text.data();
    if (Result<void> done = state->encodeFragment(fragment.text, first, options.parseSpecial, merger, ids); !done)
      return Error{"text cannot be encoded: " + done.error().message};
  }
  if (options.addSpecial)
    ids.insert(ids.end(), model.after.begin(), model.after.end());
  return ids;
}

static const Spelling *spellingOf(const std::vector<Spelling> &spellings, int32_t id) {
  auto found = std::lower_bound(spellings.begin(), spellings.end(), id, [](const Spelling &a, int32_t id) { return a.id < id; });
  return found != spellings.end() && found->id == id ? &*found : nullptr;
}

std::string Tokenizer::piece(int32_t id) const {
  std::string text;
  appendPiece(id, text);
  return text;
}

void Tokenizer::appendPiece(int32_t id, std::string &to, bool startsText) const {
  const TokenizerModel &model = state->model;
  if (id < 0 || size_t(id) >= model.tokens.size())
    return;
  const Spelling *spelling = startsText ? spellingOf(model.firstSpellings, id) : nullptr;
  if (!spelling)
    spelling = spellingOf(model.spellings, id);
  if (spelling) {
    to += spelling->text;
    return;
  }
  const std::string_view token = model.tokens[id];
  for (size_t at = 0; at < token.size();)
    if (model.unescapeSpaces && token.compare(at, escapedSpace.size(), escapedSpace) == 0) {
      if (!(startsText && model.firstDropsSpaces))
        to += ' ';
      at += escapedSpace.size();
    } else {
      to += token[at++];
    }
}

std::string Tokenizer::decode(const std::vector<int32_t> &ids, bool showSpecial) const {
  StreamDecoder decoder(*this, true, showSpecial);
  std::string text;
  for (int32_t id : ids)
    text += decoder.push(id);
  text += decoder.finish();
  return text;
}

int32_t Tokenizer::idOf(std::string_view text) const { return state->vocabulary.any(text); }

bool Tokenizer::isEnd(int32_t id) const { return std::binary_search(state->model.endTokens.begin(), state->model.endTokens.end(), id); }

const TokenizerModel &Tokenizer::model() const { return state->model; }

} // namespace vspec
