#include "lib/Tokenizer/UTF8.h"

namespace vspec {

Character characterAt(std::string_view text, size_t at) {
  auto byte = [&](size_t i) { return uint8_t(text[at + i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80)
    return {Character::Whole, 1};
  if (lead < 0xC2 || lead > 0xF4)
    return {Character::Broken, 1};
  const uint32_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte excludes long forms, surrogates and numbers above U+10FFFF.
  const uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (uint32_t i = 1; i < bytes; ++i) {
    if (at + i >= text.size())
      return {Character::Cut, i};
    if (byte(i) < (i == 1 ? low : 0x80) || byte(i) > (i == 1 ? high : 0xBF))
      return {Character::Broken, i};
  }
  return {Character::Whole, bytes};
}

std::string repairedUTF8(std::string_view text) {
  std::string repaired;
  repaired.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const Character character = characterAt(text, at);
    repaired += character.form == Character::Whole ? text.substr(at, character.bytes) : replacementCharacter;
    at += character.bytes;
  }
  return repaired;
}

size_t whiteSpaceAt(std::string_view text, size_t at) {
  auto byte = [&](size_t i) { return at + i < text.size() ? uint8_t(text[at + i]) : 0; };
  const uint8_t a = byte(0), b = byte(1), c = byte(2);
  if (a == ' ' || (a >= '\t' && a <= '\r'))
    return 1;
  if (a == 0xC2)
    return b == 0x85 || b == 0xA0 ? 2 : 0; // U+0085, U+00A0
  if (a == 0xE1 && b == 0x9A && c == 0x80)
    return 3; // U+1680
  if (a == 0xE2 && b == 0x80)
    return (c >= 0x80 && c <= 0x8A) || c == 0xA8 || c == 0xA9 || c == 0xAF ? 3 : 0; // U+2000..200A, U+2028, U+2029, U+202F
  if ((a == 0xE2 && b == 0x81 && c == 0x9F) || (a == 0xE3 && b == 0x80 && c == 0x80))
    return 3; // U+205F, U+3000
  return 0;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  result.reserve(text.size());
  for (size_t at = 0;;) {
    const size_t next = text.find(from, at);
    result += text.substr(at, next == text.npos ? text.npos : next - at);
    if (next == text.npos)
      return result;
    result += to;
    at = next + from.size();
  }
}

} // namespace vspec
