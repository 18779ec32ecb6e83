// tokenizer.json writes its patterns for Oniguruma in Ruby syntax; the pre-tokenizer runs PCRE2. They differ in a few places.
//
//   \s        in PCRE2 has U+180E, which is no white space; written out as [\t-\r\x{85}\p{Z}]
//   \w \b     in PCRE2 leave out combining marks and take all numbers; written out
//   \uHHHH    is \x{HHHH} in PCRE2
//   \h, [a[b]], [a&&b], (?m), (?x), (*, {n}+   mean something else in PCRE2; refused
#ifndef VSPEC_LIB_TOKENIZER_PATTERNDIALECT_H
#define VSPEC_LIB_TOKENIZER_PATTERNDIALECT_H
#include "vspec/Support/Result.h"
#include <string>
#include <string_view>

namespace vspec {

/// The PCRE2 pattern that matches what `pattern` does in Oniguruma, or why there is none.
Result<std::string> patternFromOniguruma(std::string_view pattern);

/// The PCRE2 pattern that matches `text` itself.
std::string patternOfText(std::string_view text);

} // namespace vspec
#endif
