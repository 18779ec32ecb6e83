#include "lib/Tokenizer/ByteAlphabet.h"
#include "lib/Tokenizer/UTF8.h"
#include <array>

namespace vspec {
namespace {

struct Alphabet {
  std::array<uint16_t, 256> characterOf;
  std::array<int16_t, 0x144> byteOf; // -1: not in the alphabet

  Alphabet() {
    byteOf.fill(-1);
    uint16_t next = 0x100;
    for (int byte = 0; byte < 256; ++byte) {
      const bool visible = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
      characterOf[byte] = visible ? byte : next++;
      byteOf[characterOf[byte]] = byte;
    }
  }
};

const Alphabet &alphabet() {
  static const Alphabet made;
  return made;
}

} // namespace

std::string toByteAlphabet(std::string_view bytes) {
  std::string text;
  for (char byte : bytes) {
    const uint16_t character = alphabet().characterOf[uint8_t(byte)];
    if (character < 0x80) {
      text += char(character);
    } else {
      text += char(0xC0 | character >> 6);
      text += char(0x80 | (character & 0x3F));
    }
  }
  return text;
}

std::optional<std::string> fromByteAlphabet(std::string_view text) {
  std::string bytes;
  for (size_t at = 0; at < text.size();) {
    const Character character = characterAt(text, at);
    if (character.form != Character::Whole || character.bytes > 2)
      return std::nullopt;
    const uint32_t code = character.bytes == 1 ? uint8_t(text[at]) : (uint8_t(text[at]) & 0x1Fu) << 6 | (uint8_t(text[at + 1]) & 0x3Fu);
    if (code >= alphabet().byteOf.size() || alphabet().byteOf[code] < 0)
      return std::nullopt;
    bytes += char(alphabet().byteOf[code]);
    at += character.bytes;
  }
  return bytes;
}

std::optional<std::string> fromByteName(std::string_view text) {
  if (text.size() != 6 || text.substr(0, 3) != "<0x" || text[5] != '>')
    return std::nullopt;
  uint32_t value = 0;
  for (char digit : text.substr(3, 2)) {
    const bool letter = (digit >= 'A' && digit <= 'F') || (digit >= 'a' && digit <= 'f');
    if (!letter && (digit < '0' || digit > '9'))
      return std::nullopt;
    value = value * 16 + (letter ? uint32_t(digit & 7) + 9 : uint32_t(digit - '0'));
  }
  return std::string(1, char(value));
}

} // namespace vspec
