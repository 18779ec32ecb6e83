// GPT-2's alphabet: a visible character for each byte, so that a vocabulary of byte strings can be written as text. Bytes that are visible
// Latin-1 stand for themselves, the other 68 get U+0100 and up in ascending order: a space is U+0120.
#ifndef VSPEC_LIB_TOKENIZER_BYTEALPHABET_H
#define VSPEC_LIB_TOKENIZER_BYTEALPHABET_H
#include <optional>
#include <string>
#include <string_view>

namespace vspec {

/// The characters of `bytes`.
std::string toByteAlphabet(std::string_view bytes);

/// The bytes of `text`; nothing if one of its characters is not in the alphabet.
std::optional<std::string> fromByteAlphabet(std::string_view text);

/// The byte that "<0x0A>" names, SentencePiece's spelling of a byte token; nothing of another text.
std::optional<std::string> fromByteName(std::string_view text);

} // namespace vspec
#endif
