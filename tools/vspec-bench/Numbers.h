// Numbers as the reports write them.
#ifndef VSPEC_TOOLS_VSPECBENCH_NUMBERS_H
#define VSPEC_TOOLS_VSPECBENCH_NUMBERS_H
#include <string>

namespace vspec {

std::string fixedNumber(double value, int digits);
/// About three digits: 1.23, 45.6, 789, 12345.
std::string shortNumber(double value);
/// 0.456 is "45.6 %".
std::string percentNumber(double share);
/// Text for HTML and SVG: < > & " are spelled.
std::string escapeMarkup(const std::string &text);

} // namespace vspec
#endif
