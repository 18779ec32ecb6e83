// What characters are, as the tokenizers that are published ask. The tables are utf8proc's.
#ifndef VSPEC_LIB_TOKENIZER_CHARACTERCLASS_H
#define VSPEC_LIB_TOKENIZER_CHARACTERCLASS_H
#include <cstdint>
#include <string>
#include <string_view>

namespace vspec {

struct CodePoint {
  int32_t value;
  uint32_t bytes;
};

/// The character at `at`, which is inside `text`; U+FFFD for what is none.
CodePoint codePointAt(std::string_view text, size_t at);
/// Where the character before `end` starts.
size_t characterBefore(std::string_view text, size_t end);
void appendCodePoint(int32_t character, std::string &to);

bool isMark(int32_t character);           // category M
bool isNonSpacingMark(int32_t character); // Mn
bool isOther(int32_t character);          // Cc, Cf, Co: not what is not assigned
bool isWordCharacter(int32_t character);  // \w of Unicode's regular expressions: Alphabetic, M, Nd, Pc, joiners
bool isChinese(int32_t character);        // as BERT has it
bool isWhiteSpace(int32_t character);

/// The classes above for PCRE2, within brackets.
extern const std::string_view wordClass, whiteSpaceClass, punctuationClass;

} // namespace vspec
#endif
