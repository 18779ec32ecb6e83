#include "lib/Tokenizer/Base64.h"

namespace vspec {

std::optional<std::string> fromBase64(std::string_view text) {
  static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (int padding = 0; padding < 2 && !text.empty() && text.back() == '='; ++padding)
    text.remove_suffix(1);
  if (text.size() % 4 == 1)
    return std::nullopt;
  std::string bytes;
  uint32_t bits = 0, count = 0;
  for (char digit : text) {
    const size_t value = digits.find(digit);
    if (value == digits.npos)
      return std::nullopt;
    bits = (bits << 6 | uint32_t(value)) & 0xFFFF;
    count += 6;
    if (count >= 8)
      bytes += char(bits >> (count -= 8) & 0xFF);
  }
  return bytes;
}

} // namespace vspec
