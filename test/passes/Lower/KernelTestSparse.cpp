// Linears that skip zeros: bit for bit against the reference, over formats, numbers of parts, and rows with many zeros or none. What
// meets only zeros is garbage, so that a kernel which reads it gives something else.
#include "KernelFixture.h"
#include "KernelReference.h"
#include "KernelTestWeights.h"
#include "passes/Decoders/Decoders.h"
#include <cstring>

using namespace vspec;

namespace {
class SparseKernels : public KernelTest {
protected:
  static constexpr int64_t rows = 4;

  /// Rows of numbers that are zero, or minus zero, but for one in twenty, half of them, none of them and all.
  std::vector<float> sparseRows(int64_t columns) {
    std::vector<float> x = normals(rows * columns);
    const int64_t kept[rows] = {5, 50, 100, 0}; // of a hundred
    for (int64_t i = 0; i < rows * columns; ++i)
      if (below(100) >= kept[i / columns])
        x[size_t(i)] = below(2) ? 0.0f : -0.0f;
    return x;
  }

  /// The rows that `x` has, all others made zeros.
  static std::vector<float> onlyRow(const std::vector<float> &x, int64_t row) {
    int64_t columns = int64_t(x.size()) / rows;
    std::vector<float> only(x.size(), 0.0f);
    std::copy_n(x.begin() + row * columns, columns, only.begin() + row * columns);
    return only;
  }

  /// The weight as Pack lays it out; tiles of which no row meets a number of `x` are all ones: scales and floats that are no numbers.
  Buffer poisoned(const NormalForm &form, const CodedRows &coded, const std::vector<float> &x, int64_t &poisonedTiles) {
    int64_t parts = rowParts(form, coded.columns), rowsOfTile = tileRows / parts;
    CodedRows cut = CodedRows(coded).cut(parts);
    int64_t bytes = PackedLayout(form, cut.columns).tileBytes(cut.columns);
    Buffer weight = packed(form, cut);
    for (int64_t tile = 0; tile * rowsOfTile < coded.rows; ++tile) {
      bool isRead = false;
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t n = tile * rowsOfTile; n < std::min((tile + 1) * rowsOfTile, coded.rows); ++n)
          isRead |= x[size_t(row * coded.rows + n)] != 0;
      if (!isRead)
        std::memset(weight.as<uint8_t>() + tile * bytes, 0xff, size_t(bytes));
      poisonedTiles += !isRead;
    }
    return weight;
  }
};
} // namespace

TEST_P(SparseKernels, GatedLinears) {
  addBuiltInDecoders();
  struct Config {
    const char *format;
    int64_t columns, gates, parts;
  };
  const Config configs[] = {{"f32", 48, 130, 16},  {"f32", 50, 37, 2},   {"f16", 7, 5, 1},         {"bf16 x row:f32", 160, 64, 16},
                            {"int4", 512, 70, 16}, {"int4", 128, 33, 4}, {"int8:row", 80, 66, 16}, {"iq2_xxs", 512, 20, 2},
                            {"q4_k", 512, 21, 2},  {"nf4", 512, 129, 8}};
  const std::pair<const char *, float (*)(float)> activations[] = {
      {"gelu_tanh", reference::geluTanh}, {"silu", reference::silu}, {"gelu", reference::gelu}};
  std::string text;
  auto nameOf = [&](const Config &c) { return "k" + std::to_string(&c - configs); };
  for (const Config &c : configs) {
    std::string gate = rowsType(c.gates), x = rowsType(c.columns);
    text += "vexec.kernel @" + nameOf(c) + " {\n" + weightLine("w0", c.gates, c.columns, c.format, "row_parts") +
            "func.func @body(%g: " + gate + ", %x: " + x + ") -> " + gate +
            " {\n  %0 = vspec.gated_linear %g, %x, @w0 {activation = #vspec.activation<" + activations[(&c - configs) % 3].first +
            ">} : " + gate + ", " + x + "\n  return %0 : " + gate + "\n}\n}\n";
  }
  Kernels kernels(text, GetParam(), rows);
  for (const Config &c : configs) {
    NormalForm form = formOf(c.format, c.columns);
    ASSERT_EQ(rowParts(form, c.columns), c.parts) << c.format;
    CodedRows coded = encodedWeight(c.format, c.gates, c.columns, random);
    std::vector<float> weight = decodeRows(form, coded), gates = sparseRows(c.gates), x = normals(rows * c.columns);
    int64_t poisonedTiles = 0;
    for (int64_t kept = -1; kept < rows; ++kept) { // all rows together, and each by itself
      std::vector<float> shown = kept < 0 ? gates : onlyRow(gates, kept), expected;
      for (int64_t i = 0; i < rows * c.gates; ++i) {
        float gate = shown[size_t(i)], activated = activations[(&c - configs) % 3].second(gate);
        expected.push_back(gate == 0 ? 0.0f
                                     : activated * reference::productOfParts(&weight[size_t(i % c.gates * c.columns)],
                                                                             &x[size_t(i / c.gates * c.columns)], c.columns, c.parts));
      }
      Buffer gateBuffer = bufferOf(shown), input = bufferOf(x), bytes = poisoned(form, coded, shown, poisonedTiles),
             output(expected.size() * 4);
      kernels.launch(nameOf(c), rows, {gateBuffer.as(), input.as(), bytes.as(), output.as()});
      EXPECT_TRUE(sameBits(output.as(), expected.data(), rows * c.gates)) << c.format << ", " << c.columns << " columns, row " << kept;
    }
    EXPECT_GT(poisonedTiles, 0) << c.format;
  }
}

