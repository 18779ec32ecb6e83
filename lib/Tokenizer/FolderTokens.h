// The tokens that a Hugging Face folder without tokenizer.json adds to its vocabulary: added_tokens_decoder of tokenizer_config.json,
// added_tokens.json and special_tokens_map.json.
#ifndef VSPEC_LIB_TOKENIZER_FOLDERTOKENS_H
#define VSPEC_LIB_TOKENIZER_FOLDERTOKENS_H
#include "vspec/Checkpoint/Checkpoint.h"
#include <map>

namespace vspec {

struct FolderToken {
  std::string content;
  bool special = false, leftStrip = false, rightStrip = false, singleWord = false, normalized = false;
};

/// By id.
Result<std::map<int64_t, FolderToken>> folderTokens(const Checkpoint &checkpoint);

/// "text" in JSON.
std::string jsonString(std::string_view text);

} // namespace vspec
#endif
