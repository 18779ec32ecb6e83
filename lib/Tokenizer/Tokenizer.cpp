// Encoding and decoding: literal tokens, then normalisation, then words, then merges.
#include "vspec/Tokenizer/Tokenizer.h"
#include "lib/Tokenizer/LiteralTokens.h"
#include "lib/Tokenizer/PreTokenizer.h"
#include "lib/Tokenizer/UTF8.h"
#include "lib/Tokenizer/WordMerger.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <cstdlib>
#include <utf8proc.h>

namespace vspec {

// The parts point into `model`, so a State never moves.
struct Tokenizer::State {
  TokenizerModel model;
  PreTokenizer preTokenizer;
  Vocabulary vocabulary;
  MergeTable merges;
  LiteralTokens literals;

  State(TokenizerModel given, PreTokenizer preTokenizer)
      : model(std::move(given)), preTokenizer(std::move(preTokenizer)), vocabulary(model), merges(model.merges), literals(model) {}

  Result<std::string> prepare(std::string_view text, bool first) const;
  Result<void> encodeText(std::string_view text, bool first, WordMerger &merger, std::vector<int32_t> &ids) const;
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
  return Tokenizer(std::make_unique<const State>(std::move(model), std::move(*preTokenizer)));
}

static Result<std::string> composed(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char byte) { return uint8_t(byte) < 0x80; }))
    return std::string(text);
  utf8proc_uint8_t *result = nullptr;
  const auto options = utf8proc_option_t(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
  const utf8proc_ssize_t bytes =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t *>(text.data()), utf8proc_ssize_t(text.size()), &result, options);
  if (bytes < 0)
    return Error{"text of " + std::to_string(text.size()) + " bytes has no composed form (NFC): " + utf8proc_errmsg(bytes)};
  std::string made(reinterpret_cast<const char *>(result), size_t(bytes));
  std::free(result);
  return made;
}

// Text as the words are cut from it. `first`: it starts the input.
Result<std::string> Tokenizer::State::prepare(std::string_view text, bool first) const {
  std::string ready(text);
  if (model.normalizeNFC) {
    Result<std::string> normal = composed(text);
    if (!normal)
      return normal.error();
    ready = std::move(*normal);
  }
  if (model.escapeSpaces)
    ready = replaced(ready, " ", escapedSpace);
  const std::string_view space = model.escapeSpaces ? escapedSpace : " ";
  const bool wanted = model.spacePrefix == SpacePrefix::EveryText || (model.spacePrefix == SpacePrefix::FirstText && first);
  if (wanted && !(model.prefixUnlessSpace && ready.compare(0, space.size(), space) == 0))
    ready.insert(0, space);
  return ready;
}

Result<void> Tokenizer::State::encodeText(std::string_view text, bool first, WordMerger &merger, std::vector<int32_t> &ids) const {
  Result<std::string> ready = prepare(text, first);
  if (!ready)
    return ready.error();
  Result<std::vector<std::string_view>> words = preTokenizer.split(*ready);
  if (!words)
    return words.error();
  for (std::string_view word : *words)
    if (Result<void> done = merger.append(word, ids); !done)
      return done.error();
  return {};
}

Result<std::vector<int32_t>> Tokenizer::encode(std::string_view text, EncodeOptions options) const {
  std::string repaired;
  if (!isUtf8(text)) {
    repaired = repairedUTF8(text);
    text = repaired;
  }
  std::vector<int32_t> ids;
  if (options.addSpecial && state->model.addBos)
    ids.push_back(state->model.bos);
  WordMerger merger(state->model, state->vocabulary, state->merges);
  for (const Fragment &fragment : state->literals.partition(text, options.parseSpecial)) {
    if (fragment.token >= 0) {
      ids.push_back(fragment.token);
      continue;
    }
    const bool first = fragment.text.data() == text.data();
    if (Result<void> done = state->encodeText(fragment.text, first, merger, ids); !done)
      return Error{"text cannot be encoded: " + done.error().message};
  }
  if (options.addSpecial && state->model.addEos)
    ids.push_back(state->model.eos);
  return ids;
}

std::string Tokenizer::piece(int32_t id) const {
  std::string text;
  appendPiece(id, text);
  return text;
}

void Tokenizer::appendPiece(int32_t id, std::string &to) const {
  const TokenizerModel &model = state->model;
  if (id < 0 || size_t(id) >= model.tokens.size())
    return;
  // The decoder of tokenizer.json also unescapes the tokens that users added; SentencePiece keeps those as they are.
  const bool spaces = (model.kind != TokenizerKind::ByteLevelBPE && model.types[id] == TokenType::Normal) ||
                      (model.kind == TokenizerKind::CharacterBPE && model.types[id] == TokenType::UserDefined);
  const std::string_view token = model.tokens[id];
  for (size_t at = 0; at < token.size();)
    if (spaces && token.substr(at, escapedSpace.size()) == escapedSpace) {
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
