// Properties of characters come from utf8proc. Cases are simple ones, one character for one, and the sharp s.
#include "Unicode.h"
#include <cstring>
#include <utf8proc.h>

namespace vspec::chat {

char32_t nextCharacter(std::string_view text, size_t &at) {
  auto lead = static_cast<unsigned char>(text[at++]);
  if (lead < 0x80)
    return lead;
  const unsigned more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  char32_t character = lead & (0x3F >> more);
  for (unsigned i = 0; i < more && at < text.size(); ++i)
    character = character << 6 | (static_cast<unsigned char>(text[at++]) & 0x3F);
  return character;
}

size_t previousStart(std::string_view text, size_t at) {
  do
    --at;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  return at;
}

void appendCharacter(std::string &text, char32_t character) {
  if (character < 0x80) {
    text += char(character);
    return;
  }
  unsigned char bytes[4];
  const auto count = utf8proc_encode_char(utf8proc_int32_t(character), bytes);
  text.append(reinterpret_cast<const char *>(bytes), size_t(count));
}

size_t characterCount(std::string_view text) {
  size_t count = 0;
  for (char byte : text)
    count += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  return count;
}

size_t characterOffset(std::string_view text, size_t index) {
  size_t at = 0;
  for (; index > 0 && at < text.size(); --index)
    do
      ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
  return at;
}

static int category(char32_t character) { return utf8proc_category(utf8proc_int32_t(character)); }

bool isSpace(char32_t character) {
  if (character < 0x80)
    return (character >= 9 && character <= 13) || (character >= 28 && character <= 32);
  return character == 0x85 || character == 0xA0 || character == 0x1680 || (character >= 0x2000 && character <= 0x200A) ||
         character == 0x2028 || character == 0x2029 || character == 0x202F || character == 0x205F || character == 0x3000;
}

bool isPrintable(char32_t character) {
  if (character == ' ')
    return true;
  switch (category(character)) {
  case UTF8PROC_CATEGORY_CN:
  case UTF8PROC_CATEGORY_CC:
  case UTF8PROC_CATEGORY_CF:
  case UTF8PROC_CATEGORY_CS:
  case UTF8PROC_CATEGORY_CO:
  case UTF8PROC_CATEGORY_ZS:
  case UTF8PROC_CATEGORY_ZL:
  case UTF8PROC_CATEGORY_ZP:
    return false;
  default:
    return true;
  }
}

bool isUpper(char32_t character) { return category(character) == UTF8PROC_CATEGORY_LU; }
bool isLower(char32_t character) { return category(character) == UTF8PROC_CATEGORY_LL; }
bool isDigit(char32_t character) { return category(character) == UTF8PROC_CATEGORY_ND; }

bool isLetter(char32_t character) {
  const int found = category(character);
  return found >= UTF8PROC_CATEGORY_LU && found <= UTF8PROC_CATEGORY_LO;
}

std::string upper(std::string_view text) {
  std::string made;
  for (size_t at = 0; at < text.size();) {
    const char32_t character = nextCharacter(text, at);
    if (character == 0xDF)
      made += "SS";
    else
      appendCharacter(made, char32_t(utf8proc_toupper(utf8proc_int32_t(character))));
  }
  return made;
}

std::string lower(std::string_view text) {
  std::string made;
  for (size_t at = 0; at < text.size();)
    appendCharacter(made, char32_t(utf8proc_tolower(utf8proc_int32_t(nextCharacter(text, at)))));
  return made;
}

template <typename Drop> static std::string_view dropLeft(std::string_view text, Drop drop) {
  for (size_t at = 0, next = 0; at < text.size(); at = next)
    if (!drop(nextCharacter(text, next)))
      return text.substr(at);
  return {};
}

template <typename Drop> static std::string_view dropRight(std::string_view text, Drop drop) {
  while (!text.empty()) {
    size_t start = previousStart(text, text.size()), at = start;
    if (!drop(nextCharacter(text, at)))
      break;
    text = text.substr(0, start);
  }
  return text;
}

static auto among(std::string_view characters) {
  return [characters](char32_t wanted) {
    for (size_t at = 0; at < characters.size();)
      if (nextCharacter(characters, at) == wanted)
        return true;
    return false;
  };
}

std::string_view stripLeft(std::string_view text) { return dropLeft(text, isSpace); }
std::string_view stripRight(std::string_view text) { return dropRight(text, isSpace); }
std::string_view stripLeft(std::string_view text, std::string_view characters) { return dropLeft(text, among(characters)); }
std::string_view stripRight(std::string_view text, std::string_view characters) { return dropRight(text, among(characters)); }

size_t find(std::string_view text, std::string_view part, size_t from) {
  if (from > text.size())
    return std::string_view::npos;
  if (part.empty())
    return from;
  const void *found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
  return found ? size_t(static_cast<const char *>(found) - text.data()) : std::string_view::npos;
}

} // namespace vspec::chat
