// Makes a folder with one quantised matrix, right or wrong, and reads it.
#ifndef VSPEC_TEST_UNIT_LIB_QUANTISED_QUANTISEDFOLDER_H
#define VSPEC_TEST_UNIT_LIB_QUANTISED_QUANTISEDFOLDER_H
#include "test/unit/lib/Checkpoint/GgufBytes.h"
#include "test/unit/lib/Support/TemporaryFolder.h"
#include "vspec/Quant/Codec.h"
#include "vspec/Quantised/Quantisation.h"
#include <map>

namespace vspec {

/// `open` and `problem` are about the matrix "layer".
class QuantisedFolder {
public:
  explicit QuantisedFolder(std::string config) : config(std::move(config)) {}

  /// Little-endian numbers, or zeros.
  template <typename T>
  QuantisedFolder &add(const std::string &name, const char *dtype, std::vector<int64_t> shape, std::vector<T> numbers) {
    std::string bytes(numbers.size() * sizeof(T), 0);
    std::memcpy(bytes.data(), numbers.data(), bytes.size());
    tensors[name] = {dtype, shape, bytes};
    return *this;
  }
  QuantisedFolder &zeros(const std::string &name, const char *dtype, std::vector<int64_t> shape) {
    int64_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    tensors[name] = {dtype, shape, std::string(size_t(count) * size_t(blockBytes(*encodingOfSafetensors(dtype))), 0)};
    return *this;
  }
  QuantisedFolder &without(const std::string &name) {
    tensors.erase(name);
    return *this;
  }

  Result<std::optional<QuantisedMatrix>> matrix(int64_t rows, int64_t columns) {
    std::string header = "{", data;
    for (auto &[name, tensor] : tensors) {
      std::string shape;
      for (int64_t extent : tensor.shape)
        shape += (shape.empty() ? "" : ",") + std::to_string(extent);
      header += (header.size() > 1 ? ",\"" : "\"") + name + R"(":{"dtype":")" + tensor.dtype + R"(","shape":[)" + shape +
                R"(],"data_offsets":[)" + std::to_string(data.size()) + "," + std::to_string(data.size() + tensor.bytes.size()) + "]}";
      data += tensor.bytes;
    }
    folder.write("config.json", R"({"quantization_config": )" + config + "}");
    folder.write("model.safetensors", GgufBytes().text(header + "}").bytes + data);
    Result<Checkpoint> opened = Checkpoint::open(folder.path());
    if (!opened)
      return opened.error();
    checkpoint = std::move(*opened);
    Result<std::optional<Quantisation>> quantisation = Quantisation::of(*checkpoint);
    if (!quantisation)
      return quantisation.error();
    return (**quantisation).matrix(*checkpoint, "layer", rows, columns);
  }
  /// The error, without the folder's path; or what there is instead.
  std::string problem(int64_t rows, int64_t columns) {
    Result<std::optional<QuantisedMatrix>> found = matrix(rows, columns);
    std::string text = found ? *found ? "fine: " + (**found).format.text() : "plain floats" : found.error().message;
    size_t at = text.find(folder.path());
    return at == std::string::npos ? text : text.erase(at, folder.path().size());
  }

private:
  struct Stored {
    std::string dtype;
    std::vector<int64_t> shape;
    std::string bytes;
  };
  TemporaryFolder folder;
  std::string config;
  std::map<std::string, Stored> tensors;
  std::optional<Checkpoint> checkpoint;
};

/// The matrix as f32, its columns in their own order; read in two parts.
inline std::vector<float> valuesOf(const QuantisedMatrix &matrix) {
  std::vector<float> values(size_t(matrix.rows * matrix.columns));
  NormalForm form = *normalForm(matrix.format, matrix.columns);
  for (auto [first, end] : {std::pair<int64_t, int64_t>(0, matrix.rows / 3), {matrix.rows / 3, matrix.rows}}) {
    std::vector<float> part = decodeRows(form, *matrix.coded(first, end - first));
    for (int64_t i = 0; i < (end - first) * matrix.columns; ++i) {
      int64_t column = i % matrix.columns;
      values[size_t((first + i / matrix.columns) * matrix.columns + (matrix.order.empty() ? column : matrix.order[size_t(column)]))] =
          part[size_t(i)];
    }
  }
  return values;
}

} // namespace vspec
#endif
