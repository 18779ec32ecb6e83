// Bytes that a text file holds as letters.
#ifndef VSPEC_LIB_TOKENIZER_BASE64_H
#define VSPEC_LIB_TOKENIZER_BASE64_H
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vspec {

/// The bytes of `text`, with or without padding; nothing if it has other characters or a length that none has.
std::optional<std::string> fromBase64(std::string_view text);

} // namespace vspec
#endif
