// The vocabulary, merges and added tokens of tokenizer.json; the steps around them are HuggingFacePipeline.cpp's.
#include "vspec/Tokenizer/FromHuggingFace.h"
#include "lib/Tokenizer/ByteAlphabet.h"
#include "lib/Tokenizer/EndTokens.h"
#include "lib/Tokenizer/HuggingFacePipeline.h"
#include "lib/Tokenizer/HuggingFacePostProcessor.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <cstdlib>
#include <unordered_map>

namespace vspec {
namespace {

constexpr size_t mostUnusedIds = 65536; // a hostile file may name a large id only

class Builder {
public:
  Builder(const Json &file, const std::optional<Json> &config) : file(file), config(config) {}

  Result<TokenizerModel> build(const std::vector<int32_t> &endTokens) {
    Result<Json> bpe = file.object("model");
    if (!bpe)
      return bpe.error();
    if (Result<void> done = readHuggingFacePipeline(file, model); !done)
      return done.error();
    for (auto step : {&Builder::readOptions, &Builder::readVocabulary, &Builder::readMerges, &Builder::readAddedTokens})
      if (Result<void> done = (this->*step)(*bpe); !done)
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
  std::unordered_map<std::string_view, int32_t> ids; // of the texts as they stand in the file
  bool byteFallback = false;

  int32_t idOf(std::string_view text) const {
    auto found = ids.find(text);
    return found == ids.end() ? -1 : found->second;
  }

  Result<void> readOptions(const Json &bpe) {
    Result<std::string_view> type = bpe.stringOr("type", "BPE");
    Result<double> dropout = bpe.numberOr("dropout", 0);
    Result<std::string_view> prefix = bpe.stringOr("continuing_subword_prefix", ""), suffix = bpe.stringOr("end_of_word_suffix", "");
    Result<bool> fuse = bpe.booleanOr("fuse_unk", false), fallback = bpe.booleanOr("byte_fallback", false);
    Result<bool> whole = bpe.booleanOr("ignore_merges", false);
    for (const Result<std::string_view> *part : {&type, &prefix, &suffix})
      if (!*part)
        return part->error();
    for (const Result<bool> *part : {&fuse, &fallback, &whole})
      if (!*part)
        return part->error();
    if (!dropout)
      return dropout.error();
    if (*type != "BPE")
      return bpe.error("is of type " + quote(*type) + ", but known is 'BPE'");
    if (*dropout != 0)
      return bpe.error("has a dropout, which makes ids random");
    if (!prefix->empty() || !suffix->empty())
      return bpe.error("has continuing_subword_prefix or end_of_word_suffix, which are not supported");
    byteFallback = *fallback;
    if (byteFallback && model.kind == TokenizerKind::ByteLevelBPE)
      return bpe.error("has byte_fallback true beside pre_tokenizer ByteLevel, which leaves nothing to fall back from");
    model.fuseUnknown = *fuse;
    model.wholeWordFirst = *whole;
    return {};
  }

  // Makes place for token `id`, found at `place`.
  Result<void> reserve(int64_t id, size_t tokens, const Json &place) {
    if (id < 0 || id >= int64_t(tokens + mostUnusedIds))
      return place.error("has id " + std::to_string(id) + ", but 0 to " + std::to_string(tokens + mostUnusedIds - 1) + " are expected of " +
                         std::to_string(tokens) + " tokens");
    if (size_t(id) >= model.tokens.size()) {
      model.tokens.resize(size_t(id) + 1);
      model.types.resize(size_t(id) + 1, TokenType::Unused);
    }
    return {};
  }

  Result<void> readVocabulary(const Json &bpe) {
    Result<Json> vocabulary = bpe.object("vocab");
    if (!vocabulary)
      return vocabulary.error();
    const size_t count = vocabulary->size();
    ids.reserve(count);
    for (Json member : *vocabulary) {
      Result<int64_t> id = member.integer();
      if (!id)
        return id.error();
      if (Result<void> done = reserve(*id, count, member); !done)
        return done.error();
      const std::string_view text = member.key();
      if (model.types[*id] != TokenType::Unused)
        return member.error("has id " + std::to_string(*id) + ", which another token has");
      ids.emplace(text, int32_t(*id));
      if (text.empty())
        continue;
      model.types[*id] = TokenType::Normal;
      model.tokens[*id] =
          model.kind == TokenizerKind::ByteLevelBPE ? fromByteAlphabet(text).value_or(std::string(text)) : std::string(text);
      if (byteFallback && text.size() == 6 && text.substr(0, 3) == "<0x" && text[5] == '>') {
        const std::string digits(text.substr(3, 2));
        char *end = nullptr;
        const unsigned long value = std::strtoul(digits.c_str(), &end, 16);
        if (end == digits.c_str() + 2) {
          model.types[*id] = TokenType::Byte;
          model.tokens[*id] = std::string(1, char(value));
        }
      }
    }
    Result<std::string_view> unknown = bpe.stringOr("unk_token", "");
    if (!unknown)
      return unknown.error();
    if (!unknown->empty() && (model.unknown = idOf(*unknown)) < 0)
      return bpe.error("has unk_token " + quote(*unknown) + ", which is not in vocab");
    return {};
  }

  // "a b", or ["a", "b"] where a side has a space in it.
  static Result<std::pair<std::string_view, std::string_view>> sidesOf(const Json &merge) {
    if (merge.isString()) {
      const std::string_view text = *merge.string();
      const size_t space = text.find(' ');
      if (space == text.npos || text.find(' ', space + 1) != text.npos)
        return merge.error("is " + quote(text) + ", expected two tokens with a space between them");
      return std::pair(text.substr(0, space), text.substr(space + 1));
    }
    if (merge.size() != 2)
      return merge.error("has " + std::to_string(merge.size()) + " elements, expected 2");
    Json::Iterator side = merge.begin();
    Result<std::string_view> left = (*side).string();
    if (!left)
      return left.error();
    Result<std::string_view> right = (*++side).string();
    if (!right)
      return right.error();
    return std::pair(*left, *right);
  }

  Result<void> readMerges(const Json &bpe) {
    Result<Json> merges = bpe.array("merges");
    if (!merges)
      return merges.error();
    model.merges.reserve(merges->size());
    for (Json element : *merges) {
      auto sides = sidesOf(element);
      if (!sides)
        return sides.error();
      const std::string both = std::string(sides->first) + std::string(sides->second);
      const Merge merge{idOf(sides->first), idOf(sides->second), idOf(both)};
      if (merge.left < 0 || merge.right < 0 || merge.result < 0)
        return element.error("merges " + quote(sides->first) + " and " + quote(sides->second) +
                             ", but these two and what they make are not all in vocab");
      model.merges.push_back(merge);
    }
    return {};
  }

  Result<void> readAddedTokens(const Json &) {
    const std::optional<Json> added = file.find("added_tokens");
    if (!added || added->isNull())
      return {};
    Result<Json> list = added->array();
    if (!list)
      return list.error();
    const size_t count = ids.size() + list->size();
    for (Json token : *list)
      if (Result<void> done = readAddedToken(token, count); !done)
        return done.error();
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
    if (*word)
      return token.error("has single_word true, which is not supported");
    if (content->empty())
      return token.error("has an empty content");
    if (*normalized && normalizationMatters(*content))
      return token.error("has normalized true, so it is sought in normalized text, where " + quote(*content) +
                         " would be spelt differently; expected false");
    if (Result<void> done = reserve(*id, count, token); !done)
      return done.error();
    if (const int32_t known = idOf(*content); known != *id && (known >= 0 || model.types[*id] != TokenType::Unused))
      return token.error("has id " + std::to_string(*id) + " for " + quote(*content) + ", but model.vocab has it otherwise");
    ids.emplace(*content, int32_t(*id));
    model.tokens[*id] = std::string(*content);
    model.types[*id] = *special ? TokenType::Control : TokenType::UserDefined;
    if (*left || *right) {
      model.strips.resize(model.tokens.size());
      model.strips[*id] = (*left ? StripLeft : 0) | (*right ? StripRight : 0);
    }
    if (!model.strips.empty())
      model.strips.resize(model.tokens.size());
    return {};
  }

  // Would the normalizer change this token, or what stands beside it?
  bool normalizationMatters(std::string_view content) const {
    const bool ascii = std::all_of(content.begin(), content.end(), [](char byte) { return uint8_t(byte) < 0x80; });
    return (model.normalizeNFC && !ascii) || (model.spacePrefix != SpacePrefix::None && !model.prefixUnlessSpace) ||
           (model.escapeSpaces && !model.prefixUnlessSpace && content.find(' ') != content.npos);
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
    const int32_t id = idOf(*text);
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
    model.addBos = added->before >= 0;
    model.addEos = added->after >= 0;
    if (config) {
      // These classes build their post-processor from the flags; the general class runs the one that is there.
      Result<std::string_view> name = config->stringOr("tokenizer_class", "PreTrainedTokenizerFast");
      if (!name)
        return name.error();
      const bool general = *name == "PreTrainedTokenizerFast" || *name == "PreTrainedTokenizer" || *name == "TokenizersBackend";
      Result<bool> addBos = config->booleanOr("add_bos_token", model.addBos), addEos = config->booleanOr("add_eos_token", model.addEos);
      if (!addBos)
        return addBos.error();
      if (!addEos)
        return addEos.error();
      if (!general) {
        model.addBos = *addBos;
        model.addEos = *addEos;
      }
    }
    model.bos = model.addBos && added->before >= 0 ? added->before : *bos;
    model.eos = model.addEos && added->after >= 0 ? added->after : *eos;
    if (model.addBos && model.bos < 0)
      return config->error("has add_bos_token true, but no bos_token");
    if (model.addEos && model.eos < 0)
      return config->error("has add_eos_token true, but no eos_token");
    return {};
  }
};

} // namespace

Result<TokenizerModel> fromHuggingFace(const Json &tokenizer, const std::optional<Json> &config, const std::vector<int32_t> &endTokens) {
  return Builder(tokenizer, config).build(endTokens);
}

} // namespace vspec
