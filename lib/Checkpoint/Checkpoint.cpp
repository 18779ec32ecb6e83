// Finds the files of a checkpoint, maps them and joins their tensors.
#include "vspec/Checkpoint/Checkpoint.h"
#include "SplitGguf.h"
#include "vspec/Checkpoint/Gguf.h"
#include "vspec/Checkpoint/Safetensors.h"
#include "vspec/Support/ParallelFor.h"
#include "vspec/Support/Quote.h"
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <sys/stat.h>

using namespace vspec;

static constexpr char wholeWeights[] = "model.safetensors";
static constexpr char shardIndex[] = "model.safetensors.index.json";
/// What families and tokenizers may ask for, beside the weights.
static constexpr const char *folderFiles[] = {
    "config.json",     "generation_config.json", "quantize_config.json",    "quant_config.json", "tokenizer.json",
    "tokenizer.model", "tokenizer_config.json",  "special_tokens_map.json", "added_tokens.json", "vocab.json",
    "merges.txt",      "chat_template.json",     "chat_template.jinja",
};

static std::string_view withoutFolder(std::string_view path) { return path.substr(path.rfind('/') + 1); }

static bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

static bool exists(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

/// A plain name cannot lead out of the folder, and can stand in a message.
static bool isShardName(std::string_view name) {
  for (char c : name)
    if (uint8_t(c) < 0x20 || c == 0x7f || c == '/')
      return false;
  return endsWith(name, ".safetensors");
}

Result<Checkpoint> Checkpoint::open(const std::string &path) {
  struct stat status;
  if (stat(path.c_str(), &status) != 0)
    return Error{path + ": cannot open: " + std::strerror(errno)};
  Checkpoint checkpoint(path);
  Result<void> opened;
  if (S_ISDIR(status.st_mode)) {
    opened = checkpoint.openFolder();
  } else if (endsWith(path, ".safetensors")) {
    return Error{path +
                 ": is a lone safetensors file and says nothing of its model, expected the folder with its config.json, or a GGUF file"};
  } else if (endsWith(path, ".json")) {
    return Error{path +
                 ": is a lone JSON file, expected its folder, or a GGUF file; --random-weights makes up the weights of a config.json"};
  } else {
    Result<MappedFile> file = MappedFile::open(path);
    if (!file)
      return file.error();
    opened = checkpoint.openGguf(std::move(*file));
  }
  if (!opened)
    return opened.error();
  checkpoint.indexNames();
  return checkpoint;
}

Result<void> Checkpoint::openGguf(MappedFile file) {
  Result<Gguf> gguf = parseGguf(file.view(), place);
  if (!gguf)
    return gguf.error();
  Result<int64_t> count = splitCount(gguf->metadata);
  if (!count)
    return count.error();
  std::vector<SplitPart> parts;
  if (*count > 1) {
    Result<std::vector<SplitPart>> opened = openSplitParts(*gguf, *count);
    if (!opened)
      return opened.error();
    parts = std::move(*opened);
  }
  files.push_back(std::move(file));
  all = std::move(gguf->tensors);
  for (SplitPart &part : parts) {
    for (Tensor &tensor : part.tensors) {
      tensor.source = uint32_t(files.size());
      all.push_back(std::move(tensor));
    }
    files.push_back(std::move(part.file));
  }
  metadataOfGguf = std::move(gguf->metadata);
  return {};
}

Result<void> Checkpoint::openFolder() {
  for (const char *name : folderFiles) {
    std::string path = place + "/" + name;
    if (!exists(path))
      continue;
    Result<MappedFile> file = MappedFile::open(path);
    if (!file)
      return file.error();
    files.push_back(std::move(*file));
  }
  Result<std::optional<Json>> config = json("config.json");
  if (!config)
    return config.error();
  if (!*config && exists(place + "/adapter_config.json"))
    return Error{place + ": is an adapter, expected the folder of a Hugging Face model; merge the adapter into its base model first"};
  if (!*config)
    return Error{place + ": has no config.json, expected the folder of a Hugging Face model"};
  configOfFolder = **config;

  bool whole = exists(place + "/" + wholeWeights);
  if (!whole && !exists(place + "/" + shardIndex)) {
    std::string neither = place + ": has neither " + wholeWeights + " nor " + shardIndex;
    bool isPickled = exists(place + "/pytorch_model.bin") || exists(place + "/pytorch_model.bin.index.json");
    return Error{isPickled ? neither + ", only pytorch_model.bin, whose reader runs programs: save the model anew with save_pretrained"
                           : neither};
  }
  Result<MappedFile> file = MappedFile::open(place + "/" + (whole ? wholeWeights : shardIndex));
  if (!file)
    return file.error();
  if (whole)
    return openSafetensors(std::move(*file));
  Result<Json> index = Json::parse(file->view(), file->path());
  if (!index)
    return index.error();
  files.push_back(std::move(*file));
  return openShards(*index);
}

Result<void> Checkpoint::openSafetensors(MappedFile file) {
  Result<Safetensors> parsed = parseSafetensors(file.view(), file.path());
  if (!parsed)
    return parsed.error();
  for (Tensor &tensor : parsed->tensors) {
    tensor.source = uint32_t(files.size());
    all.push_back(std::move(tensor));
  }
  files.push_back(std::move(file));
  return {};
}

Result<void> Checkpoint::openShards(const Json &index) {
  Result<Json> map = index.object("weight_map");
  if (!map)
    return map.error();
  std::map<std::string_view, std::vector<std::string_view>> shards; // and their tensors
  for (Json member : *map) {
    Result<std::string_view> shard = member.string();
    if (!shard)
      return shard.error();
    if (!isShardName(*shard))
      return member.error("is " + quote(*shard) + ", expected the name of a safetensors file in the same folder");
    shards[*shard].push_back(member.key());
  }
  for (auto &shard : shards)
    if (auto opened = openShard(shard.first, shard.second); !opened)
      return opened;
  return {};
}

Result<void> Checkpoint::openShard(std::string_view fileName, std::vector<std::string_view> &listed) {
  size_t before = all.size();
  std::string path = place + "/" + std::string(fileName);
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.error();
  if (auto opened = openSafetensors(std::move(*file)); !opened)
    return opened;
  std::sort(listed.begin(), listed.end());
  auto isExtra = [&](const Tensor &tensor) { return !std::binary_search(listed.begin(), listed.end(), std::string_view(tensor.name)); };
  all.erase(std::remove_if(all.begin() + ptrdiff_t(before), all.end(), isExtra), all.end());
  std::vector<std::string_view> found;
  for (size_t i = before; i < all.size(); ++i)
    found.push_back(all[i].name);
  std::sort(found.begin(), found.end());
  for (std::string_view name : listed)
    if (!std::binary_search(found.begin(), found.end(), name))
      return Error{path + ": has no tensor " + quote(name) + ", which " + shardIndex + " promises"};
  return {};
}

void Checkpoint::indexNames() {
  for (uint32_t i = 0; i < all.size(); ++i)
    byName.push_back(i);
  std::sort(byName.begin(), byName.end(), [&](uint32_t a, uint32_t b) { return all[a].name < all[b].name; });
}

const Tensor *Checkpoint::find(std::string_view name) const {
  auto found =
      std::lower_bound(byName.begin(), byName.end(), name, [&](uint32_t i, std::string_view wanted) { return all[i].name < wanted; });
  return found != byName.end() && all[*found].name == name ? &all[*found] : nullptr;
}

Result<const Tensor *> Checkpoint::tensor(std::string_view name) const {
  if (const Tensor *found = find(name))
    return found;
  return Error{place + ": has no tensor " + quote(name)};
}

const MappedFile *Checkpoint::source(std::string_view fileName) const {
  for (const MappedFile &file : files)
    if (withoutFolder(file.path()) == fileName)
      return &file;
  return nullptr;
}

Result<std::optional<Json>> Checkpoint::json(std::string_view fileName) const {
  const MappedFile *file = source(fileName);
  if (!file)
    return std::optional<Json>();
  Result<Json> parsed = Json::parse(file->view(), file->path());
  if (!parsed)
    return parsed.error();
  return std::optional<Json>(std::move(*parsed));
}

std::optional<std::string_view> Checkpoint::text(std::string_view fileName) const {
  const MappedFile *file = source(fileName);
  return file ? std::optional(file->view()) : std::nullopt;
}

std::vector<Checkpoint::SourceHash> Checkpoint::hashSources(unsigned threads) const {
  std::vector<SourceHash> hashes(files.size());
  parallelFor(files.size(), threads,
              [&](size_t i) { hashes[i] = {std::string(withoutFolder(files[i].path())), files[i].size(), sha256(files[i].view())}; });
  return hashes;
}
