// Text from files in messages. A name out of a hostile file may hold anything; a message stays one printable line.
#ifndef VSPEC_SUPPORT_QUOTE_H
#define VSPEC_SUPPORT_QUOTE_H
#include <string>
#include <string_view>

namespace vspec {

/// How many bytes of `text` are well-formed UTF-8 from its start: no overlong forms, no surrogates, at most U+10FFFF.
size_t validUtf8(std::string_view text);

inline bool isUtf8(std::string_view text) { return validUtf8(text) == text.size(); }

/// 'name' in single quotes. Control bytes, quotes, backslashes and ill-formed UTF-8 become \xNN; what follows the first 100
/// bytes becomes "...".
std::string quote(std::string_view name);

} // namespace vspec
#endif
