// Checkpoints of a few tensors, made for one test: GGUF files and Hugging Face folders.
#ifndef VSPEC_TEST_PASSES_IMPORT_TEMPORARYCHECKPOINT_H
#define VSPEC_TEST_PASSES_IMPORT_TEMPORARYCHECKPOINT_H
#include "test/unit/lib/Checkpoint/GgufBytes.h"
#include "vspec/Checkpoint/Checkpoint.h"
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace vspec {

/// A tensor of zeros, or of the given f32 numbers; of a folder it may be F16, of zeros.
struct TestTensor {
  std::string name;
  std::vector<int64_t> shape; // outer to inner
  std::vector<float> numbers = {};
  std::string type = "F32";
};

class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vspec-import-XXXXXX").string();
    place = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(place); }
  TemporaryFolder(const TemporaryFolder &) = delete;

  std::string path(const std::string &name) const { return (place / name).string(); }
  void write(const std::string &name, const std::string &bytes) const { std::ofstream(path(name), std::ios::binary) << bytes; }

private:
  std::filesystem::path place;
};

inline std::string zerosOrNumbers(const TestTensor &tensor) {
  int64_t count = 1;
  for (int64_t extent : tensor.shape)
    count *= extent;
  std::string bytes(size_t(count) * 4, '\0');
  if (!tensor.numbers.empty())
    std::memcpy(bytes.data(), tensor.numbers.data(), bytes.size());
  return bytes;
}

/// A GGUF file of f32 tensors. Keys of numbers: u32; of texts: string; of fractions: f32.
class GgufModel {
public:
  GgufModel &key(const std::string &name, uint32_t value) { return keep(GgufBytes().key(name, GgufType::U32).u32(value)); }
  GgufModel &key(const std::string &name, float value) { return keep(GgufBytes().key(name, GgufType::F32).number(value)); }
  GgufModel &key(const std::string &name, const char *value) { return keep(GgufBytes().key(name, GgufType::String).text(value)); }

  GgufModel &flag(const std::string &name, bool value) {
    GgufBytes entry;
    entry.key(name, GgufType::Bool).bytes += char(value);
    return keep(entry);
  }

  GgufModel &key(const std::string &name, const std::vector<float> &values) {
    GgufBytes entry = GgufBytes().key(name, GgufType::Array).array(GgufType::F32, values.size());
    for (float value : values)
      entry.number(value);
    return keep(entry);
  }
  GgufModel &key(const std::string &name, const std::vector<bool> &values) {
    GgufBytes entry = GgufBytes().key(name, GgufType::Array).array(GgufType::Bool, values.size());
    for (bool value : values)
      entry.bytes += char(value);
    return keep(entry);
  }

  Result<Checkpoint> open(const TemporaryFolder &folder, const std::vector<TestTensor> &tensors) const {
    GgufBytes file;
    file.header(tensors.size(), keys);
    file.bytes += keyBytes;
    std::string data;
    for (const TestTensor &tensor : tensors) {
      file.tensor(tensor.name, {tensor.shape.rbegin(), tensor.shape.rend()}, 0, data.size());
      data += zerosOrNumbers(tensor);
      data.resize((data.size() + 31) / 32 * 32);
    }
    file.data(0);
    folder.write("model.gguf", file.bytes + data);
    return Checkpoint::open(folder.path("model.gguf"));
  }

private:
  GgufModel &keep(const GgufBytes &entry) {
    keyBytes += entry.bytes;
    ++keys;
    return *this;
  }
  std::string keyBytes;
  uint64_t keys = 0;
};

/// A folder of config.json and one safetensors file.
inline Result<Checkpoint> openFolder(const TemporaryFolder &folder, const std::string &config, const std::vector<TestTensor> &tensors) {
  std::string header = "{", data;
  for (const TestTensor &tensor : tensors) {
    std::string shape, bytes = zerosOrNumbers(tensor);
    if (tensor.type == "F16")
      bytes.resize(bytes.size() / 2);
    for (int64_t extent : tensor.shape)
      shape += (shape.empty() ? "" : ",") + std::to_string(extent);
    header += (header.size() > 1 ? ",\"" : "\"") + tensor.name + R"(":{"dtype":")" + tensor.type + R"(","shape":[)" + shape + R"(],"data_offsets":[)" +
              std::to_string(data.size()) + "," + std::to_string(data.size() + bytes.size()) + "]}";
    data += bytes;
  }
  header += "}";
  folder.write("config.json", config);
  folder.write("model.safetensors", GgufBytes().u64(header.size()).bytes + header + data);
  return Checkpoint::open(folder.path(""));
}

} // namespace vspec
#endif
