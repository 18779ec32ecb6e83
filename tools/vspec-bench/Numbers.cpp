#include "Numbers.h"
#include <cmath>
#include <cstdio>

namespace vspec {

std::string fixedNumber(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, value);
  return text;
}

std::string shortNumber(double value) {
  const double size = std::fabs(value);
  return fixedNumber(value, size < 9.995 ? 2 : size < 999.5 ? 1 : 0);
}

std::string percentNumber(double share) { return fixedNumber(100 * share, 1) + " %"; }

std::string escapeMarkup(const std::string &text) {
  std::string escaped;
  for (char c : text)
    switch (c) {
    case '<':
      escaped += "&lt;";
      break;
    case '>':
      escaped += "&gt;";
      break;
    case '&':
      escaped += "&amp;";
      break;
    case '"':
      escaped += "&quot;";
      break;
    default:
      escaped += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  return escaped;
}

} // namespace vspec
