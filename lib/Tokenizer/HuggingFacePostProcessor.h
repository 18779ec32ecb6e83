// What a tokenizer.json adds to the ids of a text.
#ifndef VSPEC_LIB_TOKENIZER_HUGGINGFACEPOSTPROCESSOR_H
#define VSPEC_LIB_TOKENIZER_HUGGINGFACEPOSTPROCESSOR_H
#include "vspec/Support/Json.h"
#include <vector>

namespace vspec {

/// What the post-processor puts before and after a text.
struct AddedTokens {
  std::vector<int32_t> before, after;
};
Result<AddedTokens> readPostProcessor(const Json &tokenizer);

} // namespace vspec
#endif
