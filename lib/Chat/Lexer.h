// A template's text as tokens: literal text with the white space already controlled, and the tokens between {{ }} and {% %}.
#ifndef VSPEC_LIB_CHAT_LEXER_H
#define VSPEC_LIB_CHAT_LEXER_H
#include "vspec/Support/Result.h"
#include <cstdint>
#include <string_view>
#include <vector>

namespace vspec::chat {

struct Token {
  enum class Kind : uint8_t { Data, VariableBegin, VariableEnd, BlockBegin, BlockEnd, Name, String, Integer, Float, Operator, End };
  Kind kind;
  uint32_t line;
  std::string text; // of Data, Name, Operator; of a String its value
  int64_t integer = 0;
  double number = 0;

  bool is(Kind wanted, std::string_view spelling) const { return kind == wanted && text == spelling; }
};

/// The last token is End. `text` is well-formed UTF-8; an error starts with "<name>:<line>: ".
Result<std::vector<Token>> tokenize(std::string_view text, const std::string &name);

/// As a message calls it: "'endif'", "the end of the block".
std::string describe(const Token &token);

} // namespace vspec::chat
#endif
