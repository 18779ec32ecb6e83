#include "lib/Tokenizer/FromFolder.h"
#include "lib/Tokenizer/EndTokens.h"
#include "lib/Tokenizer/FolderTokens.h"
#include "lib/Tokenizer/PublishedPreTokenizers.h"
#include "vspec/Support/Quote.h"
#include "vspec/Tokenizer/FromHuggingFace.h"
#include "vspec/Tokenizer/FromSentencePiece.h"
#include <algorithm>

namespace vspec {
namespace {

constexpr int64_t mostUnusedIds = 65536;

Result<void> addTokens(const std::map<int64_t, FolderToken> &added, const std::string &folder, TokenizerModel &model) {
  const int64_t count = int64_t(model.tokens.size() + added.size());
  for (const auto &[id, token] : added) {
    if (id < 0 || id >= count + mostUnusedIds || token.content.empty())
      return Error{folder + ": adds the token " + quote(token.content) + " with id " + std::to_string(id) + ", but 0 to " +
                   std::to_string(count + mostUnusedIds - 1) + " are expected"};
    if (size_t(id) >= model.tokens.size()) {
      model.tokens.resize(size_t(id) + 1);
      model.types.resize(size_t(id) + 1, TokenType::Unused);
      if (!model.scores.empty())
        model.scores.resize(size_t(id) + 1, notAPiece);
    }
    const bool known = model.types[size_t(id)] != TokenType::Unused;
    if (known && model.tokens[size_t(id)] != token.content)
      return Error{folder + ": adds the token " + quote(token.content) + " with id " + std::to_string(id) + ", but the vocabulary has " +
                   quote(model.tokens[size_t(id)]) + " there"};
    model.tokens[size_t(id)] = token.content;
    if (!known || model.types[size_t(id)] == TokenType::Normal)
      model.types[size_t(id)] = token.special ? TokenType::Control : TokenType::UserDefined;
    const int flags = (token.leftStrip ? StripLeft : 0) | (token.rightStrip ? StripRight : 0) | (token.singleWord ? SingleWord : 0);
    model.literals.resize(std::max(model.literals.size(), size_t(id) + 1));
    model.literals[size_t(id)] = uint8_t(flags);
  }
  if (!model.literals.empty())
    model.literals.resize(model.tokens.size());
  return {};
}

// Which token of the vocabulary `key` of the config names; `otherwise` if it does not say.
Result<int32_t> configToken(const std::optional<Json> &config, std::string_view key, const TokenizerModel &model, int32_t otherwise) {
  std::optional<Json> token = config ? config->find(key) : std::nullopt;
  if (token && token->isObject())
    token = token->find("content");
  if (!token || token->isNull())
    return otherwise;
  Result<std::string_view> text = token->string();
  if (!text)
    return text.error();
  const auto found = std::find(model.tokens.begin(), model.tokens.end(), *text);
  if (found == model.tokens.end())
    return token->error("is " + quote(*text) + ", which is not a token");
  return int32_t(found - model.tokens.begin());
}

// What stands around a text. These classes say so in code: T5's end it, the others start it.
Result<void> addSpecial(const Checkpoint &checkpoint, const std::optional<Json> &config, TokenizerModel &model) {
  Result<int32_t> bos = configToken(config, "bos_token", model, model.bos), eos = configToken(config, "eos_token", model, model.eos);
  if (!bos)
    return bos.error();
  if (!eos)
    return eos.error();
  model.bos = *bos;
  model.eos = *eos;
  Result<std::string_view> name = checkpoint.config().stringOr("model_type", "");
  if (!name)
    return name.error();
  const bool t5 = *name == "t5" || *name == "mt5" || *name == "umt5";
  Result<bool> addBos = !t5, addEos = t5;
  if (config) {
    addBos = config->booleanOr("add_bos_token", *addBos);
    addEos = config->booleanOr("add_eos_token", *addEos);
  }
  if (!addBos)
    return addBos.error();
  if (!addEos)
    return addEos.error();
  if (*addBos && model.bos >= 0)
    model.before = {model.bos};
  if (*addEos && model.eos >= 0)
    model.after = {model.eos};
  return {};
}

Result<TokenizerModel> ofModelFile(const Checkpoint &checkpoint, std::string_view bytes, const std::optional<Json> &config,
                                   const std::vector<int32_t> &endTokens) {
  const std::string file = checkpoint.path() + "/tokenizer.model";
  // A protobuf starts with the tag of its first piece, a line break; base 64 has none.
  Result<TokenizerModel> model = !bytes.empty() && bytes[0] == '\n' ? fromSentencePiece(bytes, file) : fromRanks(bytes, file);
  if (!model)
    return model;
  Result<std::map<int64_t, FolderToken>> added = folderTokens(checkpoint);
  if (!added)
    return added.error();
  if (Result<void> done = addTokens(*added, checkpoint.path(), *model); !done)
    return done.error();
  if (Result<void> done = addSpecial(checkpoint, config, *model); !done)
    return done.error();
  std::vector<int32_t> ends = endTokens;
  ends.push_back(model->eos);
  findEndTokens(*model, ends);
  if (Result<void> valid = model->validate(file); !valid)
    return valid.error();
  return model;
}

// The tokenizer.json that transformers makes of the two files.
Result<std::string> asTokenizerJson(const Checkpoint &checkpoint, std::string_view vocabulary, std::string_view merges,
                                    const std::optional<Json> &config) {
  Result<std::string_view> given = config ? config->stringOr("tokenizer_class", "") : std::string_view();
  Result<bool> prefix = config ? config->booleanOr("add_prefix_space", false) : false;
  if (!given)
    return given.error();
  if (!prefix)
    return prefix.error();
  std::string_view name = *given;
  if (name.size() > 4 && name.substr(name.size() - 4) == "Fast")
    name.remove_suffix(4);
  const bool qwen = name == "Qwen2Tokenizer";
  if (!qwen && name != "GPT2Tokenizer" && name != "CodeGenTokenizer")
    return Error{checkpoint.path() + ": has vocab.json and merges.txt, but tokenizer_class of tokenizer_config.json is " + quote(*given) +
                 ", and known are 'GPT2Tokenizer', 'CodeGenTokenizer' and 'Qwen2Tokenizer'; a tokenizer.json says all that is needed"};
  Result<std::map<int64_t, FolderToken>> added = folderTokens(checkpoint);
  if (!added)
    return added.error();

  std::string text = R"({"added_tokens":[)";
  auto boolean = [](bool value) { return value ? "true" : "false"; };
  for (const auto &[id, token] : *added)
    text += (text.back() == '[' ? "" : ",") + (R"({"id":)" + std::to_string(id)) + R"(,"content":)" + jsonString(token.content) +
            R"(,"special":)" + boolean(token.special) + R"(,"lstrip":)" + boolean(token.leftStrip) + R"(,"rstrip":)" +
            boolean(token.rightStrip) + R"(,"single_word":)" + boolean(token.singleWord) + R"(,"normalized":)" + boolean(token.normalized) +
            "}";
  const std::string byteLevel =
      std::string(R"({"type":"ByteLevel","add_prefix_space":)") + boolean(*prefix) + R"(,"use_regex":)" + boolean(!qwen) + "}";
  text += R"(],"decoder":{"type":"ByteLevel"},"normalizer":)" + std::string(qwen ? R"({"type":"NFC"})" : "null") + R"(,"pre_tokenizer":)";
  text += qwen ? R"({"type":"Sequence","pretokenizers":[{"type":"Split","behavior":"Isolated","pattern":{"Regex":)" +
                     jsonString(publishedPreTokenizer("qwen2")->patterns[0]) + "}}," + byteLevel + "]}"
               : byteLevel;
  text += R"(,"model":{"type":"BPE","merges":[)";
  for (size_t at = 0, end; at < merges.size(); at = end + 1) {
    end = std::min(merges.find('\n', at), merges.size());
    std::string_view line = merges.substr(at, end - at);
    if (!line.empty() && line.back() == '\r')
      line.remove_suffix(1);
    if (!line.empty() && line.substr(0, 8) != "#version")
      text += (text.back() == '[' ? "" : ",") + jsonString(line);
  }
  return text.append(R"(],"vocab":)").append(vocabulary).append("}}");
}

} // namespace

Result<TokenizerModel> fromFolder(const Checkpoint &checkpoint, const std::vector<int32_t> &endTokens) {
  Result<std::optional<Json>> config = checkpoint.json("tokenizer_config.json");
  if (!config)
    return config.error();
  if (const std::optional<std::string_view> bytes = checkpoint.text("tokenizer.model"))
    return ofModelFile(checkpoint, *bytes, *config, endTokens);
  const std::optional<std::string_view> vocabulary = checkpoint.text("vocab.json"), merges = checkpoint.text("merges.txt");
  if (!vocabulary || !merges)
    return Error{checkpoint.path() + ": has no tokenizer.json, no tokenizer.model, and not both vocab.json and merges.txt"};
  if (Result<std::optional<Json>> alone = checkpoint.json("vocab.json"); !alone)
    return alone.error();
  Result<std::string> text = asTokenizerJson(checkpoint, *vocabulary, *merges, *config);
  if (!text)
    return text.error();
  Result<Json> json = Json::parse(*text, checkpoint.path() + "/vocab.json with merges.txt");
  if (!json)
    return json.error();
  return fromHuggingFace(*json, *config, endTokens);
}

} // namespace vspec
