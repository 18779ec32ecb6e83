// A tokenizer.json as a whole: the steps, the vocabulary, the tokens added to it, and what tokenizer_config.json says beside.
#include "vspec/Tokenizer/FromHuggingFace.h"
#include "lib/Tokenizer/EndTokens.h"
#include "lib/Tokenizer/HuggingFaceModel.h"
#include "lib/Tokenizer/HuggingFacePipeline.h"
#include "lib/Tokenizer/HuggingFacePostProcessor.h"
#include "lib/Tokenizer/Normalizer.h"
#include "vspec/Support/Quote.h"
#include <algorithm>

namespace vspec {
namespace {

class Builder {
public:
  Builder(const Json &file, const std::optional<Json> &config) : file(file), config(config), tokens(model) {}

  Result<TokenizerModel> build(const std::vector<int32_t> &endTokens) {
    if (Result<void> done = readNormalizer(file, model); !done)
      return done.error();
    Result<bool> byteLevel = readPreTokenizer(file, model);
    if (!byteLevel)
      return byteLevel.error();
    if (Result<void> done = readHuggingFaceModel(file, *byteLevel, tokens, model); !done)
      return done.error();
    if (Result<void> done = readAddedTokens(); !done)
      return done.error();
    if (Result<void> done = normalizeLiterals(); !done)
      return done.error();
    if (Result<void> done = readDecoder(file, tokens.texts, model); !done)
      return done.error();
    if (Result<void> done = readSpecialTokens(); !done)
      return done.error();
    std::vector<int32_t> ends = endTokens;
    ends.push_back(model.eos);
    findEndTokens(model, ends);
    if (Result<void> valid = model.validate(file.file()); !valid)
      return valid.error();
    return std::move(model);
  }

private:
  const Json &file;
  const std::optional<Json> &config;
  TokenizerModel model;
  HuggingFaceTokens tokens;

  Result<void> readAddedTokens() {
    const std::optional<Json> added = file.find("added_tokens");
    if (added && !added->isNull()) {
      Result<Json> list = added->array();
      if (!list)
        return list.error();
      const size_t count = tokens.size() + list->size();
      for (Json token : *list)
        if (Result<void> done = readAddedToken(token, count); !done)
          return done.error();
    }
    if (!model.literals.empty())
      model.literals.resize(model.tokens.size());
    if (!model.scores.empty())
      model.scores.resize(model.tokens.size(), notAPiece);
    return {};
  }

  Result<void> readAddedToken(const Json &token, size_t count) {
    Result<int64_t> id = token.integer("id");
    Result<std::string_view> content = token.string("content");
    Result<bool> special = token.booleanOr("special", false), word = token.booleanOr("single_word", false);
    Result<bool> left = token.booleanOr("lstrip", false), right = token.booleanOr("rstrip", false);
    Result<bool> normalized = token.booleanOr("normalized", !special || !*special);
    if (!id)
      return id.error();
    if (!content)
      return content.error();
    for (const Result<bool> *part : {&special, &word, &left, &right, &normalized})
      if (!*part)
        return part->error();
    if (content->empty())
      return token.error("has an empty content");
    const int32_t known = tokens.idOf(*content);
    if (known != *id && (known >= 0 || (*id >= 0 && size_t(*id) < model.types.size() && model.types[size_t(*id)] != TokenType::Unused)))
      return token.error("has id " + std::to_string(*id) + " for " + quote(*content) + ", but model.vocab has it otherwise");
    if (Result<void> done = tokens.add(*id, *content, count, token); !done)
      return done.error();
    model.types[*id] = *special ? TokenType::Control : TokenType::UserDefined;
    const int flags = (*left ? StripLeft : 0) | (*right ? StripRight : 0) | (*word ? SingleWord : 0) | (known < 0 ? NoWord : 0) |
                      (*normalized ? Normalized : 0); // sought after the others, even where there is no normalizer
    if (flags != 0) {
      model.literals.resize(std::max(model.literals.size(), size_t(*id) + 1));
      model.literals[*id] = uint8_t(flags);
    }
    return {};
  }

  // A token that is sought in normalised text is decoded to its normalised text, too.
  Result<void> normalizeLiterals() {
    Result<Normalizer> normalizer = Normalizer::compile(model);
    if (!normalizer)
      return file.error("has a normalizer that cannot be run: " + normalizer.error().message);
    for (size_t id = 0; id < model.literals.size(); ++id)
      if (model.literals[id] & Normalized) {
        Result<std::string> text = normalizer->run(tokens.texts[id]);
        if (!text)
          return file.error("has an added token that cannot be normalised: " + text.error().message);
        tokens.texts[id] = *text;
      }
    return {};
  }

  // "<s>" or {"content": "<s>", ...}; -1 if the config does not say.
  Result<int32_t> configToken(std::string_view key) const {
    std::optional<Json> token = config ? config->find(key) : std::nullopt;
    if (token && token->isObject())
      token = token->find("content");
    if (!token || token->isNull())
      return -1;
    Result<std::string_view> text = token->string();
    if (!text)
      return text.error();
    const int32_t id = tokens.idOf(*text);
    if (id < 0)
      return token->error("is " + quote(*text) + ", which is not a token of tokenizer.json");
    return id;
  }

  Result<void> readSpecialTokens() {
    Result<AddedTokens> added = readPostProcessor(file);
    Result<int32_t> bos = configToken("bos_token"), eos = configToken("eos_token");
    if (!added)
      return added.error();
    if (!bos)
      return bos.error();
    if (!eos)
      return eos.error();
    model.before = added->before;
    model.after = added->after;
    // What alone stands before every text is its start, whatever the config says.
    model.bos = added->before.size() == 1 || (*bos < 0 && !added->before.empty()) ? added->before.front() : *bos;
    model.eos = added->after.size() == 1 || (*eos < 0 && !added->after.empty()) ? added->after.back() : *eos;
    if (!config)
      return {};
    // These classes build their post-processor from the flags; the general class runs the one that is there.
    Result<std::string_view> name = config->stringOr("tokenizer_class", "PreTrainedTokenizerFast");
    if (!name)
      return name.error();
    if (*name == "PreTrainedTokenizerFast" || *name == "PreTrainedTokenizer" || *name == "TokenizersBackend")
      return {};
    Result<void> done = obeyFlag("add_bos_token", "bos_token", model.bos, model.before);
    return done ? obeyFlag("add_eos_token", "eos_token", model.eos, model.after) : done;
  }

  Result<void> obeyFlag(std::string_view flag, const char *name, int32_t id, std::vector<int32_t> &list) {
    Result<bool> wanted = config->booleanOr(flag, !list.empty());
    if (!wanted)
      return wanted.error();
    if (*wanted && list.empty() && id < 0)
      return config->error("has " + std::string(flag) + " true, but no " + name);
    if (*wanted && list.empty())
      list = {id};
    if (!*wanted)
      list.clear();
    return {};
  }
};

} // namespace

Result<TokenizerModel> fromHuggingFace(const Json &tokenizer, const std::optional<Json> &config, const std::vector<int32_t> &endTokens) {
  return Builder(tokenizer, config).build(endTokens);
}

} // namespace vspec
