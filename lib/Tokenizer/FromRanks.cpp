// tiktoken merges the two neighbours that together make the token of the lowest rank. So every way to make a token of two is a merge, and
// all that make the same token have its rank.
#include "lib/Tokenizer/Base64.h"
#include "lib/Tokenizer/FromFolder.h"
#include "lib/Tokenizer/PatternDialect.h"
#include "lib/Tokenizer/PublishedPreTokenizers.h"
#include "vspec/Support/Quote.h"
#include <unordered_map>

namespace vspec {

constexpr size_t mostRankBytes = 4096; // a longer token would be cut in too many ways

Result<TokenizerModel> fromRanks(std::string_view lines, const std::string &file) {
  TokenizerModel model;
  for (size_t at = 0, end; at < lines.size(); at = end + 1) {
    end = std::min(lines.find('\n', at), lines.size());
    const std::string_view line = lines.substr(at, end - at);
    if (line.empty())
      continue;
    const size_t space = line.find(' ');
    std::optional<std::string> token = fromBase64(line.substr(0, space));
    if (space == line.npos || !token || token->empty() || line.substr(space + 1) != std::to_string(model.tokens.size()))
      return Error{file + ": line " + std::to_string(model.tokens.size() + 1) + " is " + quote(line) +
                   ", expected a token in base 64 and " + std::to_string(model.tokens.size())};
    if (token->size() > mostRankBytes)
      return Error{file + ": line " + std::to_string(model.tokens.size() + 1) + " has a token of " + std::to_string(token->size()) +
                   " bytes, but at most " + std::to_string(mostRankBytes) + " are expected"};
    model.tokens.push_back(std::move(*token));
  }
  model.types.assign(model.tokens.size(), TokenType::Normal);
  std::unordered_map<std::string_view, int32_t> ids;
  for (size_t id = 0; id < model.tokens.size(); ++id)
    ids.emplace(model.tokens[id], int32_t(id));
  for (size_t id = 0; id < model.tokens.size(); ++id) {
    const std::string_view token = model.tokens[id];
    for (size_t cut = 1; cut < token.size(); ++cut) {
      const auto left = ids.find(token.substr(0, cut)), right = ids.find(token.substr(cut));
      if (left != ids.end() && right != ids.end())
        model.merges.push_back({left->second, right->second, int32_t(id)});
    }
  }
  model.rankByResult = model.wholeWordFirst = true;
  // The ranks do not say how text is cut; those that are published alone are Llama 3's.
  for (std::string_view pattern : publishedPreTokenizer("llama3")->patterns) {
    Result<std::string> translated = patternFromOniguruma(pattern);
    if (!translated)
      return Error{file + ": " + translated.error().message};
    model.splits.push_back({*translated});
  }
  return model;
}

} // namespace vspec
