#include "vspec/Tokenizer/FromCheckpoint.h"
#include "lib/Tokenizer/FromFolder.h"
#include "vspec/Tokenizer/FromGGUF.h"
#include "vspec/Tokenizer/FromHuggingFace.h"

namespace vspec {
namespace {

// Reads keys and remembers the first that is of a wrong type.
class KeyReader {
public:
  explicit KeyReader(const GgufMetadata &metadata) : metadata(metadata) {}

  std::optional<Error> problem;

  template <typename T> void keep(Result<T> result, T &target) {
    if (result)
      target = std::move(*result);
    else if (!problem)
      problem = result.error();
  }
  std::string string(const std::string &key) {
    std::string_view text;
    if (metadata.find(key))
      keep(metadata.string(key), text);
    return std::string(text);
  }
  std::vector<std::string> strings(const std::string &key) {
    std::vector<std::string_view> texts;
    if (metadata.find(key))
      keep(metadata.strings(key), texts);
    return {texts.begin(), texts.end()};
  }
  std::optional<bool> boolean(const std::string &key) {
    if (!metadata.find(key))
      return std::nullopt;
    bool value = false;
    keep(metadata.boolean(key), value);
    return value;
  }
  std::optional<uint32_t> id(const std::string &key) {
    if (!metadata.find(key))
      return std::nullopt;
    int64_t value = 0;
    keep(metadata.integer(key), value);
    if (value < -1 || value > int64_t(UINT32_MAX))
      keep<bool>(metadata.error(key, "is " + std::to_string(value) + ", expected the id of a token"), unused);
    return uint32_t(value); // -1 is none, as 2^32 - 1 is
  }
  std::vector<float> floats(const std::string &key) {
    std::vector<double> values;
    if (metadata.find(key))
      keep(metadata.numbers(key), values);
    return {values.begin(), values.end()};
  }
  std::string bytes(const std::string &key) {
    std::vector<int64_t> values;
    if (metadata.find(key))
      keep(metadata.integers(key), values);
    return {values.begin(), values.end()};
  }
  std::vector<int32_t> types(const std::string &key) {
    std::vector<int64_t> values;
    if (metadata.find(key))
      keep(metadata.integers(key), values);
    std::vector<int32_t> types;
    for (int64_t value : values)
      types.push_back(value >= 0 && value <= INT32_MAX ? int32_t(value) : -1);
    return types;
  }

private:
  const GgufMetadata &metadata;
  bool unused = false;
};

Result<TokenizerModel> ofGGUF(const GgufMetadata &metadata) {
  const std::string prefix = "tokenizer.ggml.";
  if (!metadata.find(prefix + "model"))
    return metadata.error(prefix + "model", "is missing: the file has no tokenizer");
  KeyReader keys(metadata);
  GGUFTokenizerMetadata from;
  from.file = metadata.file();
  from.modelName = keys.string("general.name");
  from.model = keys.string(prefix + "model");
  if (metadata.find(prefix + "pre"))
    from.pre = keys.string(prefix + "pre");
  from.tokens = keys.strings(prefix + "tokens");
  from.scores = keys.floats(prefix + "scores");
  from.types = keys.types(prefix + "token_type");
  from.merges = keys.strings(prefix + "merges");
  from.bos = keys.id(prefix + "bos_token_id");
  from.eos = keys.id(prefix + "eos_token_id");
  from.unknown = keys.id(prefix + "unknown_token_id");
  from.eot = keys.id(prefix + "eot_token_id");
  from.eom = keys.id(prefix + "eom_token_id");
  from.addBos = keys.boolean(prefix + "add_bos_token");
  from.addEos = keys.boolean(prefix + "add_eos_token");
  from.addSpacePrefix = keys.boolean(prefix + "add_space_prefix");
  from.removeExtraSpaces = keys.boolean(prefix + "remove_extra_whitespaces");
  from.charsmap = keys.bytes(prefix + "precompiled_charsmap");
  if (keys.problem)
    return *keys.problem;
  return fromGGUF(from);
}

// eos_token_id: a number, a list of numbers, null or absent.
Result<void> addEndTokens(const Json &config, std::vector<int32_t> &ends) {
  const std::optional<Json> member = config.find("eos_token_id");
  if (!member || member->isNull())
    return {};
  auto add = [&](const Json &element) -> Result<void> {
    Result<int64_t> id = element.integer();
    if (!id)
      return id.error();
    if (*id < 0 || *id > INT32_MAX)
      return element.error("is " + std::to_string(*id) + ", expected the id of a token");
    ends.push_back(int32_t(*id));
    return {};
  };
  if (!member->isArray())
    return add(*member);
  for (Json element : *member)
    if (Result<void> done = add(element); !done)
      return done.error();
  return {};
}

Result<TokenizerModel> ofHuggingFace(const Checkpoint &checkpoint) {
  Result<std::optional<Json>> tokenizer = checkpoint.json("tokenizer.json"), config = checkpoint.json("tokenizer_config.json"),
                              generation = checkpoint.json("generation_config.json");
  for (const auto *file : {&tokenizer, &config, &generation})
    if (!*file)
      return file->error();
  std::vector<int32_t> ends;
  if (Result<void> done = addEndTokens(checkpoint.config(), ends); !done)
    return done.error();
  if (*generation)
    if (Result<void> done = addEndTokens(**generation, ends); !done)
      return done.error();
  return *tokenizer ? fromHuggingFace(**tokenizer, *config, ends) : fromFolder(checkpoint, ends);
}

} // namespace

Result<TokenizerModel> tokenizerOf(const Checkpoint &checkpoint) {
  return checkpoint.kind() == Checkpoint::Kind::Gguf ? ofGGUF(checkpoint.metadata()) : ofHuggingFace(checkpoint);
}

} // namespace vspec
