#include "lib/Tokenizer/FolderTokens.h"
#include "lib/Tokenizer/HuggingFaceSteps.h"
#include <cstdio>
#include <set>

namespace vspec {
namespace {

// "<s>" or {"content": "<s>", ...}.
Result<void> addContent(const Json &token, std::set<std::string, std::less<>> &to) {
  Result<std::string_view> text = token.isObject() ? token.string("content") : token.string();
  if (!text)
    return text.error();
  to.emplace(*text);
  return {};
}

// bos_token, eos_token, ..., additional_special_tokens.
Result<void> addSpecial(const Json &file, std::set<std::string, std::less<>> &to) {
  for (Json member : file) {
    const std::string_view key = member.key();
    const bool one = key.size() > 6 && key.substr(key.size() - 6) == "_token";
    if (one && (member.isString() || member.isObject())) {
      if (Result<void> done = addContent(member, to); !done)
        return done.error();
    } else if (key == "additional_special_tokens" && member.isArray()) {
      for (Json element : member)
        if (Result<void> done = addContent(element, to); !done)
          return done.error();
    }
  }
  return {};
}

Result<int64_t> idOf(const Json &member) {
  int64_t id = 0;
  for (char digit : member.key()) {
    if (digit < '0' || digit > '9' || id > INT32_MAX)
      return member.error("is not at the id of a token");
    id = id * 10 + (digit - '0');
  }
  return id;
}

Result<FolderToken> describedToken(const Json &member) {
  FolderToken token;
  Result<std::string_view> content = member.string("content");
  if (!content)
    return content.error();
  token.content = *content;
  for (auto [name, flag] : {std::pair("special", &FolderToken::special), std::pair("lstrip", &FolderToken::leftStrip),
                            std::pair("rstrip", &FolderToken::rightStrip), std::pair("single_word", &FolderToken::singleWord),
                            std::pair("normalized", &FolderToken::normalized)}) {
    Result<bool> set = member.booleanOr(name, false);
    if (!set)
      return set.error();
    token.*flag = *set;
  }
  return token;
}

} // namespace

Result<std::map<int64_t, FolderToken>> folderTokens(const Checkpoint &checkpoint) {
  std::map<int64_t, FolderToken> tokens;
  std::set<std::string, std::less<>> special;
  Result<std::optional<Json>> config = checkpoint.json("tokenizer_config.json"), added = checkpoint.json("added_tokens.json"),
                              names = checkpoint.json("special_tokens_map.json");
  for (const auto *file : {&config, &added, &names})
    if (!*file)
      return file->error();
  for (const auto *file : {&config, &names})
    if (**file)
      if (Result<void> done = addSpecial(***file, special); !done)
        return done.error();
  if (*config)
    if (const std::optional<Json> decoder = given(**config, "added_tokens_decoder"))
      for (Json member : *decoder) {
        Result<int64_t> id = idOf(member);
        if (!id)
          return id.error();
        Result<FolderToken> token = describedToken(member);
        if (!token)
          return token.error();
        tokens.emplace(*id, std::move(*token));
      }
  if (*added)
    for (Json member : **added) {
      Result<int64_t> id = member.integer();
      if (!id)
        return id.error();
      tokens.emplace(*id, FolderToken{std::string(member.key()), special.count(member.key()) > 0});
    }
  return tokens;
}

std::string jsonString(std::string_view text) {
  std::string quoted = "\"";
  for (char byte : text) {
    char escape[8];
    if (byte == '"' || byte == '\\') {
      quoted += '\\';
      quoted += byte;
    } else if (uint8_t(byte) < 0x20) {
      std::snprintf(escape, sizeof escape, "\\u%04x", uint8_t(byte));
      quoted += escape;
    } else {
      quoted += byte;
    }
  }
  return quoted + "\"";
}

} // namespace vspec
