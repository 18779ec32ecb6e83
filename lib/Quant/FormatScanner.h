// The words of a format's text: tokens, numbers, number types, and errors that name the position.
#ifndef VSPEC_LIB_QUANT_FORMATSCANNER_H
#define VSPEC_LIB_QUANT_FORMATSCANNER_H
#include "vspec/Quant/Format.h"
#include "vspec/Support/Quote.h"

namespace vspec {

constexpr int64_t mostColumns = int64_t(1) << 31; // of a group or block

/// Each function skips spaces, takes what it is named after, and returns whether that was there. `failure` says why not.
class FormatScanner {
public:
  explicit FormatScanner(std::string_view text) : text(text) {}
  std::string_view text;
  size_t at = 0;
  std::string failure;

  size_t skipSpace() {
    while (at < text.size() && text[at] == ' ')
      ++at;
    return at;
  }

  bool fail(const std::string &why) {
    std::string_view rest = at < text.size() ? text.substr(at, 12) : std::string_view();
    failure = "position " + std::to_string(at + 1) + (rest.empty() ? " (the end)" : " (" + quote(rest) + ")") + ": " + why;
    return false;
  }

  bool accept(std::string_view token) {
    if (text.substr(skipSpace(), token.size()) != token)
      return false;
    at += token.size();
    return true;
  }
  bool expect(std::string_view token) { return accept(token) || fail("expected '" + std::string(token) + "'"); }

  /// A decimal number from least to most.
  bool number(int64_t least, int64_t most, int64_t &value) {
    size_t start = skipSpace();
    value = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && value <= mostColumns)
      value = value * 10 + (text[at++] - '0');
    if (at > start && value >= least && value <= most)
      return true;
    at = start;
    return fail("expected a number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  bool number(int64_t least, int64_t most, unsigned &value) {
    int64_t wide;
    if (!number(least, most, wide))
      return false;
    value = unsigned(wide);
    return true;
  }

  bool numberType(NumberType &type) {
    for (NumberType plain : {NumberType{Number::F32, 32}, NumberType{Number::F16, 16}, NumberType{Number::BF16, 16},
                             NumberType{Number::E8M0, 8}, NumberType{Number::E4M3, 8}})
      if (accept(plain.text()))
        return type = plain, true;
    bool isUnsigned = accept("uint"); // one bit has no sign
    if (!isUnsigned && !accept("int"))
      return fail("expected f32, f16, bf16, e8m0, e4m3, int{bits} or uint{bits}");
    type.number = isUnsigned ? Number::UInt : Number::Int;
    return expect("{") && number(isUnsigned ? 1 : 2, 8, type.bits) && expect("}");
  }
};

} // namespace vspec
#endif
