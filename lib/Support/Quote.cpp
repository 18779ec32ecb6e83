// Decides what of a file's text may stand in a message as it is.
#include "vspec/Support/Quote.h"
#include <cstdint>

using namespace vspec;

/// The length of the well-formed sequence that `text` starts with, 0 if there is none (Unicode 15, table 3-7).
static size_t sequenceLength(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? uint8_t(text[i]) : 0; };
  auto continues = [&](size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xBF; };
  uint8_t lead = byte(0);
  if (lead < 0x80)
    return text.empty() ? 0 : 1;
  if (lead >= 0xC2 && lead <= 0xDF)
    return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    bool overlong = lead == 0xE0 && byte(1) < 0xA0, surrogate = lead == 0xED && byte(1) > 0x9F;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    bool overlong = lead == 0xF0 && byte(1) < 0x90, tooLarge = lead == 0xF4 && byte(1) > 0x8F;
    return continues(1) && continues(2) && continues(3) && !overlong && !tooLarge ? 4 : 0;
  }
  return 0;
}

size_t vspec::validUtf8(std::string_view text) {
  size_t valid = 0;
  while (valid < text.size())
    if (size_t length = sequenceLength(text.substr(valid)))
      valid += length;
    else
      break;
  return valid;
}

std::string vspec::quote(std::string_view name) {
  constexpr size_t longest = 100;
  std::string quoted = "'";
  size_t i = 0;
  while (i < name.size() && i < longest) {
    size_t length = sequenceLength(name.substr(i));
    uint8_t lead = uint8_t(name[i]);
    if (length > 1 || (length == 1 && lead >= 0x20 && lead != 0x7F && lead != '\'' && lead != '\\')) {
      quoted += name.substr(i, length);
      i += length;
    } else {
      constexpr char digits[] = "0123456789abcdef";
      quoted += {'\\', 'x', digits[lead >> 4], digits[lead & 15]};
      ++i;
    }
  }
  return quoted + (i < name.size() ? "...'" : "'");
}
