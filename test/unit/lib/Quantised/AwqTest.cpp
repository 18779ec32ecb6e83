#include "QuantisedFolder.h"
#include <gtest/gtest.h>
#include <random>

using namespace vspec;

static std::string config(const std::string &more = "", int bits = 4, int group = 32) {
  return R"({"quant_method": "awq", "bits": )" + std::to_string(bits) + R"(, "group_size": )" + std::to_string(group) + more + "}";
}

// gemv: rows side by side, each with its zero points and scales padded to whole words. gemm is compared with AutoAWQ.
TEST(Awq, GemvDecodesByDefinition) {
  std::mt19937 random(1);
  for (int group : {32, 64, 128, -1}) {
    int64_t rows = 8, columns = 256, length = group < 0 ? columns : group, groups = columns / length,
            words = group == 32   ? 4
                    : group == 64 ? 2
                                  : 1;
    std::vector<uint32_t> codes(size_t(rows * columns / 8)), zeros(size_t(rows * words));
    std::vector<float> scales(size_t(rows * words * 8)), want;
    for (uint32_t &word : codes)
      word = uint32_t(random());
    for (uint32_t &word : zeros)
      word = uint32_t(random());
    for (float &scale : scales)
      scale = float(random() % 100) / 64;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t column = 0; column < columns; ++column) {
        int64_t g = column / length;
        int code = codes[size_t(row * columns / 8 + column / 8)] >> 4 * (column % 8) & 15;
        int zero = zeros[size_t(row * words + g / 8)] >> 4 * (g % 8) & 15;
        want.push_back(scales[size_t(row * words * 8 + g)] * float(code - zero));
      }
    EXPECT_LE(groups, words * 8);
    QuantisedFolder folder(config(R"(, "version": "gemv")", 4, group));
    folder.add("layer.qweight", "I32", {rows, columns / 8}, codes).add("layer.qzeros", "I32", {rows, words}, zeros);
    folder.add("layer.scales", "F32", {rows, words * 8}, scales);
    auto matrix = folder.matrix(rows, columns);
    ASSERT_TRUE(matrix) << matrix.error().message;
    EXPECT_EQ(valuesOf(**matrix), want) << group;
  }
}

TEST(Awq, RefusesPartsAndOptions) {
  auto problem = [](const std::string &text, auto change, int64_t rows = 16, int64_t columns = 64) {
    QuantisedFolder folder(text);
    folder.zeros("layer.qweight", "I32", {64, 2}).zeros("layer.qzeros", "I32", {2, 2}).zeros("layer.scales", "F16", {2, 16});
    change(folder);
    return folder.problem(rows, columns);
  };
  auto none = [](QuantisedFolder &) {};
  EXPECT_EQ(problem(config(), none), "fine: int{4} x 32:f16, zero int{4}");
  EXPECT_EQ(problem(config(), [](auto &f) { f.without("layer.qweight"); }), "plain floats");
  EXPECT_EQ(problem(config(), none, 16, 96), ": tensor 'layer.qweight' is 64x2 of i32, expected 96x2 of i32");
  EXPECT_EQ(problem(config(), none, 16, 72),
            ": tensor 'layer.qweight' is of 16x72 weights, expected multiples of 8, and whole groups of 32");
  EXPECT_EQ(problem(config(),
                    [](auto &f) {
                      f.zeros("layer.qzeros", "I32", {2, 3});
                    }),
            ": tensor 'layer.qzeros' is 2x3 of i32, expected 2x2 of i32");
  EXPECT_EQ(problem(config(),
                    [](auto &f) {
                      f.zeros("layer.scales", "F16", {16, 2});
                    }),
            ": tensor 'layer.scales' is 16x2 of f16, expected 2x16 of f16, bf16 or f32");
  EXPECT_EQ(problem(config("", 3), none), "/config.json: quantization_config.bits is 3, expected 4, the only width of AWQ's kernels");
  EXPECT_EQ(problem(config("", 4, -2), none),
            "/config.json: quantization_config.group_size is -2, expected -1 (a row) or a number of columns");
  EXPECT_EQ(problem(config(R"(, "version": "marlin")"), none),
            "/config.json: quantization_config.version is 'marlin', expected gemm, as AutoAWQ writes by default, or gemv");
  EXPECT_EQ(problem(config(R"(, "zero_point": false)"), none),
            "/config.json: quantization_config.zero_point is false, expected true: AWQ's kernels need zero points");
}
