#include "lib/Tokenizer/CharacterClass.h"
#include "lib/Tokenizer/UTF8.h"
#include <utf8proc.h>

namespace vspec {

const std::string_view wordClass =
    R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{200c}\x{200d}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189})";
const std::string_view whiteSpaceClass = R"(\t-\r\x{85}\p{Z})";
const std::string_view punctuationClass = R"(\p{P}$+<=>^`|~)";

CodePoint codePointAt(std::string_view text, size_t at) {
  const Character character = characterAt(text, at);
  if (character.form != Character::Whole)
    return {0xFFFD, character.bytes};
  const uint8_t lead = uint8_t(text[at]);
  auto next = [&](size_t i) { return int32_t(uint8_t(text[at + i]) & 0x3F); };
  if (lead < 0x80)
    return {lead, 1};
  if (lead < 0xE0)
    return {(lead & 0x1F) << 6 | next(1), 2};
  if (lead < 0xF0)
    return {(lead & 0xF) << 12 | next(1) << 6 | next(2), 3};
  return {(lead & 7) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4};
}

size_t characterBefore(std::string_view text, size_t end) {
  do
    --end;
  while (end > 0 && (uint8_t(text[end]) & 0xC0) == 0x80);
  return end;
}

void appendCodePoint(int32_t character, std::string &to) {
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t count = utf8proc_encode_char(character, bytes);
  to.append(reinterpret_cast<const char *>(bytes), size_t(count));
}

bool isNonSpacingMark(int32_t character) { return utf8proc_category(character) == UTF8PROC_CATEGORY_MN; }

bool isMark(int32_t character) {
  const utf8proc_category_t category = utf8proc_category(character);
  return category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME;
}

bool isOther(int32_t character) {
  const utf8proc_category_t category = utf8proc_category(character);
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF || category == UTF8PROC_CATEGORY_CO;
}

bool isWordCharacter(int32_t character) {
  const utf8proc_category_t category = utf8proc_category(character);
  if ((category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NL) || category == UTF8PROC_CATEGORY_PC)
    return true; // L, M, Nd, Nl
  auto within = [&](int32_t low, int32_t high) { return character >= low && character <= high; };
  return within(0x200C, 0x200D) || within(0x24B6, 0x24E9) || within(0x1F130, 0x1F149) || within(0x1F150, 0x1F169) ||
         within(0x1F170, 0x1F189);
}

bool isChinese(int32_t character) {
  auto within = [&](int32_t low, int32_t high) { return character >= low && character <= high; };
  return within(0x4E00, 0x9FFF) || within(0x3400, 0x4DBF) || within(0x20000, 0x2A6DF) || within(0x2A700, 0x2B73F) ||
         within(0x2B740, 0x2B81F) || within(0x2B920, 0x2CEAF) || within(0xF900, 0xFAFF) || within(0x2F800, 0x2FA1F);
}

bool isWhiteSpace(int32_t character) {
  if (character < 0x80)
    return character == ' ' || (character >= '\t' && character <= '\r');
  const utf8proc_category_t category = utf8proc_category(character);
  return character == 0x85 || (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP);
}

} // namespace vspec
