#include "lib/Tokenizer/Normalizer.h"
#include "lib/Tokenizer/CharacterClass.h"
#include "lib/Tokenizer/CharacterMap.h"
#include "lib/Tokenizer/UTF8.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <cstdlib>
#include <utf8proc.h>

namespace vspec {
namespace {

bool isASCII(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char byte) { return uint8_t(byte) < 0x80; });
}

Result<std::string> normalForm(std::string text, NormalizeStep::Kind kind) {
  if (isASCII(text))
    return text;
  const bool composed = kind == NormalizeStep::NFC || kind == NormalizeStep::NFKC;
  const bool compatible = kind == NormalizeStep::NFKC || kind == NormalizeStep::NFKD;
  const auto options =
      utf8proc_option_t(UTF8PROC_STABLE | (composed ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE) | (compatible ? int(UTF8PROC_COMPAT) : 0));
  utf8proc_uint8_t *result = nullptr;
  const utf8proc_ssize_t bytes =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t *>(text.data()), utf8proc_ssize_t(text.size()), &result, options);
  if (bytes < 0)
    return Error{"text of " + std::to_string(text.size()) + " bytes has no normal form: " + utf8proc_errmsg(bytes)};
  text.assign(reinterpret_cast<const char *>(result), size_t(bytes));
  std::free(result);
  return text;
}

// Each character becomes what `change(character, to)` appends.
template <typename Change> std::string changed(std::string_view text, Change change) {
  std::string result;
  result.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const CodePoint character = codePointAt(text, at);
    change(character.value, result);
    at += character.bytes;
  }
  return result;
}

// The same; a character for which `change` gives -1 is dropped.
template <typename Change> std::string mapped(std::string_view text, bool &dropsStart, Change change) {
  bool any = false;
  return changed(text, [&](int32_t character, std::string &to) {
    const int32_t made = change(character);
    if (made < 0) {
      dropsStart |= !any;
      return;
    }
    any = true;
    appendCodePoint(made, to);
  });
}

void appendLower(int32_t character, std::string &to) {
  if (character == 0x130) // the only one that becomes two
    to += "i\u0307";
  else
    appendCodePoint(utf8proc_tolower(character), to);
}

std::string stripped(std::string_view text, uint32_t flags, bool &dropsStart) {
  size_t begin = 0, end = text.size();
  while (flags & AtStart && begin < end && whiteSpaceAt(text, begin))
    begin += whiteSpaceAt(text, begin);
  while (flags & AtEnd && end > begin && whiteSpaceAt(text, characterBefore(text, end)))
    end = characterBefore(text, end);
  dropsStart |= begin > 0;
  return std::string(text.substr(begin, end - begin));
}

int32_t nmt(int32_t c) {
  if ((c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F)
    return -1;
  const bool space = c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 || (c >= 0x200B && c <= 0x200F) || c == 0x2028 ||
                     c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
  return space ? ' ' : c;
}

int32_t cleaned(int32_t c) {
  if (c == 0 || c == 0xFFFD || (isOther(c) && c != '\t' && c != '\n' && c != '\r'))
    return -1;
  return isWhiteSpace(c) ? ' ' : c;
}

// Hugging Face tokenizers look up a grapheme of up to five bytes, and replace all of it by what its shortest start becomes; else its
// characters one by one.
std::string mappedByGraphemes(const CharacterMap &map, std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    CodePoint last = codePointAt(text, at);
    utf8proc_int32_t state = 0;
    size_t end = at + last.bytes;
    while (end < text.size()) {
      const CodePoint next = codePointAt(text, end);
      if (utf8proc_grapheme_break_stateful(last.value, next.value, &state))
        break;
      last = next;
      end += next.bytes;
    }
    const std::string_view grapheme = text.substr(at, end - at);
    if (const auto found = grapheme.size() < 6 ? map.shortest(grapheme) : CharacterMap::Match(); found.bytes > 0) {
      result += found.text;
      at = end;
    }
    for (uint32_t bytes; at < end; at += bytes) {
      bytes = codePointAt(text, at).bytes;
      const CharacterMap::Match found = map.shortest(text.substr(at, bytes));
      result += found.bytes > 0 ? found.text : text.substr(at, bytes);
    }
  }
  return result;
}

} // namespace

Result<Normalizer> Normalizer::compile(const TokenizerModel &model) {
  Normalizer made;
  for (const NormalizeStep &step : model.normalizers) {
    made.steps.push_back({&step, std::nullopt});
    if (step.kind != NormalizeStep::ReplacePattern)
      continue;
    Result<Pattern> pattern = Pattern::compile(step.from, "pattern of normalizer " + std::to_string(made.steps.size() - 1));
    if (!pattern)
      return pattern.error();
    made.steps.back().pattern = std::move(*pattern);
  }
  if (model.literalsInside)
    for (size_t id = 0; id < model.tokens.size(); ++id)
      if (model.types[id] == TokenType::UserDefined)
        made.inside.add(model.tokens[id], int32_t(id));
  return made;
}

