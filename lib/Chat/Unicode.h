// Characters of UTF-8 text as Python's str sees them. All text here is well-formed.
#ifndef VSPEC_LIB_CHAT_UNICODE_H
#define VSPEC_LIB_CHAT_UNICODE_H
#include <cstddef>
#include <string>
#include <string_view>

namespace vspec::chat {

/// The character at `at`, which moves behind it.
char32_t nextCharacter(std::string_view text, size_t &at);
/// Where the character before `at` starts.
size_t previousStart(std::string_view text, size_t at);
void appendCharacter(std::string &text, char32_t character);
size_t characterCount(std::string_view text);
/// The byte at which character `index` starts; the size of the text if there are no more.
size_t characterOffset(std::string_view text, size_t index);

bool isSpace(char32_t character);
bool isPrintable(char32_t character); // as repr() decides
bool isLetter(char32_t character);
bool isDigit(char32_t character); // a decimal digit
bool isUpper(char32_t character);
bool isLower(char32_t character);

std::string upper(std::string_view text);
std::string lower(std::string_view text);

std::string_view stripLeft(std::string_view text);
std::string_view stripRight(std::string_view text);
/// The same for a set of characters.
std::string_view stripLeft(std::string_view text, std::string_view characters);
std::string_view stripRight(std::string_view text, std::string_view characters);

/// Where `part` first occurs at or behind `from`, in time linear in the text; npos if nowhere.
size_t find(std::string_view text, std::string_view part, size_t from = 0);

} // namespace vspec::chat
#endif
