// Any files are a checkpoint or a refusal in one line; of a checkpoint, every tensor, the model's numbers, the matrices that others
// quantised and the tokenizer can be read.
//
// Input that starts with "GGUF" is such a file. Other input is a folder: its files in the order of `names`, the byte 0xff
// between them, which no JSON has; what is empty is not there. Of shards, text up to 0xfe is the header, and what follows are the
// tensors. Without an index the first shard is model.safetensors.
#include "passes/Import/Config.h"
#include "vspec/Checkpoint/Checkpoint.h"
#include "vspec/Quantised/Quantisation.h"
#include "vspec/Support/Quote.h"
#include "vspec/Tokenizer/FromCheckpoint.h"
#include "vspec/Tokenizer/Tokenizer.h"
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

using namespace vspec;

namespace {

void insist(bool holds) {
  if (!holds)
    std::abort();
}

void insistOneLine(const Error &error) {
  insist(isUtf8(error.message));
  for (char c : error.message)
    insist(uint8_t(c) >= 0x20 && c != 0x7f);
}

// In memory, if the system has such a folder.
class Folder {
public:
  Folder() {
    std::string name = std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path().string();
    name += "/vspec-fuzz-XXXXXX";
    insist(mkdtemp(name.data()));
    path = name;
  }
  ~Folder() { std::filesystem::remove_all(path); }

  /// Without bytes the file is removed.
  void write(const char *name, std::string_view bytes) const {
    const std::string place = path + "/" + name;
    unlink(place.c_str()); // never changed in place: it may be mapped
    if (bytes.empty())
      return;
    const int file = open(place.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
    insist(file >= 0 && ::write(file, bytes.data(), bytes.size()) == ssize_t(bytes.size()));
    close(file);
  }

  std::string path;
};

constexpr const char *names[] = {"config.json",           "model.safetensors.index.json", "tokenizer.json", "tokenizer_config.json",
                                 "generation_config.json", "1.safetensors",                "2.safetensors",  "3.safetensors"};
constexpr size_t index = 1, firstShard = 5;

std::string shard(std::string_view part) {
  const size_t end = std::min(part.find('\xfe'), part.size());
  std::string bytes;
  for (unsigned i = 0; i < 8; ++i)
    bytes += char(end >> 8 * i & 0xff);
  bytes += part.substr(0, end);
  return end < part.size() ? bytes.append(part.substr(end + 1)) : bytes;
}

void writeFolder(const Folder &folder, std::string_view input) {
  bool whole = false;
  for (size_t i = 0; i < std::size(names); ++i) {
    const std::string_view part = input.substr(0, input.find('\xff'));
    input.remove_prefix(std::min(part.size() + 1, input.size()));
    if (i == index)
      whole = part.empty();
    const std::string bytes = i < firstShard || part.empty() ? std::string(part) : shard(part);
    if (i == firstShard)
      folder.write("model.safetensors", whole ? bytes : "");
    folder.write(names[i], i == firstShard && whole ? "" : bytes);
  }
}

void useTensors(const Checkpoint &checkpoint) {
  for (const Tensor &tensor : checkpoint.tensors()) {
    insist(checkpoint.find(tensor.name) == &tensor && tensor.elements() >= 0);
    insist(sha256(tensor.data, tensor.bytes) != Digest{});
    const MappedFile &source = checkpoint.sources()[tensor.source];
    insist(tensor.bytes == 0 || (tensor.data >= source.data() && tensor.data + tensor.bytes <= source.data() + source.size()));
  }
}

void useConfig(const Checkpoint &checkpoint) {
  const bool isGguf = checkpoint.kind() == Checkpoint::Kind::Gguf;
  for (int64_t headSize : {0, 128}) {
    FamilyKeys keys;
    keys.defaults.headSize = headSize;
    Result<DecoderConfig> config = isGguf ? readGGUFConfig(checkpoint, "llama") : readHFConfig(checkpoint.config(), keys);
    if (!config)
      return insistOneLine(config.error());
    insist(int64_t(config->windows.size()) == config->layers && config->heads % config->cacheHeads == 0 && config->headSize > 0);
    for (float frequency : ropeFrequencies(config->rope.columns, config->rope.base, config->rope.scaling))
      insist(frequency >= 0);
  }
}

// Every tensor's name without its last part may be that of a matrix, of hidden_size rows and columns.
void useQuantisation(const Checkpoint &checkpoint) {
  Result<std::optional<Quantisation>> quantisation = Quantisation::of(checkpoint);
  if (!quantisation)
    return insistOneLine(quantisation.error());
  if (!*quantisation)
    return;
  (**quantisation).notes();
  const Result<int64_t> size = checkpoint.config().integer("hidden_size");
  if (!size || *size < 1 || *size > 256)
    return;
  for (const Tensor &tensor : checkpoint.tensors()) {
    (**quantisation).isAside(tensor.name);
    Result<std::optional<QuantisedMatrix>> matrix =
        (**quantisation).matrix(checkpoint, tensor.name.substr(0, tensor.name.rfind('.')), *size, *size);
    if (!matrix) {
      insistOneLine(matrix.error());
      continue;
    }
    if (!*matrix)
      continue;
    insist((**matrix).rows == *size && (**matrix).columns == *size);
    if (Result<CodedRows> coded = (**matrix).coded(0, *size))
      insist(coded->rows == *size && coded->columns == *size);
    else
      insistOneLine(coded.error());
  }
}

void useTokenizer(const Checkpoint &checkpoint) {
  Result<TokenizerModel> model = tokenizerOf(checkpoint);
  if (!model)
    return insistOneLine(model.error());
  Result<Tokenizer> tokenizer = Tokenizer::fromModel(std::move(*model));
  if (!tokenizer)
    return insistOneLine(tokenizer.error());
  if (Result<std::vector<int32_t>> ids = tokenizer->encode(" A b\n 12 \xe2\x96\x81<s>", {true, true}))
    insist(isUtf8(tokenizer->decode(*ids, true)));
  else
    insistOneLine(ids.error());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const Folder folder;
  const std::string_view input(reinterpret_cast<const char *>(data), size);
  std::string path = folder.path;
  if (input.substr(0, 4) == "GGUF") {
    folder.write("model.gguf", input);
    path += "/model.gguf";
  } else {
    writeFolder(folder, input);
  }
  Result<Checkpoint> checkpoint = Checkpoint::open(path);
  if (!checkpoint)
    return insistOneLine(checkpoint.error()), 0;
  useTensors(*checkpoint);
  useConfig(*checkpoint);
  useQuantisation(*checkpoint);
  useTokenizer(*checkpoint);
  return 0;
}