Result<std::string> Normalizer::run(std::string_view text, bool *dropsStart) const {
  std::string ready(text);
  bool drops = false;
  for (const Step &step : steps) {
    Result<std::string> done = runStep(step, std::move(ready), drops);
    if (!done)
      return done;
    ready = std::move(*done);
    // A map from a file may write anything; the steps behind it rely on UTF-8.
    const bool mapped = step.what->kind == NormalizeStep::CharacterMap || step.what->kind == NormalizeStep::SentencePiece;
    if (mapped && !isUtf8(ready))
      ready = repairedUTF8(ready);
  }
  if (dropsStart)
    *dropsStart = drops;
  return ready;
}

Result<std::string> Normalizer::runStep(const Step &step, std::string text, bool &dropsStart) const {
  const NormalizeStep &what = *step.what;
  switch (what.kind) {
  case NormalizeStep::NFC:
  case NormalizeStep::NFD:
  case NormalizeStep::NFKC:
  case NormalizeStep::NFKD:
    return normalForm(std::move(text), what.kind);
  case NormalizeStep::Lowercase:
    return changed(text, appendLower);
  case NormalizeStep::DropMarks:
    return mapped(text, dropsStart,
                  [&](int32_t c) { return (what.flags & NormalizeStep::OnlyNonSpacing ? isNonSpacingMark(c) : isMark(c)) ? -1 : c; });
  case NormalizeStep::Strip:
    return stripped(text, what.flags, dropsStart);
  case NormalizeStep::Prepend:
    return text.empty() ? text : what.to + text;
  case NormalizeStep::Replace:
    dropsStart |= what.to.empty() && text.compare(0, what.from.size(), what.from) == 0;
    return replaced(text, what.from, what.to);
  case NormalizeStep::ReplacePattern: {
    std::vector<Pattern::Match> matches;
    if (Result<void> done = step.pattern->findAll(text, Pattern::Matcher(text.size()), matches); !done)
      return done.error();
    std::string result;
    size_t done = 0;
    for (const Pattern::Match &match : matches) {
      dropsStart |= what.to.empty() && match.begin == 0 && match.end > 0;
      result.append(text, done, match.begin - done).append(what.to);
      done = match.end;
    }
    return result.append(text, done);
  }
  case NormalizeStep::CharacterMap:
    return mappedByGraphemes(CharacterMap(what.from), text);
  case NormalizeStep::Nmt:
    return mapped(text, dropsStart, nmt);
  case NormalizeStep::CleanText:
    return mapped(text, dropsStart, cleaned);
  case NormalizeStep::SpaceChinese:
    return changed(text, [](int32_t c, std::string &to) {
      to += isChinese(c) ? " " : "";
      appendCodePoint(c, to);
      to += isChinese(c) ? " " : "";
    });
  case NormalizeStep::SentencePiece:
    return sentencePiece(what, text);
  }
  return text;
}

// A piece at a time: a user-defined token as it stands, the longest start that the map has, or a character. Spaces at both ends and behind
// spaces go if the model says so.
std::string Normalizer::sentencePiece(const NormalizeStep &step, std::string_view text) const {
  const CharacterMap map(step.from);
  const bool removeExtra = step.flags & NormalizeStep::RemoveExtraSpaces;
  const std::string_view space = step.flags & NormalizeStep::EscapeSpaces ? escapedSpace : " ";
  std::string result;
  bool started = false, afterSpace = removeExtra;
  for (size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    std::string_view piece;
    if (const Trie::Match whole = inside.longest(rest); whole.value >= 0) {
      piece = rest.substr(0, whole.bytes);
      at += whole.bytes;
    } else if (const CharacterMap::Match found = map.longest(rest); found.bytes > 0) {
      piece = found.text;
      at += found.bytes;
    } else {
      piece = rest.substr(0, codePointAt(rest, 0).bytes);
      at += piece.size();
    }
    if (!started && removeExtra && piece == " ")
      continue;
    if (!started && step.flags & NormalizeStep::PrefixSpace)
      result += space;
    started = true;
    while (afterSpace && !piece.empty() && piece[0] == ' ')
      piece.remove_prefix(1);
    for (char byte : piece)
      if (byte == ' ')
        result += space;
      else
        result += byte;
    if (!piece.empty())
      afterSpace = piece.back() == ' ';
    afterSpace &= removeExtra;
  }
  while (removeExtra && result.size() >= space.size() && std::string_view(result).substr(result.size() - space.size()) == space)
    result.resize(result.size() - space.size());
  return result;
}

} // namespace vspec