TEST_P(SparseKernels, SparseLinears) {
  struct Config {
    const char *format;
    int64_t inputs, outputs, split;
  };
  const Config configs[] = {{"f32", 90, 32, 32},       {"bf16", 200, 160, 64},     {"f16 x row:f32", 40, 48, 16}, {"int4", 130, 512, 64},
                            {"int4", 1030, 512, 1024}, {"int8:row", 50, 80, 1024}, {"int3:min", 70, 1024, 48},    {"nf4:g16", 33, 256, 33}};
  std::string text;
  auto nameOf = [&](const Config &c) { return "k" + std::to_string(&c - configs); };
  auto splitsOf = [](const Config &c) { return (c.inputs + c.split - 1) / c.split; };
  for (const Config &c : configs) {
    std::string x = rowsType(c.inputs), y = rowsType(splitsOf(c) * c.outputs);
    text += "vexec.kernel @" + nameOf(c) + " {\n" + weightLine("w0", c.inputs, c.outputs, c.format, "row_parts") +
            "func.func @body(%x: " + x + ") -> " + y + " {\n  %0 = vspec.sparse_linear %x, @w0 {split = " + std::to_string(c.split) +
            " : i64} : " + x + " -> " + y + "\n  return %0 : " + y + "\n}\n}\n";
  }
  Kernels kernels(text, GetParam(), rows);
  for (const Config &c : configs) {
    NormalForm form = formOf(c.format, c.outputs);
    CodedRows coded = encodedWeight(c.format, c.inputs, c.outputs, random);
    std::vector<float> weight = decodeRows(form, coded), x = sparseRows(c.inputs);
    int64_t poisonedTiles = 0;
    for (int64_t kept = -1; kept < rows; ++kept) {
      std::vector<float> shown = kept < 0 ? x : onlyRow(x, kept), expected;
      for (int64_t row = 0; row < rows; ++row)
        for (int64_t first = 0; first < c.inputs; first += c.split) {
          std::vector<float> part = reference::sparseSum(&weight[size_t(first * c.outputs)], &shown[size_t(row * c.inputs + first)],
                                                         std::min(c.split, c.inputs - first), c.outputs);
          expected.insert(expected.end(), part.begin(), part.end());
        }
      Buffer input = bufferOf(shown), bytes = poisoned(form, coded, shown, poisonedTiles), output(expected.size() * 4);
      kernels.launch(nameOf(c), rows, {input.as(), bytes.as(), output.as()});
      EXPECT_TRUE(sameBits(output.as(), expected.data(), int64_t(expected.size())))
          << c.format << ", " << c.inputs << " inputs, row " << kept;
    }
    EXPECT_GT(poisonedTiles, 0) << c.format;
  }
}

VSPEC_ON_ALL_TARGETS(SparseKernels);
