#include "lib/Tokenizer/EndTokens.h"
#include <algorithm>
#include <set>

namespace vspec {

static constexpr std::string_view endNames[] = {
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|flush|>",
    "<|calls|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "</s>",
    "<|eom_id|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "[EOS]",
    "<|end_of_text|>",
    "<end_of_utterance>",
    "<eos>",
    "<turn|>",
    "<|tool_response>",
    "<\xef\xbd\x9c"
    "end\xe2\x96\x81of\xe2\x96\x81sentence\xef\xbd\x9c>", // DeepSeek: full-width bars, U+2581
    "[e~[",
    // Padding and separators of repositories in code models: what follows is another file.
    "<|fim_pad|>",
    "<fim-pad>",
    "<fim_pad>",
    "<PAD>",
    "[PAD]",
    "<|fim_repo|>",
    "<|repo_name|>",
    "<fim-repo>",
    "<REPO>",
    "<reponame>",
    "<|file_sep|>",
};

bool isEndTokenName(std::string_view text) { return std::find(std::begin(endNames), std::end(endNames), text) != std::end(endNames); }

void findEndTokens(TokenizerModel &model, const std::vector<int32_t> &declared) {
  std::set<int32_t> ends(declared.begin(), declared.end());
  ends.erase(-1);
  auto named = [&](std::string_view text) {
    for (size_t id = 0; id < model.tokens.size(); ++id)
      if (model.tokens[id] == text && (model.types[id] == TokenType::Control || model.types[id] == TokenType::UserDefined))
        return int32_t(id);
    return -1;
  };
  for (size_t id = 0; id < model.tokens.size(); ++id)
    if ((model.types[id] == TokenType::Control || model.types[id] == TokenType::UserDefined) && isEndTokenName(model.tokens[id]))
      ends.insert(int32_t(id));

  const bool harmony = named("<|return|>") >= 0 && named("<|call|>") >= 0;
  const bool solar = named("<|calls|>") >= 0 && named("<|flush|>") >= 0;
  if (harmony || solar)
    ends.erase(named("<|end|>"));
  if (named("<|tool_response>") >= 0)
    ends.erase(named("</s>"));
  model.endTokens.assign(ends.begin(), ends.end());
}

} // namespace vspec
