// What a tokenizer.json adds to the ids of a text.
#ifndef VSPEC_LIB_TOKENIZER_HUGGINGFACEPOSTPROCESSOR_H
#define VSPEC_LIB_TOKENIZER_HUGGINGFACEPOSTPROCESSOR_H
#include "vspec/Support/Json.h"

namespace vspec {

/// What the post-processor puts before and after a text; -1: nothing.
struct AddedTokens {
  int32_t before = -1, after = -1;
};
Result<AddedTokens> readPostProcessor(const Json &tokenizer);

} // namespace vspec
#endif
