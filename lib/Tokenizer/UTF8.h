// Walks UTF-8 that may be broken.
#ifndef VSPEC_LIB_TOKENIZER_UTF8_H
#define VSPEC_LIB_TOKENIZER_UTF8_H
#include <cstdint>
#include <string>
#include <string_view>

namespace vspec {

struct Character {
  enum Form { Whole, Broken, Cut } form; // Cut: the text ends within what may still become a character
  uint32_t bytes;                        // Broken, Cut: the longest part that could start a character, at least 1
};

/// The character at `at`, which is inside `text`.
Character characterAt(std::string_view text, size_t at);

/// U+FFFD for each part that is not UTF-8.
std::string repairedUTF8(std::string_view text);

/// The bytes of the white space character (Unicode White_Space) at `at`; 0 if there is none.
size_t whiteSpaceAt(std::string_view text, size_t at);

constexpr std::string_view replacementCharacter = "\xef\xbf\xbd";
constexpr std::string_view escapedSpace = "\xe2\x96\x81"; // U+2581, how SentencePiece writes a space

/// Replaces every `from` by `to`.
std::string replaced(std::string_view text, std::string_view from, std::string_view to);

} // namespace vspec
#endif
