// A trained model as others store it: a GGUF file, or a folder of config.json and safetensors files. This tells what tensors
// there are and what the metadata says; what model it is, families decide.
#ifndef VSPEC_CHECKPOINT_CHECKPOINT_H
#define VSPEC_CHECKPOINT_CHECKPOINT_H
#include "vspec/Checkpoint/GgufMetadata.h"
#include "vspec/Checkpoint/Tensor.h"
#include "vspec/Support/Json.h"
#include "vspec/Support/MappedFile.h"
#include "vspec/Support/Sha256.h"

namespace vspec {

/// Owns the mapped files; tensors and metadata point into them and stay valid when it is moved.
class Checkpoint {
public:
  enum class Kind { Gguf, HuggingFace };

  /// Opens a GGUF file, whole or the first part of a split one (NAME-00001-of-00003.gguf, the others beside it), or a folder with config.json and either model.safetensors or model.safetensors.index.json and its
  /// shards (model.safetensors wins, as in transformers). Every offset is checked; no weight is read. Refuses a lone
  /// safetensors file, a split GGUF file that is not complete, a shard outside the folder, and a tensor that the index promises and
  /// its shard lacks. Tensors that the index does not list are left out.
  static Result<Checkpoint> open(const std::string &path);

  Kind kind() const { return metadataOfGguf ? Kind::Gguf : Kind::HuggingFace; }
  const std::string &path() const { return place; }

  /// GGUF: in the order of the file and its parts. Hugging Face: file by file in the order of their bytes.
  const std::vector<Tensor> &tensors() const { return all; }
  /// nullptr if there is none.
  const Tensor *find(std::string_view name) const;
  /// Never null; or "<path>: has no tensor '<name>'".
  Result<const Tensor *> tensor(std::string_view name) const;

  /// Only of Kind::Gguf.
  const GgufMetadata &metadata() const { return assert(metadataOfGguf), *metadataOfGguf; }

  /// config.json. Only of Kind::HuggingFace.
  const Json &config() const { return assert(configOfFolder), *configOfFolder; }
  /// generation_config.json, tokenizer.json, tokenizer_config.json, ... by name, parsed at each call; none if the folder
  /// lacks it.
  Result<std::optional<Json>> json(std::string_view fileName) const;
  /// The bytes of tokenizer.model, merges.txt, chat_template.jinja, ...; none if the folder lacks it.
  std::optional<std::string_view> text(std::string_view fileName) const;

  /// The files that the checkpoint consists of: all that it may read, weights or not.
  const std::vector<MappedFile> &sources() const { return files; }

  struct SourceHash {
    std::string name; // without its folder
    uint64_t bytes;
    Digest sha256;
  };
  /// One for each of sources(), for the provenance of a model file. Reads everything.
  std::vector<SourceHash> hashSources(unsigned threads) const;

private:
  explicit Checkpoint(std::string path) : place(std::move(path)) {}
  Result<void> openGguf(MappedFile file);
  Result<void> openFolder();
  Result<void> openSafetensors(MappedFile file);
  Result<void> openShards(const Json &index);
  Result<void> openShard(std::string_view fileName, std::vector<std::string_view> &listed);
  const MappedFile *source(std::string_view fileName) const;
  void indexNames();

  std::string place;
  std::vector<MappedFile> files;
  std::vector<Tensor> all;
  std::vector<uint32_t> byName; // indices of `all`, sorted by name
  std::optional<GgufMetadata> metadataOfGguf;
  std::optional<Json> configOfFolder;
};

} // namespace vspec
#endif
